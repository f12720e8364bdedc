"""Randomised trials that were never held: designs, sentences and numbers that fit together."""
# ruff: noqa: E501, SIM905 - sentences and tables of words read best on one line

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from aggregator.demo_data import people
from aggregator.demo_data.conditions import COMPARATORS, CONDITIONS, TREATMENTS, Comparator, Condition, Treatment
from aggregator.demo_data.manner import Writing, finish
from aggregator.demo_data.numbers import Estimate, Rates, in_words, mean_difference, odds_ratio, percent, responders
from aggregator.demo_data.record import Invented, Part, Periodical

ACRONYMS = (
    "HEDGEROW LANTERN MOORLAND TIDEPOOL KINGCUP SANDPIPER FERNDALE WHINFELL STARLIT COBBLE HARBOUR-K OXBOW "
    "MEADOWS BRACKEN PEBBLE ROOKERY SPINNEY QUILL TARN WEALD FELLSIDE GLADE HEATHLAND LICHEN MARSHLIGHT NETTLE "
    "ORCHARD-2 PUDDLE RILL SHINGLE TUSSOCK UPLAND VIADUCT WATERMILL YEWTREE ACORN BEECHWOOD CATKIN DRIFTWOOD"
).split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial's design and results, from which its words are written."""

    condition: Condition
    treatment: Treatment
    comparator: Comparator
    outcome: str
    first: int
    second: int
    timepoint: str
    estimate: Estimate
    rates: Rates
    later: Estimate
    is_crossover: bool = False

    @property
    def total(self) -> int:
        return self.first if self.is_crossover else self.first + self.second

    @property
    def drug(self) -> str:
        return "standard-dose ketamine" if self.comparator.slug == "low-dose" else self.treatment.drug


def trial(
    key: str,
    *,
    condition: str,
    treatment: str,
    outcome: str,
    entered: date,
    comparator: str | None = None,
    sizes: tuple[int, int] | None = None,
    is_crossover: bool = False,
) -> Invented:
    """A trial's record; `outcome` is benefit, null or against (benefit or harm of ketamine on the primary outcome)."""
    random = Random(f"trial {key}")
    chosen = TREATMENTS[treatment]
    made = _design(
        random, CONDITIONS[condition], chosen, comparator, outcome=outcome, sizes=sizes, is_crossover=is_crossover
    )
    writing = Writing.of(random, _journals(condition))
    return finish(
        random,
        writing,
        key=key,
        entered=entered,
        title=_title(random, made),
        abstract=_abstract(random, made, writing),
        publication_types=_publication_types(random, made),
        mesh=(*made.condition.mesh, *made.treatment.mesh, *_check_tags(made)),
        major=frozenset(made.condition.mesh[:1]) | {"Ketamine"},
        substances=(
            "Ketamine",
            *(("Esketamine",) if made.drug == "esketamine" else ()),
            *(("Midazolam",) if made.comparator.slug == "midazolam" else ()),
        ),
        keywords=made.condition.keywords,
        is_registered=random.random() < 0.7,
        most_authors=14 if made.total > 90 else 9,
        has_group=made.total > 90 and random.random() < 0.4,
    )


def _journals(condition: str) -> tuple[Periodical, ...]:
    if condition in {"ptsd", "sad", "gad", "panic", "ocd", "ptsd-depression"}:
        return (*people.TRAUMA_AND_ANXIETY, *people.CLINICAL[:4])
    return people.CLINICAL


def _design(
    random: Random,
    condition: Condition,
    treatment: Treatment,
    comparator: str | None,
    *,
    outcome: str,
    sizes: tuple[int, int] | None,
    is_crossover: bool,
) -> Trial:
    first, second = sizes or _sizes(random, treatment, is_crossover=is_crossover)
    scale = condition.scale
    # Within-person differences spread less than differences between people.
    sd = scale.sd * (0.7 if is_crossover else 1)
    return Trial(
        condition=condition,
        treatment=treatment,
        comparator=COMPARATORS[comparator or random.choice(treatment.against)],
        outcome=outcome,
        first=first,
        second=second,
        timepoint=random.choice(treatment.timepoints),
        estimate=mean_difference(random, first=first, second=second, sd=sd, outcome=outcome),
        rates=responders(random, first=first, second=second, outcome=outcome),
        later=mean_difference(random, first=first, second=second, sd=sd * 1.05, outcome="null"),
        is_crossover=is_crossover,
    )


def _sizes(random: Random, treatment: Treatment, *, is_crossover: bool) -> tuple[int, int]:
    if is_crossover:
        both = random.choice((14, 16, 18, 20, 24, 26))
        return both, both
    if treatment.slug == "esketamine-nasal":
        arm = random.randint(98, 190)
        return arm, arm - random.randint(0, 6)
    if treatment.slug == "ketamine-ect":
        arm = random.randint(90, 180)
        return arm, arm - random.randint(0, 8)
    arm = random.choice((random.randint(14, 24), random.randint(25, 48), random.randint(50, 88)))
    return arm, arm - random.randint(0, 3)


# ── Title ──


def _title(random: Random, made: Trial) -> str:
    drug_words = random.choice(made.treatment.title)
    drug = drug_words[0].lower() + drug_words[1:]
    name, symptoms = made.condition.name, made.condition.symptoms
    versus = made.comparator.name
    acronym = random.choice(ACRONYMS)
    kind = "crossover trial" if made.is_crossover else random.choice(("trial", "controlled trial", "clinical trial"))
    if made.comparator.slug == "ect":
        forms: tuple[str, ...] = (
            f"Ketamine versus electroconvulsive therapy for {name}: a randomised, open-label, non-inferiority {kind}",
            f"Non-inferiority of intravenous ketamine to electroconvulsive therapy in {name} ({acronym}): a randomised trial",
        )
    elif made.comparator.slug == "quetiapine":
        forms = (f"{drug_words} versus extended-release quetiapine for {name}: a randomised, rater-blinded {kind}",)
    elif made.comparator.slug == "low-dose":
        forms = (
            f"Two doses of intravenous ketamine in {made.condition.people[0]}: a randomised, double-blind dose comparison",
            f"Dose-related effects of intravenous ketamine on {symptoms}: a randomised, double-blind {kind}",
        )
    else:
        placebo = {"midazolam": "midazolam-controlled", "saline": "saline-controlled"}.get(
            made.comparator.slug, "placebo-controlled"
        )
        forms = (
            f"{drug_words} for {name}: a randomised, double-blind, {placebo} {kind.replace('controlled ', '')}",
            f"{drug_words} versus {versus} for {name}: a randomised {kind}",
            f"Effect of {drug} on {symptoms} in {made.condition.people[-1]}: the {acronym} randomised {kind}",
            f"Efficacy and safety of {drug} in {made.condition.people[0]}: a randomised {kind}",
            f"Does {drug} reduce {symptoms}? A {placebo}, randomised {'crossover ' if made.is_crossover else ''}trial",
            f"{drug_words} in {made.condition.people[0]}: results of the {acronym} {kind}, a randomised study",
            f"A randomised, {placebo} {kind.replace('controlled ', '')} of {drug} for {name}",
        )
    return f"{random.choice(forms)}."


# ── Abstract ──


def _abstract(random: Random, made: Trial, writing: Writing) -> tuple[Part, ...]:
    aim = _aim(random, made, writing.layout)
    background = random.choice(made.condition.background)
    methods = _methods(random, made)
    results = _results(random, made, writing)
    conclusion = _conclusion(random, made)
    if writing.layout == "plain":
        return (Part(f"{background} {aim} {methods} {results} {conclusion}"),)
    if writing.layout == "objective":
        return (
            Part(f"{background} {aim}", "OBJECTIVE", "OBJECTIVE"),
            Part(methods, "METHODS", "METHODS"),
            Part(results, "RESULTS", "RESULTS"),
            Part(conclusion, "CONCLUSIONS", "CONCLUSIONS"),
        )
    return (
        Part(background, "BACKGROUND" if writing.layout == "four" else "IMPORTANCE", "BACKGROUND"),
        Part(aim, "AIMS" if writing.layout == "four" else "OBJECTIVE", "OBJECTIVE"),
        Part(methods, "METHOD" if writing.layout == "four" else "DESIGN, SETTING, AND PARTICIPANTS", "METHODS"),
        Part(results, "RESULTS" if writing.layout == "four" else "MAIN OUTCOMES AND RESULTS", "RESULTS"),
        Part(conclusion, "CONCLUSIONS" if writing.layout == "four" else "CONCLUSIONS AND RELEVANCE", "CONCLUSIONS"),
    )


def _aim(random: Random, made: Trial, layout: str) -> str:
    people_words = made.condition.people[0]
    drug = made.drug
    if layout != "plain" and random.random() < 0.4:
        is_ect = made.comparator.slug == "ect"
        question = "is non-inferior to" if is_ect else random.choice(("is superior to", "is more effective than"))
        return f"To determine whether {drug} {question} {made.comparator.name} for {made.condition.symptoms} in {people_words}."
    return random.choice(
        (
            f"We tested the efficacy and tolerability of {drug} compared with {made.comparator.name} in {people_words}.",
            f"This study compared {drug} with {made.comparator.name} in {people_words}.",
            f"We aimed to assess the effect of {drug} on {made.condition.symptoms} in {people_words}.",
        )
    )


def _methods(random: Random, made: Trial) -> str:
    who = random.choice(made.condition.people)
    criteria = random.choice(made.condition.criteria)
    ages = random.choice(made.condition.ages)
    give, control = random.choice(made.treatment.words), random.choice(made.comparator.words)
    blind = "double-blind" if made.comparator.is_blind else "rater-blinded, open-label"
    sites = random.choice(
        ("a single centre", "two university hospitals", "five outpatient clinics", "an academic centre", "nine sites")
    )
    scale = made.condition.scale
    ratio = "1:1"
    primary = random.choice(
        (
            f"The primary outcome was change in {scale.long} ({scale.short}) score from baseline to {made.timepoint}.",
            f"The primary end point was the {scale.short} ({scale.long}) total score at {made.timepoint}.",
            f"Change in the {scale.long} ({scale.short}) at {made.timepoint} was the primary outcome; response was defined as {scale.response}.",
        )
    )
    if made.is_crossover:
        washout = random.choice(("two weeks", "at least 14 days", "28 days"))
        first = random.choice(
            (
                f"In this double-blind crossover trial at {sites}, {made.total} {who} received {give} and {control} in random order, separated by {washout}.",
                f"{in_words(made.total).capitalize()} {who} ({criteria}) took part in a randomised, double-blind, crossover study of {give} and {control}, with {washout} between treatments.",
            )
        )
        return f"{first} {primary}"
    second = random.choice(
        (
            f"{in_words(made.total).capitalize()} {who} ({criteria}) were randomly assigned {ratio} to {give} or {control}.",
            f"In this {blind} trial at {sites}, {made.total} {who} were randomised ({ratio}) to {give} (n={made.first}) or {control} (n={made.second}).",
            f"We randomised {made.total} {who}, aged {ages} years, to receive {give} or {control}. Eligibility required {criteria}.",
            f"Participants were {who} aged {ages} years with {criteria}. They were randomly allocated to {give} (n = {made.first}) or {control} (n = {made.second}) in a {blind} design at {sites}.",
            f"{who[0].upper()}{who[1:]} were recruited at {sites} and randomised in a {ratio} ratio to {give} or to {control}; raters were masked to allocation.",
        )
    )
    return f"{second} {primary}"


def _results(random: Random, made: Trial, writing: Writing) -> str:
    scale, digits = made.condition.scale, writing.print
    estimate, versus, drug = made.estimate, made.comparator.name, made.drug
    control_change = -round(random.uniform(0.18, 0.3) * sum(scale.baseline) / 2, 1)
    drug_change = round(control_change + estimate.value, 1)
    flow = random.choice(
        (
            f"Of {made.total} participants randomised, {made.total - random.randint(0, max(1, made.total // 15))} completed the primary assessment.",
            f"All {made.total} randomised participants were included in the intention-to-treat analysis (mean age {random.uniform(36, 49):.1f} years; {random.randint(44, 68)}% women).",
            "",
        )
    )
    difference = f"{digits.number(estimate.value)} points ({digits.ci(estimate)}; {digits.p(estimate.p)})"
    if made.comparator.slug == "ect":
        margin = 5
        main = (
            f"The adjusted mean difference in {scale.short} score at {made.timepoint} was {difference}, and the upper bound "
            f"of the interval {'was below' if estimate.high < margin else 'exceeded'} the non-inferiority margin of {margin} points."
        )
    elif made.outcome == "null":
        main = random.choice(
            (
                f"Mean change in {scale.short} score at {made.timepoint} was {digits.number(drug_change)} with {drug} and {digits.number(control_change)} with {versus}, a difference that was not statistically significant (mean difference {digits.full(estimate)}).",
                f"{scale.short} scores at {made.timepoint} did not differ significantly between groups (mean difference {digits.full(estimate)}).",
                f"There was no significant difference between {drug} and {versus} in the primary outcome: mean difference {digits.number(estimate.value)} on the {scale.short} ({digits.ci(estimate)}; {digits.p(estimate.p)}).",
                f"Both groups improved. The between-group difference in {scale.short} change at {made.timepoint} was {difference} and did not reach significance.",
            )
        )
    else:
        better = "greater" if made.outcome == "benefit" else "smaller"
        main = random.choice(
            (
                f"Mean {scale.short} change at {made.timepoint} was {digits.number(drug_change)} with {drug} and {digits.number(control_change)} with {versus} (mean difference {digits.full(estimate)}).",
                f"The reduction in {scale.short} score at {made.timepoint} was {better} with {drug} than with {versus} (least-squares mean difference {digits.full(estimate)}).",
                f"At {made.timepoint}, {scale.short} scores were {abs(estimate.value):.1f} points {'lower' if estimate.value < 0 else 'higher'} in the {drug} group than in the {versus} group (mean difference {digits.full(estimate)}).",
                f"{drug.capitalize()} {'was superior' if made.outcome == 'benefit' else 'was inferior'} to {versus} on the primary outcome (adjusted mean difference {digits.full(estimate)}).",
            )
        )
    harm = harms(random, drug, versus, is_blind=made.comparator.is_blind)
    parts = [flow, main, _response(random, made, writing), _durability(random, made, writing), harm]
    return " ".join(part for part in parts if part)


def _response(random: Random, made: Trial, writing: Writing) -> str:
    rates, digits = made.rates, writing.print
    if random.random() < 0.3:
        return ""
    ratio = odds_ratio(rates)
    first, second = percent(rates.first_percent), percent(rates.second_percent)
    drug, versus = made.drug, made.comparator.name
    forms = [
        f"Response was seen in {rates.first} of {rates.of_first} participants ({first}) given {drug} and {rates.second} of {rates.of_second} ({second}) given {versus}.",
        f"Response rates were {first} with {drug} and {second} with {versus}.",
    ]
    if not made.is_crossover and made.total > 40:
        forms.append(
            f"Response rates were {first} and {second}, respectively (odds ratio {digits.number(ratio.value, 2)}; {digits.ci(ratio, 2)}; {digits.p(ratio.p)})."
        )
    return random.choice(forms)


def _durability(random: Random, made: Trial, writing: Writing) -> str:
    if made.outcome != "benefit" or random.random() < 0.45:
        return ""
    later = random.choice(("day 14", "week 8", "the 3-month follow-up", "4 weeks after the last dose"))
    return random.choice(
        (
            f"The difference was no longer significant at {later} ({writing.print.number(made.later.value)}; {writing.print.ci(made.later)}; {writing.print.p(made.later.p)}).",
            f"By {later}, group differences had waned.",
            f"Gains were partly maintained at {later}.",
            f"Scores on the {made.condition.second.short} followed the same pattern.",
        )
    )


def harms(random: Random, drug: str, versus: str, *, is_blind: bool = True) -> str:
    """A sentence on unwanted effects, or none: many abstracts leave them out."""
    often, rarely = random.randint(38, 74), random.randint(6, 28)
    return random.choice(
        (
            f"The most common adverse events with {drug} were dissociation ({often}%), dizziness ({rarely}%) and nausea ({max(4, rarely - 3)}%).",
            "Dissociative symptoms, measured with the CADSS, peaked at 40 minutes and resolved within two hours; there were no serious adverse events.",
            f"Transient increases in blood pressure occurred in {rarely}% of {drug} sessions and {max(1, rarely // 4)}% of {versus} sessions; none needed treatment.",
            "Two serious adverse events occurred, one in each group; neither was judged related to treatment.",
            f"Headache, nausea and sedation were more frequent with {drug}; {random.randint(1, 4)} participants stopped treatment because of adverse events.",
            f"Blurred vision, dizziness and dissociation were reported by {often}% of participants given {drug} and {rarely}% given {versus}.",
            f"No participant developed psychotic symptoms or mania. Mean systolic blood pressure rose by {random.randint(8, 19)} mm Hg during {drug} dosing.",
            f"One participant given {drug} was admitted with worsening suicidal ideation on day {random.randint(9, 27)}.",
            f"Treatment guesses were correct in {random.randint(71, 92)}% of participants, which points to functional unblinding."
            if is_blind
            else f"Dissociation and raised blood pressure were reported with {drug} only.",
            "",
            "",
        )
    )


def _conclusion(random: Random, made: Trial) -> str:
    drug, versus, name, symptoms = made.drug, made.comparator.name, made.condition.name, made.condition.symptoms
    people_words = made.condition.people[0]
    if made.comparator.slug == "ect":
        if made.estimate.high < 5:
            return f"Ketamine was non-inferior to electroconvulsive therapy in {people_words} over the acute course; longer follow-up is needed."
        return f"Non-inferiority of ketamine to electroconvulsive therapy was not shown in {people_words}."
    benefit = (
        f"{drug.capitalize()} reduced {symptoms} more than {versus} in the short term. Larger trials with longer follow-up are needed.",
        f"In {people_words}, {drug} was superior to {versus} at {made.timepoint}; the durability of the effect remains to be established.",
        f"These findings support a short-term effect of {drug} on {symptoms}, within the limits of a {'small' if made.total < 60 else 'single'} trial.",
        f"{drug.capitalize()} produced greater improvement than {versus} in {name}, with transient adverse effects.",
        f"The results are consistent with an acute effect of {drug} in {name}. Unblinding may have contributed.",
    )
    null = (
        f"{drug.capitalize()} was not superior to {versus} for {symptoms} in this trial.",
        f"We found no evidence that {drug} reduces {symptoms} more than {versus} in {people_words}.",
        f"The primary outcome was not met. The study does not support {drug} as given here for {name}.",
        f"In {people_words}, {drug} and {versus} led to similar improvement; an effect of expectation cannot be excluded.",
        f"{drug.capitalize()} did not separate from {versus} on the primary outcome, although the confidence interval does not exclude a clinically relevant effect.",
    )
    against = (
        f"{drug.capitalize()} was less effective than {versus} in {people_words}.",
        f"{versus[0].upper()}{versus[1:]} led to greater improvement than {drug} in {name}.",
    )
    return random.choice({"benefit": benefit, "null": null, "against": against}[made.outcome])


def _publication_types(random: Random, made: Trial) -> tuple[str, ...]:
    kinds = ["Journal Article", "Randomized Controlled Trial"]
    if made.total > 150:
        kinds += ["Clinical Trial, Phase III", "Multicenter Study"]
    elif made.total > 90:
        kinds.append("Multicenter Study")
    elif random.random() < 0.2:
        kinds.append("Clinical Trial, Phase II")
    if made.comparator.slug == "ect":
        kinds.append("Equivalence Trial")
    return tuple(kinds)


def _check_tags(made: Trial) -> tuple[str, ...]:
    tags = ["Humans", "Male", "Female", "Treatment Outcome"]
    if made.comparator.is_blind:
        tags.append("Double-Blind Method")
    if made.comparator.slug == "midazolam":
        tags.append("Midazolam")
    if made.is_crossover:
        tags.append("Cross-Over Studies")
    ages = {"adolescent": ["Adolescent"], "late-life": ["Aged", "Middle Aged"]}
    return tuple(tags + ages.get(made.condition.slug, ["Adult", "Middle Aged"]))
