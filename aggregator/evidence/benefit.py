# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
"""What a treatment is for, and which change of it is good: symptoms of which less is better, response of which more is."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Outcomes of which less is better, then those of which more is; the first that matches at a place counts.
WORSE_NAMED = r"non-?respon\w+|time (?:to|until) (?:[\w-]+ ){0,2}(?:remission|response|improvement|recovery|relief|onset|sedation|tranquilli[sz]ation|calm)|(?:days|time) (?:to|until) (?:[\w-]+ ){0,2}(?:remission|response|recovery)|onset (?:time|of action)|hospital stays?|length of stay|treatment failures?|orientation time|time to (?:re-?)?orientation"
BETTER_NAMED = r"(?:odds|likelihood|chances?|probability|incidences?|occurrence|prevalence|risks?|hazard) of (?:[\w-]+ ){0,2}(?:response|responding|remission|remitting|recovery|improvement|success|abstinence)|time (?:to|until) (?:[\w-]+ ){0,2}(?:relapse|recurrence|rescue|requests?|readmission|return)|(?:depression|symptom|pain|relapse|delirium|headache|migraine|seizure|nausea)[- ](?:free|freedom)|freedom from|free (?:of|from) (?:[\w-]+ ){0,2}(?:ideas?|ideation|thoughts?|thinking|suicidality|pain|symptoms?|depression|relapse|delirium)|(?:pain|symptom\w*) (?:relief|control|improvement)|abstinen\w+|response duration|duration of (?:response|effect|analgesia|remission)"
LESS = r"scores?|symptoms?|symptomatology|severity|incidences?|risks?|prevalence|occurrence|odds|hazard|ideation|suicid\w+|relapse[sd]?|recurrences?|ppds?|pods?|pocd|depressi(?:on|ve)\w*|depressed|anxiety|deliri(?:um|a)|pain|fatigue|ptsd|post-?traumatic|cravings?|use days|drinks|drinking|heavy drinking|insomnia|disturbances?|disruptions?|impairments?|headaches?|madrs|ham-?d(?:-?\d+)?|hdrs(?:-?\d+)?|hamd(?:-?\d+)?|epds|phq-?9|psqi|isi|cgi(?:-[si])?|paed|sds|whodas\S*|caps(?:-5)?|pcl(?:-5)?|vas|nrs|bdi|qids(?:-sr)?|hama|ham-a|gad-?7|lsas|stai|y-?bocs|ssi|bssi?|c-?ssrs|ies-?r?|hads|anhedonia|dysfunction|disability|agitation|withdrawal|distress|hopelessness|(?:ect )?sessions|(?:re)?admissions?|(?:re)?admitted|hospitali[sz]ations?|si|avoidance|intrusions?|hyperarousal|obsessions?|burden|rescue (?:analgesi\w+|medication)|ratings?|worry|panic|nightmares|rumination|illness|episodes?|attacks?|binges?|shivering|sore throat|(?:opioid|opiate|morphine|analgesic|sufentanil|remifentanil|fentanyl) (?:consumption|requirements?|use)"
MORE = r"(?:target|adequate|satisfactory|successful) sedation|success(?: rates?)?|respon(?:se|ders?|ded|ses)(?: rates?)?|respond(?:ed)?|remission(?: rates?)?|remitters?|remitted|efficac\w+|effectiveness|(?:antidepressant|antisuicidal|anti-suicidal|anxiolytic|analgesic|treatment|therapeutic|beneficial) (?:effects?|benefits?|actions?)|(?<!subjective )(?<!acute )(?<!drug )(?<!adverse )(?<!side )(?<!psychological )effects?|effect sizes?|benefits?|gains?|satisfaction|recovery|relief|alleviation|resolution|analgesia|qor-?\d*|moca|mmse|sf-?\d\d|pleasure|recovered|(?:quality|well-?being|functioning|function|mood|sleep)(?! (?:disturbances?|disorders?|problems?|difficult\w+|impairments?|deficits?|disruptions?|symptoms?|failures?)\b)"
OUTCOME = re.compile(
    rf"\b(?:(?P<bad1>{WORSE_NAMED})|(?P<good1>{BETTER_NAMED})|(?P<good2>(?:quality of (?:life|recovery|sleep)|sleep quality|satisfaction|sf-?\d\d|qor-?\d*|moca|mmse|gaf|eq-5d(?:-\dl)?|function(?:al|ing)?|well-?being|mood improvement|cogniti(?:on|ve)|memory|attention|performance|comfort|mindfulness|connectedness|resilience|self-(?:esteem|efficacy|compassion)|optimism|vitality) (?:[\w-]+ )?(?:scores?|ratings?|index)|{MORE})|(?P<bad2>{LESS}))\b"
)
#: Changes: of what falls, what rises, and what mends whatever it is.
FALL = r"reduc(?:e[sd]?|ing|tions?)|decreas(?:e[sd]?|ing)|declin(?:e[sd]?|ing)|decrements?|diminish\w*|lower(?:ed|s|ing)|drop(?:s|ped|ping)?|fall(?:s|en|ing)?|fell|lessen\w*|attenuat\w+|cut(?:s|ting)?|suppress\w*|curb\w*|prevent\w*|protect\w*|averted|shorten\w*|blunt\w*|lifted|dampen\w*|abolish\w*|halv(?:e[sd]?|ing)|lost|come down|came down|eliminat\w+|clear(?:s|ed)|delay(?:s|ed|ing)?|postpon\w+|forestall\w*"
RISE = r"increas(?:e[sd]?|ing)|rise[sn]?|rose|rising|elevat\w+|augment\w*|enhanc\w*|boost\w*|rais(?:e[sd]?|ing)|prolong\w*|extend\w*|promot\w*"
MEND = r"speed(?:s|ed)? up|hasten\w*|accelerat\w+|improv\w+|alleviat\w+|reliev\w+|ameliorat\w+|mitigat\w+|eas(?:e[sd]?|ing)|resolv\w+|recover(?:s|ed|ing)?|abat\w+|mend\w*|palliat\w+|relief|benefit(?:s|ed|ing)?"
_SPOIL = r"worsen\w*|deteriorat\w*|aggravat\w*|exacerbat\w*"
_CHANGE_ONLY = r"changes?"
NAMED_CHANGE = r"reductions?|decreases?|declines?|decrements?|improvements?|changes?|drops?|falls?|increases?|rises?|relief|benefits?|alleviation|lowering"
MENDED = re.compile(rf"\b(?:{MEND}|{_SPOIL})\b")
CHANGE = re.compile(
    rf"\b(?:(?P<fall>{FALL})|(?P<rise>{RISE})|(?P<mend>{MEND})|(?P<spoil>{_SPOIL})|(?P<plain>{_CHANGE_ONLY}))\b"
)
#: Changes as nouns: "the fall in scores was greater".
CHANGE_NAMED = re.compile(NAMED_CHANGE)


def outcome_beside(text: str, change: re.Match[str]) -> re.Match[str] | None:
    return OUTCOME.search(text, change.end()) or last(OUTCOME.finditer(text, 0, change.start()))


def last(found: Iterable[re.Match[str]]) -> re.Match[str] | None:
    every = list(found)
    return every[-1] if every else None


def sign_of(outcome: re.Match[str]) -> int:
    return 1 if outcome["good1"] or outcome["good2"] else -1


def sign_of_change(change: re.Match[str], outcome: re.Match[str] | None) -> int:
    """What mends is good whatever it is; what falls or rises is as good as the outcome says, by itself a symptom."""
    if change["mend"] or change["spoil"]:
        return 1 if change["mend"] else -1
    if change["plain"]:
        return 1  # "greater changes in scores"
    of = sign_of(outcome) if outcome else -1
    return of if change["rise"] else -of
