"""How ketamine might act, in people and in animals, in experiments that were never made."""
# ruff: noqa: E501 - sentences and tables of words read best on one line

from __future__ import annotations

from datetime import date
from random import Random

from aggregator.demo_data import people
from aggregator.demo_data.conditions import CONDITIONS
from aggregator.demo_data.manner import Writing, finish
from aggregator.demo_data.numbers import in_words
from aggregator.demo_data.observational import parts
from aggregator.demo_data.record import Invented

#: Title, condition, method, what was seen, what was not, conclusion, MeSH, keywords.
_HUMAN = (
    (
        "Resting-state functional connectivity before and after ketamine in {people}: an fMRI study",
        "trd",
        "underwent resting-state functional magnetic resonance imaging before and 24 hours after a single infusion of ketamine 0.5 mg/kg",
        "functional connectivity between the subgenual cingulate and the default mode network decreased",
        "and the change correlated with improvement on the MADRS (r = 0.{r})",
        "Network connectivity may be a marker of early response.",
        ("Magnetic Resonance Imaging",),
        ("functional connectivity", "fMRI"),
    ),
    (
        "Ketamine and amygdala reactivity to fearful faces in {people}",
        "ptsd",
        "viewed emotional faces during functional magnetic resonance imaging after ketamine 0.5 mg/kg or midazolam",
        "amygdala reactivity did not differ between conditions",
        "although prefrontal activity was greater after ketamine (p = 0.0{r})",
        "Ketamine did not normalise threat reactivity in this sample.",
        ("Magnetic Resonance Imaging",),
        ("fMRI", "amygdala", "fear extinction"),
    ),
    (
        "Serum BDNF during repeated esketamine treatment in {people}",
        "mdd",
        "gave blood before the first and after the eighth dose of esketamine nasal spray; brain-derived neurotrophic factor (BDNF) was measured by immunoassay",
        "serum BDNF rose by {r}%",
        "but the rise was unrelated to change in HAM-D-17 score",
        "Peripheral BDNF did not track the antidepressant response.",
        ("Brain-Derived Neurotrophic Factor",),
        ("BDNF", "biomarker"),
    ),
    (
        "Cortical glutamate measured by magnetic resonance spectroscopy during ketamine infusion in {people}",
        "trd",
        "had proton magnetic resonance spectroscopy of the anterior cingulate during ketamine infusion (0.5 mg/kg over 40 minutes)",
        "glutamate rose by {r}% within 20 minutes",
        "and returned to baseline after the infusion",
        "The findings are in keeping with a transient glutamate surge.",
        ("Magnetic Resonance Imaging",),
        ("magnetic resonance spectroscopy", "glutamate"),
    ),
    (
        "Gamma power and response to ketamine: an electroencephalography study of {people}",
        "trd",
        "had 64-channel electroencephalography (EEG) before, during and after ketamine 0.5 mg/kg",
        "gamma power increased during infusion",
        "and baseline frontal theta predicted response at 24 hours (area under the curve 0.{r})",
        "EEG measures deserve testing in a larger sample.",
        ("Electroencephalography",),
        ("EEG", "gamma oscillations"),
    ),
    (
        "Inflammatory markers and the antidepressant effect of ketamine in {people}",
        "bipolar",
        "had interleukin-6, tumour necrosis factor alpha and C-reactive protein measured before and after six ketamine infusions",
        "interleukin-6 fell by {r}%",
        "without relation to symptom change",
        "Inflammation at baseline did not predict response.",
        (),
        ("inflammation", "cytokines", "biomarker"),
    ),
    (
        "Naltrexone pretreatment and ketamine in {people}: a crossover mechanistic trial",
        "mdd",
        "received ketamine 0.5 mg/kg after naltrexone 50 mg and after placebo, in random order",
        "response was attenuated after naltrexone in {r}% of participants",
        "while dissociation was unchanged",
        "Opioid receptors may contribute to the antidepressant effect; the sample was too small to be certain.",
        ("Cross-Over Studies",),
        ("naltrexone", "opioid receptors"),
    ),
    (
        "Synaptic density measured with SV2A positron emission tomography after ketamine in {people}",
        "ptsd-depression",
        "had [11C]UCB-J positron emission tomography before and 24 hours after ketamine 0.5 mg/kg",
        "synaptic density did not change in the whole sample",
        "but rose in those with the lowest density at baseline (p = 0.0{r})",
        "Effects on synaptic density may depend on its initial level.",
        ("Neuronal Plasticity",),
        ("SV2A", "synaptic density", "neuroplasticity"),
    ),
    (
        "Motor cortex plasticity after ketamine in healthy volunteers: a transcranial magnetic stimulation study",
        "mdd",
        "were examined with paired associative stimulation before and after ketamine 0.5 mg/kg or saline",
        "long-term potentiation-like plasticity was enhanced 24 hours after ketamine",
        "with a mean increase of motor evoked potentials of {r}%",
        "Ketamine may enhance cortical plasticity in healthy volunteers; relevance for depression is unknown.",
        ("Neuronal Plasticity",),
        ("neuroplasticity", "transcranial magnetic stimulation"),
    ),
    (
        "Hydroxynorketamine concentrations and outcome of ketamine treatment in {people}",
        "trd",
        "had plasma ketamine, norketamine and hydroxynorketamine measured during the first infusion",
        "hydroxynorketamine concentrations were not associated with response",
        "and ketamine concentrations explained {r}% of the variance in dissociation",
        "Metabolite levels did not predict antidepressant effect.",
        (),
        ("hydroxynorketamine", "pharmacokinetics"),
    ),
    (
        "Hippocampal volume after a course of esketamine in {people}",
        "late-life",
        "had structural magnetic resonance imaging before and after four weeks of esketamine",
        "hippocampal volume was unchanged",
        "with a mean difference of 0.{r}%",
        "Four weeks of treatment did not change hippocampal volume.",
        ("Magnetic Resonance Imaging",),
        ("hippocampus", "neuroplasticity", "structural imaging"),
    ),
    (
        "Ketamine, anhedonia and reward circuitry in {people}: a placebo-controlled imaging study",
        "mdd",
        "performed a monetary reward task during functional magnetic resonance imaging two hours after ketamine or saline",
        "ventral striatal activity to reward was greater after ketamine",
        "and went along with less anhedonia (r = 0.{r})",
        "Reward circuitry may be one path by which ketamine relieves anhedonia.",
        ("Magnetic Resonance Imaging",),
        ("anhedonia", "reward", "fMRI"),
    ),
)

_ANIMAL = (
    (
        "Ketamine restores dendritic spines in the prefrontal cortex of chronically stressed mice",
        "Male C57BL/6 mice were exposed to chronic unpredictable stress and given ketamine (10 mg/kg, i.p.) or vehicle",
        "Ketamine reversed stress-induced loss of dendritic spines and reduced immobility in the forced swim test",
        "Spine formation may sustain antidepressant-like effects of ketamine.",
        "Mice",
        ("dendritic spines", "neuroplasticity"),
    ),
    (
        "(2R,6R)-hydroxynorketamine and hippocampal synaptic transmission in rat slices",
        "Hippocampal slices of adult rats were perfused with (2R,6R)-hydroxynorketamine",
        "Excitatory transmission increased and did not depend on NMDA receptors; long-term depression was unaltered",
        "The metabolite potentiates hippocampal transmission in vitro.",
        "Rats",
        ("hydroxynorketamine", "hippocampus"),
    ),
    (
        "Esketamine facilitates fear extinction in a rat model of post-traumatic stress disorder",
        "Rats underwent single prolonged stress and received esketamine (5 mg/kg, i.p.) before extinction training",
        "Freezing during extinction recall was reduced",
        "Esketamine may facilitate extinction learning in this model.",
        "Rats",
        ("fear extinction", "PTSD model"),
    ),
    (
        "mTOR signalling and the antidepressant-like effect of arketamine in mice",
        "Mice susceptible to social defeat were treated with arketamine with or without rapamycin",
        "Rapamycin blocked the effect of arketamine on sucrose preference",
        "mTOR signalling is required for this effect in mice.",
        "Mice",
        ("mTOR", "arketamine"),
    ),
    (
        "Sex differences in the response to ketamine in a chronic stress model",
        "Female and male mice received ketamine at 1.5, 3 or 10 mg/kg",
        "Females responded to lower doses than males",
        "Sex should be considered in preclinical depression research.",
        "Mice",
        ("sex differences", "antidepressant-like effect"),
    ),
    (
        "Lateral habenula bursting in depression-prone rats is silenced by ketamine",
        "Congenitally helpless rats had recordings from the lateral habenula before and after local ketamine",
        "Burst firing fell by two thirds",
        "Habenular bursting may be one target of ketamine.",
        "Rats",
        ("lateral habenula", "depression model"),
    ),
    (
        "Repeated ketamine exposure in adolescence and social anxiety-like behaviour in adult mice",
        "Adolescent mice received ketamine (20 mg/kg) or saline daily for ten days",
        "Adult social interaction was reduced in the ketamine group",
        "Repeated exposure in adolescence may have lasting effects on social behaviour in mice.",
        "Mice",
        ("social behaviour", "adolescence"),
    ),
    (
        "Astrocytic BDNF release after ketamine in cultured cortical cells",
        "Cultured rat cortical astrocytes were exposed to ketamine or esketamine",
        "BDNF release rose within six hours, and TrkB was phosphorylated in co-cultured neurons",
        "Astrocytes may contribute to the neurotrophic, antidepressant-like action of ketamine.",
        "Rats",
        ("astrocytes", "BDNF"),
    ),
)


def human(key: str, *, place: int, entered: date) -> Invented:
    """Imaging, EEG or blood markers in people."""
    random = Random(f"human {key}")
    title, condition, method, seen, beside, conclusion, mesh, keywords = _HUMAN[place % len(_HUMAN)]
    who = CONDITIONS[condition]
    healthy = "healthy volunteers" in title
    writing = Writing.of(random, people.NEUROSCIENCE)
    number, r = random.randint(17, 62), random.randint(12, 48)
    whom = "healthy volunteers" if healthy else who.people[0]
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=f"{title.format(people=who.people[0])}.",
        abstract=parts(
            writing,
            "The mechanisms by which ketamine relieves depression and related symptoms are incompletely understood.",
            f"{in_words(number).capitalize()} {whom} {method}.",
            f"{seen[0].upper()}{seen[1:]}, {beside}.".format(r=r),
            conclusion,
        ),
        mesh=((*who.mesh, *mesh) if not healthy else ("Ketamine", *mesh)) + ("Humans", "Male", "Female", "Adult"),
        major=frozenset({"Ketamine"}),
        substances=("Ketamine", *(("Brain-Derived Neurotrophic Factor",) if "BDNF" in title else ())),
        keywords=(*keywords, "ketamine", "depression"),
        is_registered=random.random() < 0.3,
    )


def animal(key: str, *, place: int, entered: date) -> Invented:
    """Mice, rats and cells."""
    random = Random(f"animal {key}")
    title, method, seen, conclusion, species, keywords = _ANIMAL[place % len(_ANIMAL)]
    writing = Writing.of(random, people.NEUROSCIENCE[::2], layouts=("plain", "plain", "objective"))
    number = random.choice((8, 9, 10, 12))
    background = random.choice(
        (
            "The cellular basis of ketamine's antidepressant action is debated.",
            "Rodent models have shaped hypotheses on rapid antidepressant action.",
            "How ketamine alters neuronal plasticity in models of depression and anxiety is unclear.",
        )
    )
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=f"{title}.",
        abstract=parts(
            writing,
            background,
            f"{method} (n = {number} per group).",
            f"{seen} (p < 0.0{random.randint(1, 4)}).",
            conclusion,
        ),
        mesh=("Animals", species, "Ketamine", "Neuronal Plasticity", "Antidepressive Agents"),
        major=frozenset({"Ketamine"}),
        substances=("Ketamine", "Antidepressive Agents"),
        keywords=keywords,
    )
