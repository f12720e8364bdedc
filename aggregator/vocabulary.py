"""The closed vocabularies of a summary, each value with the words a reader sees.

A value outside these tables is a defect. The order is the order of display.
"""

from __future__ import annotations

BUCKETS = {
    "core": "Clinical study",
    "protocol": "Protocol",
    "perioperative": "Perioperative use",
    "preclinical": "Preclinical study",
    "misuse": "Misuse and dependence",
    "notice": "Notice or comment",
    "off-topic": "Set aside as off topic",
}
#: The buckets that a digest counts and does not show, unless the settings say otherwise.
ASIDE = tuple(bucket for bucket in BUCKETS if bucket != "core")

DESIGNS = {
    "meta-analysis": "Meta-analysis",
    "systematic-review": "Systematic review",
    "guideline": "Guideline",
    "randomized-trial": "Randomised trial",
    "non-randomized-trial": "Non-randomised trial",
    "secondary-analysis": "Secondary analysis",
    "cohort": "Cohort study",
    "case-control": "Case-control study",
    "cross-sectional": "Cross-sectional study",
    "case-report": "Case report or series",
    "qualitative": "Qualitative study",
    "narrative-review": "Narrative review",
    "protocol": "Study protocol",
    "preclinical": "Preclinical study",
    "comment": "Comment or letter",
    "other": "Other design",
}

CONDITIONS = {
    "ptsd": "PTSD",
    "social-anxiety": "social anxiety",
    "depression": "depression",
    "bipolar": "bipolar disorder",
    "suicidality": "suicidality",
    "generalized-anxiety": "generalised anxiety",
    "panic": "panic disorder",
    "ocd": "OCD",
    "anxiety": "anxiety",
    "substance-use": "substance use",
    "pain": "pain",
    "schizophrenia": "schizophrenia",
    "healthy-volunteers": "healthy volunteers",
    "other": "another condition",
}

AGE_GROUPS = {"child": "children", "adolescent": "adolescents", "adult": "adults", "older-adult": "older adults"}

DRUGS = {
    "ketamine": "ketamine",
    "esketamine": "esketamine",
    "arketamine": "arketamine",
    "norketamine": "norketamine",
    "hydroxynorketamine": "hydroxynorketamine",
}

ROUTES = {
    "intravenous": "intravenous",
    "intranasal": "intranasal",
    "intramuscular": "intramuscular",
    "subcutaneous": "subcutaneous",
    "oral": "oral",
    "sublingual": "sublingual",
    "rectal": "rectal",
    "epidural": "epidural",
    "intrathecal": "intrathecal",
}

REGIMENS = {"single": "single dose", "repeated": "repeated doses", "continuous": "continuous infusion"}

COMPARATORS = {
    "placebo": "placebo",
    "saline": "saline",
    "midazolam": "midazolam",
    "other-active-placebo": "another active placebo",
    "ect": "ECT",
    "tms": "TMS",
    "antidepressant": "an antidepressant",
    "psychotherapy": "psychotherapy",
    "usual-care": "usual care",
    "wait-list": "wait list",
    "other-drug": "another drug",
    "ketamine-dose": "another dose or route of ketamine",
}

CONTROLS = {
    "placebo": "placebo",
    "active-placebo": "active placebo",
    "active-treatment": "active treatment",
    "dose-comparison": "dose comparison",
    "usual-care": "usual care or another group",
    "none": "no control group",
}

PHASES = {phase: f"Phase {phase}" for phase in ("1", "1/2", "2", "2/3", "3", "4")}

MEASURES = {
    "mean difference": "mean difference",
    "standardized mean difference": "standardised mean difference",
    "hedges g": "Hedges' g",
    "cohens d": "Cohen's d",
    "odds ratio": "odds ratio",
    "risk ratio": "risk ratio",
    "hazard ratio": "hazard ratio",
    "number needed to treat": "number needed to treat",
    "response rate": "response rate",
    "remission rate": "remission rate",
}

DIRECTIONS = {
    "favours-ketamine": "favours ketamine",
    "no-difference": "no clear difference",
    "favours-comparator": "favours the comparator",
    "mixed": "mixed",
    "not-comparative": "not a comparative result",
    "unclear": "unclear",
}

PSYCHOTHERAPY = {
    "randomised-factor": "a randomised part of the study",
    "all-arms": "in all arms",
    "sequential": "in sequence with the drug",
    "naturalistic": "alongside, as in practice",
    "none-stated": "none stated",
}

FLAGS = {
    "retracted": "Retracted",
    "expression-of-concern": "Expression of concern",
    "corrected": "Corrected",
    "preprint": "Preprint, not peer reviewed",
    "pilot": "Pilot study",
    "crossover": "Crossover",
    "open-label": "Open label",
    "non-inferiority": "Non-inferiority",
    "active-placebo": "Active placebo",
    "inert-placebo": "Inert placebo",
    "industry-linked": "Industry funding or employment reported",
    "primary-outcome-not-met": "Primary outcome not met",
    "inconsistent-numbers": "Numbers in the abstract disagree",
    "secondary-analysis": "Secondary analysis",
    "perioperative": "Perioperative",
    "adolescent": "Adolescents",
    "older-adults": "Older adults",
    "veterans": "Veterans",
}
