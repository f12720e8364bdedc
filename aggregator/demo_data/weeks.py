"""The two weeks of the demo, written by hand: what arrives, and what becomes of it a week later."""
# ruff: noqa: E501 - sentences and tables of words read best on one line

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from random import Random

from aggregator.demo_data import mechanism, noise, observational, people, psychotherapy, reviews, trials
from aggregator.demo_data.manner import Writing, finish
from aggregator.demo_data.numbers import PRINTS
from aggregator.demo_data.record import Invented, Link, Part, Periodical


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A later version of a study's record and the day from which it holds."""

    since: date
    study: Invented


def _november(day: int) -> date:
    return date(2026, 11, day)


_LABELS = (("BACKGROUND", "BACKGROUND"), ("METHODS", "METHODS"), ("RESULTS", "RESULTS"), ("CONCLUSIONS", "CONCLUSIONS"))


def _told(
    key: str,
    day: int,
    journal: Periodical,
    title: str,
    *texts: str,
    is_plain: bool = False,
    publication_types: tuple[str, ...] = ("Journal Article",),
    keywords: tuple[str, ...] = (),
    mesh: tuple[str, ...] = (),
    is_registered: bool = True,
    coi: str | None = "The authors declare no competing interests.",
    publication_status: str = "epublish",
    most_authors: int = 9,
) -> Invented:
    abstract = (
        (Part(" ".join(texts)),)
        if is_plain or not texts
        else tuple(Part(text, label, category) for text, (label, category) in zip(texts, _LABELS, strict=True))
    )
    random = Random(f"told {key}")
    study = finish(
        random,
        Writing(journal, PRINTS[0], "four"),
        key=key,
        entered=_november(day),
        title=title,
        abstract=abstract if texts else (),
        publication_types=publication_types,
        mesh=mesh,
        major=frozenset(mesh[:1]) | {"Ketamine"},
        is_registered=is_registered,
        coi=coi,
        most_authors=most_authors,
    )
    is_ahead = publication_status == "aheadofprint"
    first_author = study.authors[0].last_name
    return replace(
        study,
        keywords=keywords,
        coi=coi.format(first_author=first_author) if coi else None,
        publication_status=publication_status,
        volume=None if is_ahead else "36",
        publication_types=publication_types if journal.is_preprint_server else study.publication_types,
        status="PubMed-not-MEDLINE" if journal.is_preprint_server else study.status,
        published=_november(day),
        states_day=True,
    )


_CLINICAL, _TRAUMA = people.CLINICAL, people.TRAUMA_AND_ANXIETY

_VETERANS = _told(
    "veterans-ptsd",
    10,
    _TRAUMA[1],
    "Repeated ketamine infusions for post-traumatic stress disorder in veterans: a multicentre, randomised, midazolam-controlled trial.",
    "Small trials of ketamine in post-traumatic stress disorder (PTSD) have disagreed. We tested a course of infusions in veterans.",
    "At seven clinics, 156 veterans with PTSD (CAPS-5 score of 30 or more) were randomised 1:1 to six intravenous infusions over three weeks of ketamine 0.5 mg/kg (n=79) or midazolam 0.03 mg/kg (n=77), each given over 40 minutes. Participants, clinicians and raters were masked. The primary outcome was change in CAPS-5 total score from baseline to the day after the last infusion.",
    "Mean CAPS-5 change was \u221213.4 with ketamine and \u221211.3 with midazolam (mean difference \u22122.1; 95% CI \u22126.0 to 1.8; p = 0.29). MADRS scores fell more with ketamine (mean difference \u22123.2; 95% CI \u22126.1 to \u22120.3; p = 0.031). Dissociation (CADSS of 10 or more) occurred in 41 of 79 (51.9%) and 7 of 77 (9.1%) participants. There were four serious adverse events, two in each group; none was judged related to treatment.",
    "Six ketamine infusions were not superior to midazolam for PTSD symptoms in veterans. The effect on depressive symptoms was a secondary outcome and needs confirmation.",
    keywords=("PTSD", "veterans", "ketamine", "midazolam"),
    mesh=("Stress Disorders, Post-Traumatic", "Veterans", "Ketamine", "Humans"),
)

_TWO_DOSES = _told(
    "two-doses",
    11,
    _CLINICAL[1],
    "Two subcutaneous doses of ketamine for treatment-resistant depression: a randomised, double-blind trial.",
    "Subcutaneous ketamine is simple to give, but controlled evidence in treatment-resistant depression is scarce.",
    "Eighty-one adults with treatment-resistant depression were randomly assigned to two subcutaneous injections of ketamine 0.8 mg/kg (n=41) or midazolam 0.025 mg/kg (n=40), one week apart. The primary outcome was the MADRS score on day 14; response was a fall of at least 50%.",
    "MADRS scores on day 14 were lower with ketamine (mean difference \u22127.9; 95% CI \u221212.3 to \u22123.5; p < 0.001). Response occurred in 24 of 41 (58.5%) and 9 of 40 (22.5%) participants (odds ratio 4.86; 95% CI 1.85 to 12.79; p = 0.001). Dizziness and dissociation were more frequent with ketamine and lasted less than an hour.",
    "Two subcutaneous doses of ketamine reduced depressive symptoms over two weeks more than midazolam.",
    keywords=("subcutaneous ketamine", "treatment-resistant depression"),
    mesh=("Depressive Disorder, Treatment-Resistant", "Ketamine", "Midazolam", "Humans"),
)

_CLINIC_YEAR = _told(
    "clinic-year",
    12,
    _CLINICAL[3],
    "One year of esketamine nasal spray in a public clinic: outcomes of 412 patients with treatment-resistant depression.",
    "Data on esketamine nasal spray beyond the first months in routine care are limited.",
    "In this retrospective cohort study, records of 412 consecutive adults with treatment-resistant depression who started esketamine nasal spray between 2022 and 2025 were analysed. Response was defined as a reduction of at least 50% in PHQ-9 score.",
    "At week 4, 194 of 412 patients (47.1%) had responded and 103 (25.0%) were in remission. At 12 months 158 (38.3%) were still in treatment. Sedation was recorded in 21.4% and raised blood pressure in 9.7% of sessions. Three patients attempted suicide; none died.",
    "About half of patients responded in routine care, and fewer than four in ten remained in treatment for a year. Without a comparison group effectiveness cannot be inferred.",
    keywords=("esketamine", "real-world evidence", "treatment-resistant depression"),
    mesh=("Depressive Disorder, Treatment-Resistant", "Ketamine", "Retrospective Studies", "Humans"),
    is_registered=False,
    coi="Dr {first_author} has received speaker's fees from Larkspur Therapeutics, an invented company.",
)

_PREPRINT = _told(
    "exposure-preprint",
    9,
    people.PREPRINTS[0],
    "Ketamine before prolonged exposure therapy for PTSD: a randomised pilot trial.",
    "Ketamine might ease learning during prolonged exposure therapy for post-traumatic stress disorder (PTSD). In this pilot trial, 24 adults with PTSD were randomised to a single infusion of ketamine 0.5 mg/kg or midazolam 0.03 mg/kg one day before the first of seven sessions of prolonged exposure. Twenty participants completed therapy. CAPS-5 scores after therapy did not differ significantly (mean difference \u22126.4; 95% CI \u221216.0 to 3.2; p = 0.19). Two participants given ketamine found the dissociation distressing. Recruitment and masking were feasible; a larger trial is needed to test efficacy.",
    is_plain=True,
    publication_types=("Journal Article", "Preprint"),
    keywords=("PTSD", "prolonged exposure", "ketamine-assisted psychotherapy"),
)

_PUBLISHED = replace(
    _told(
        "exposure-published",
        18,
        _TRAUMA[0],
        "Ketamine before prolonged exposure therapy for PTSD: a randomised pilot trial.",
        "Ketamine might ease learning during prolonged exposure therapy for post-traumatic stress disorder (PTSD).",
        "Twenty-four adults with PTSD were randomly assigned to a single infusion of ketamine 0.5 mg/kg (n=12) or midazolam 0.03 mg/kg (n=12) one day before the first of seven sessions of prolonged exposure. Feasibility was the primary outcome; efficacy was assessed with the CAPS-5.",
        "Twenty participants completed therapy. Adjusted CAPS-5 scores after therapy did not differ significantly between groups (mean difference \u22126.1; 95% CI \u221215.7 to 3.5; p = 0.21). Two participants given ketamine found the dissociation distressing.",
        "The combination was feasible. The trial was not powered to show efficacy, and a larger trial is needed.",
        keywords=("PTSD", "prolonged exposure", "ketamine-assisted psychotherapy"),
        mesh=("Stress Disorders, Post-Traumatic", "Ketamine", "Psychotherapy", "Humans"),
    ),
    authors=_PREPRINT.authors,
    registrations=_PREPRINT.registrations,
    links=(Link(ref_type="UpdateOf", to="exposure-preprint"),),
)

_ADOLESCENTS = _told(
    "adolescents",
    13,
    _CLINICAL[0],
    "A course of ketamine infusions for adolescents with treatment-resistant depression: a randomised clinical trial.",
    "Controlled data on repeated ketamine in adolescents with depression are scarce.",
    "In this double-blind trial at four centres, 67 adolescents aged 13 to 17 years with depression that had not responded to two antidepressants were randomised to four infusions over two weeks of ketamine 0.5 mg/kg (n=34) or midazolam 0.045 mg/kg (n=33). The primary outcome was the CDRS-R score at day 14.",
    "CDRS-R scores at day 14 were 8.2 points lower with ketamine than with midazolam (mean difference \u22128.2; 95% CI \u221214.4 to \u22122.0; p = 0.010). Suicidal ideation on the C-SSRS did not differ between groups. One participant given ketamine stopped because of dissociation, and transient hypertension was seen in five.",
    "Four ketamine infusions improved depressive symptoms in adolescents over two weeks. Effects beyond that period and on development are unknown.",
    keywords=("adolescents", "ketamine", "treatment-resistant depression"),
    mesh=(
        "Depressive Disorder, Treatment-Resistant",
        "Adolescent",
        "Ketamine",
        "Midazolam",
        "Double-Blind Method",
        "Humans",
    ),
    publication_status="aheadofprint",
)

_WRITTEN_EXPOSURE = _told(
    "written-exposure",
    14,
    people.PSYCHOTHERAPY[0],
    "Written exposure therapy with or without ketamine for post-traumatic stress disorder: a randomised controlled trial.",
    "Brief trauma-focused psychotherapy for post-traumatic stress disorder (PTSD) might gain from ketamine.",
    "One hundred and three adults with PTSD received five sessions of written exposure therapy and were randomised to intravenous ketamine 0.5 mg/kg over 40 minutes (n=52) or saline (n=51) before sessions 1 and 3. The primary outcome was the CAPS-5 score at week 8, assessed by raters unaware of allocation.",
    "CAPS-5 scores at week 8 were lower with ketamine (mean difference \u22125.6; 95% CI \u221210.4 to \u22120.8; p = 0.023). The difference was not significant at six months (mean difference \u22122.2; 95% CI \u22127.3 to 2.9; p = 0.40). Nausea, dizziness and dissociation were more frequent with ketamine. Nine in ten participants given ketamine guessed their allocation.",
    "Ketamine added to written exposure therapy was associated with fewer PTSD symptoms at eight weeks but not at six months. Unblinding limits the interpretation.",
    keywords=("PTSD", "written exposure therapy", "psychotherapy", "ketamine"),
    mesh=("Stress Disorders, Post-Traumatic", "Psychotherapy", "Ketamine", "Humans"),
)

_WORRY = _told(
    "worry",
    11,
    _TRAUMA[0],
    "Subcutaneous ketamine for refractory generalised anxiety disorder: a randomised, midazolam-controlled trial.",
    "Uncontrolled reports suggest that ketamine relieves refractory generalised anxiety disorder. We conducted a randomised trial. Seventy-five adults with a HAM-A score of 20 or more despite treatment were assigned to weekly subcutaneous injections of ketamine 0.5 mg/kg (n=38) or midazolam 0.01 mg/kg (n=37) for four weeks. The primary outcome was the HAM-A score at week 4. The groups did not differ significantly (mean difference \u22121.0; 95% CI \u22124.4 to 2.4; p = 0.56), nor did response rates (31.6% and 27.0%). Dissociation was more frequent with ketamine. Ketamine was not superior to midazolam for generalised anxiety in this trial.",
    is_plain=True,
    keywords=("generalised anxiety disorder", "ketamine", "HAM-A"),
    mesh=("Anxiety Disorders", "Ketamine", "Humans"),
)

_BOTH = _told(
    "both-disorders",
    17,
    _CLINICAL[2],
    "Ketamine for comorbid post-traumatic stress disorder and depression: a randomised, double-blind trial.",
    "Post-traumatic stress disorder (PTSD) and major depressive disorder often co-occur, and trials usually exclude one of them.",
    "We randomised 121 adults with comorbid PTSD and major depressive disorder to eight infusions over four weeks of ketamine 0.5 mg/kg (n=61) or midazolam 0.045 mg/kg (n=60). Co-primary outcomes were the PCL-5 and the MADRS at week 4.",
    "At week 4, PCL-5 scores were lower with ketamine (mean difference \u22126.9; 95% CI \u221212.6 to \u22121.2; p = 0.018), whereas MADRS scores did not differ significantly (mean difference \u22122.4; 95% CI \u22125.8 to 1.0; p = 0.17). Response on both scales was seen in 18 of 61 (29.5%) and 11 of 60 (18.3%) participants. Blood pressure above 160/100 mm Hg was recorded in 12 participants given ketamine.",
    "Ketamine reduced self-reported PTSD symptoms but not depressive symptoms at four weeks; one of two primary outcomes was met.",
    keywords=("PTSD", "major depressive disorder", "comorbidity", "ketamine"),
    mesh=("Stress Disorders, Post-Traumatic", "Depressive Disorder, Major", "Ketamine", "Midazolam", "Humans"),
)

_MAINTENANCE = _told(
    "maintenance",
    19,
    _CLINICAL[0],
    "Monthly ketamine infusions to prevent relapse of depression after electroconvulsive therapy: a randomised clinical trial.",
    "Relapse after electroconvulsive therapy (ECT) is frequent. Whether maintenance ketamine prevents it is unknown.",
    "One hundred and eighty-four adults with major depressive disorder in remission after ECT were randomised to monthly intravenous ketamine 0.5 mg/kg (n=91) or midazolam 0.03 mg/kg (n=93) for six months, in addition to venlafaxine and lithium. The primary outcome was time to relapse.",
    "Relapse occurred in 38 of 91 (41.8%) participants given ketamine and 44 of 93 (47.3%) given midazolam (hazard ratio 0.82; 95% CI 0.55 to 1.22; p = 0.33). Urinary symptoms were reported by six participants given ketamine and four given midazolam. Two suicide attempts occurred, one in each group.",
    "Monthly ketamine did not significantly reduce relapse after ECT. The confidence interval includes effects that patients might find worthwhile.",
    keywords=("maintenance treatment", "relapse", "ECT", "ketamine"),
    mesh=("Depressive Disorder, Major", "Electroconvulsive Therapy", "Ketamine", "Humans"),
)


def _notice(key: str, day: int, about: Invented, *, title: str, kind: str, ref_type: str) -> Invented:
    """An erratum, a retraction, an expression of concern: no abstract, often no authors."""
    study = _told(
        key, day, about.journal, title, publication_types=("Journal Article", kind), is_registered=False, coi=None
    )
    return replace(
        study,
        publication_types=(kind,),
        authors=about.authors if kind == "Published Erratum" else (),
        keywords=(),
        grant=None,
        links=(Link(ref_type=ref_type, to=about.key),),
    )


_OLD_STUDY = trials.trial(
    "doubted",
    condition="bipolar",
    treatment="repeated-iv",
    outcome="benefit",
    entered=date(2024, 5, 21),
    comparator="saline",
    sizes=(27, 27),
)

_RETRACTION = _notice(
    "retraction",
    20,
    _TWO_DOSES,
    title=f"Retraction: {_TWO_DOSES.title}",
    kind="Retraction of Publication",
    ref_type="RetractionOf",
)
_ERRATUM = _notice(
    "erratum",
    19,
    _CLINIC_YEAR,
    title=f"Correction to: {_CLINIC_YEAR.title}",
    kind="Published Erratum",
    ref_type="ErratumFor",
)
_CONCERN = _notice(
    "concern",
    17,
    _OLD_STUDY,
    title=f"Expression of concern: {_OLD_STUDY.title}",
    kind="Expression of Concern",
    ref_type="ExpressionOfConcernFor",
)
_COMMENT = replace(
    _told(
        "comment",
        18,
        _TRAUMA[1],
        "Ketamine for PTSD in veterans: was midazolam the right comparator?",
        publication_types=("Letter", "Comment"),
        is_registered=False,
        most_authors=3,
    ),
    publication_types=("Letter", "Comment"),
    links=(Link(ref_type="CommentOn", to="veterans-ptsd"),),
)

#: 9 to 15 November 2026.
WEEK_A: tuple[Invented, ...] = (
    _PREPRINT,
    _VETERANS,
    _TWO_DOSES,
    _WORRY,
    _CLINIC_YEAR,
    _ADOLESCENTS,
    _WRITTEN_EXPOSURE,
    psychotherapy.protocol("a-protocol", condition="ocd", treatment="single-iv", entered=_november(10)),
    reviews.meta_analysis("a-meta", condition="bipolar", outcome="benefit", entered=_november(12)),
    mechanism.human("a-eeg", place=4, entered=_november(13)),
    observational.pharmacovigilance("a-signal", place=3, entered=_november(10)),
    noise.theatre("a-theatre", place=1, outcome="null", entered=_november(11)),
    mechanism.animal("a-animal", place=3, entered=_november(9)),
    observational.case_report("a-case", place=2, entered=_november(14)),
    reviews.letter("a-letter", condition="late-life", entered=_november(13)),
)

#: 16 to 22 November 2026.
WEEK_B: tuple[Invented, ...] = (
    _BOTH,
    _PUBLISHED,
    _MAINTENANCE,
    _RETRACTION,
    _ERRATUM,
    _CONCERN,
    _COMMENT,
    trials.trial(
        "b-quetiapine",
        condition="late-life",
        treatment="esketamine-nasal",
        outcome="null",
        entered=_november(18),
        comparator="placebo-spray",
    ),
    psychotherapy.protocol(
        "b-protocol", condition="ptsd", treatment="repeated-iv", entered=_november(16), with_therapy=1
    ),
    reviews.systematic_review("b-review", condition="anxious-depression", entered=_november(17)),
    mechanism.human("b-plasticity", place=7, entered=_november(19)),
    observational.cohort("b-cohort", condition="suicidality", drug="ketamine", entered=_november(20)),
    psychotherapy.assisted("b-assisted", condition="anxious-depression", entered=_november(21)),
    noise.theatre("b-theatre", place=0, outcome="benefit", entered=_november(16)),
    mechanism.animal("b-animal", place=0, entered=_november(20)),
    noise.misuse("b-misuse", place=3, entered=_november(21)),
    observational.case_report("b-case", place=3, entered=_november(22)),
)

#: Older studies that something happens to during the two weeks.
EARLIER: tuple[Invented, ...] = (_OLD_STUDY,)

REVISIONS: tuple[Revision, ...] = (
    Revision(
        since=_november(20),
        study=replace(
            _TWO_DOSES,
            revised=_november(20),
            title=f"RETRACTED: {_TWO_DOSES.title}",
            publication_types=("Journal Article", "Retracted Publication"),
            links=(Link(ref_type="RetractionIn", to="retraction"),),
        ),
    ),
    Revision(
        since=_november(19),
        study=replace(_CLINIC_YEAR, revised=_november(19), links=(Link(ref_type="ErratumIn", to="erratum"),)),
    ),
    Revision(
        since=_november(18),
        study=replace(_PREPRINT, revised=_november(18), links=(Link(ref_type="UpdateIn", to="exposure-published"),)),
    ),
    Revision(
        since=_november(18),
        study=replace(_VETERANS, revised=_november(18), links=(Link(ref_type="CommentIn", to="comment"),)),
    ),
    Revision(
        since=_november(17),
        study=replace(_OLD_STUDY, revised=_november(17), links=(Link(ref_type="ExpressionOfConcernIn", to="concern"),)),
    ),
    Revision(
        since=_november(21),
        study=replace(
            _ADOLESCENTS,
            revised=_november(21),
            indexed=_november(21),
            status="MEDLINE",
            publication_status="ppublish",
            publication_types=("Journal Article", "Randomized Controlled Trial", "Multicenter Study"),
            volume="36",
            issue="11",
            pages="402-411",
            states_day=False,
        ),
    ),
)
