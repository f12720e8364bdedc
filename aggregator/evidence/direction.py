# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
"""Which way the comparison came out, as the authors put it: only where a sentence says so.

Sentences that name the primary outcome decide; else the authors' conclusion. A null about safety is no null result,
and two doses that do not differ say nothing about ketamine against its control. What stays open is "unclear".
"""

from __future__ import annotations

import re

from aggregator.evidence.text import Passage, Reading, Sentence
from aggregator.summary import DesignFact, Fact, Finding, Span

_KETAMINE = r"(?:ketamine|spravato|\bkap\b)"
#: Ketamine named first and said to do better, or its comparator said to do worse.
FAVOURS_KETAMINE = re.compile(
    rf"{_KETAMINE}[^;]{{0,140}}\b(?:superior(?:ity)? (?:to|over)|more effective(?:ly)? than|more efficacious than|outperform\w*|(?:significant(?:ly)?|greater|larger|faster|lower|higher|better|more|fewer|rapid(?:ly)?) [^;]{{0,110}}\b(?:than|compared (?:with|to)|versus|vs\.?|relative to|over placebo)|favou?red (?:es|s-)?ketamine)\b"
    rf"|\b(?:significant(?:ly)?|greater|larger|lower|higher|better|more|superior\w*) [^;]{{0,110}}\b(?:in|for|with|of|following|after|by) (?:the |those |patients (?:receiving|treated with|given) )?(?:[\w-]+ ){{0,2}}{_KETAMINE}[^;]{{0,60}}\b(?:than|compared (?:with|to)|versus|vs\.?|relative to)\b"
    rf"|\bfavou?r(?:ed|ing|s) (?:\w+ )?(?:es|s-|\(s\)-)?{_KETAMINE}|\b(?:significantly|rapidly) (?:[\w-]+ )?(?:reduc|improv|decreas|alleviat|relie|prevent)\w* [^;]{{0,80}}\b(?:compared (?:with|to)|versus|vs\.?|relative to|than) (?:[\w-]+ ){{0,2}}(?:placebo|saline|midazolam|control)"
    rf"|{_KETAMINE}[^;]{{0,60}}\b(?:significantly|effectively|rapidly) (?:[\w-]+ )?(?:reduc|improv|decreas|alleviat|reliev|prevent|lower)\w*"
)
#: In a trial against a control the authors may leave the control unsaid in their conclusion.
HELPS = re.compile(
    rf"{_KETAMINE}[^;]{{0,90}}\b(?:can|may|might|could|appears? to|is able to|effectively|significantly|rapidly|it) (?:\w+ly )?(?:reduc|improv|decreas|alleviat|reliev|prevent|ameliorat|mitigat)\w*|\befficacy of (?:[\w-]+ ){{0,4}}(?:es|s-)?{_KETAMINE}[^;]{{0,40}}\b(?:in reducing|for reducing|in improving)|{_KETAMINE} (?:may be|is|was) (?:an )?(?:effective|efficacious)\b"
)
#: Ketamine as the doer of the sentence, in the present or the past: "esketamine after childbirth decreases episodes".
DOES_HELP = re.compile(
    rf"{_KETAMINE}\b(?! (?:users?|abuse|levels?|metabol))[^;,:]{{0,60}}?\b(?:attenuate[sd]|reduce[sd]|decrease[sd]|improve[sd]|prevent(?:s|ed)|alleviate[sd]|lower(?:s|ed)) (?:[\w-]+ ){{0,6}}?(?:depress\w+|symptoms?|severity|scores|incidence|ppd|delirium|ideation|suicid\w+|anxiety|ptsd|pain|episodes?|relapse|fatigue)"
)
HELPS_NOT = re.compile(
    rf"{_KETAMINE}[^;]{{0,90}}(?:\b(?:did|does|do|can|could|may) not |\bcannot )(?:appear to )?(?:\w+ly )?(?:reduc|improv|decreas|alleviat|prevent|ameliorat)\w*"
)
#: What a sentence must name for a null to be one against a control, and not between groups of patients or doses.
_CONTROL_NAMED = re.compile(
    r"\bplacebo|\bsaline|\bmidazolam|\bcontrol|\bect\b|\belectroconvulsive|\bquetiapine|\bprimary (?:\w+ ){0,2}(?:end-? ?point|outcome) was not met|\bpropofol|\busual|\bescitalopram|\bsufentanil|\baripiprazole"
)
_BETWEEN_KETAMINES = re.compile(
    r"\b(?:single|repeated|racemic|es|s-|iv|intravenous) ?ketamine [^;]{0,60}\b(?:than|versus|vs\.?|compared (?:with|to)|and|from) [^;]{0,30}\b(?:single |repeated |racemic |intranasal |es|s-)ketamine|\bnon-?anxious|\bdoses\b"
)
NO_DIFFERENCE = re.compile(
    r"\bno (?:statistically |clinically )?(?:significant )?(?:between-?group |group )?(?:differences?|benefit|effect|superiority|improvement|advantage)\b|\bno (?:greater|better|larger|more|additional)\b|\black of (?:clinical )?(?:efficacy|effect|benefit)|\b(?:did|does|do|was|were) not (?:\w+ )?(?:differ|superior|significantly (?:differ|improve|reduce|better)|improve|reduce|separate|statistically significant|significant|more effective|prevent|outperform|decrease|result in)|\bfailed to\b"
    r"|\bnot (?:superior|more effective|significantly different|statistically different)\b|\bnon-?significant (?:difference|improvement|reduction)|\bsimilar (?:between|in both|across|efficacy|reductions|improvements)|\bcomparable (?:efficacy|reductions|improvements)|\bprimary (?:\w+ ){0,2}(?:end-? ?point|outcome) was not met|\bnon-?inferior(?:ity)? (?:to|of|was)\b"
)
FAVOURS_COMPARATOR = re.compile(
    rf"{_KETAMINE} (?:\w+ ){{0,3}}(?:was |were )?(?:significantly )?(?:inferior|less effective)\b|\b(?:ect|electroconvulsive therapy|placebo|midazolam|saline|control\w*) (?:\w+ ){{0,4}}(?:was |were )?(?:significantly )?(?:superior to|more effective than|better than) (?:[\w-]+ ){{0,2}}{_KETAMINE}|\bworse [^;]{{0,60}}\bwith (?:es)?{_KETAMINE}"
)
_PRIMARY = re.compile(r"\bprimary (?:[\w-]+ ){0,3}(?:outcomes?|end-? ?points?|efficacy|measures?)\b")
#: Sentences on these are about something else than whether it worked.
_ASIDE = re.compile(
    r"\badverse|\bside[- ]effects?|\bsafety|\btolerab|\bblood pressure|\bheart rate|\bbaseline (?:characteristics|differences)|\bbetween (?:the )?(?:two )?doses|\bdose groups|\bresponders and non|\bblinding\b|\bcognit\w+|\bplasma|\bserum|\bsecondary outcomes?\b|\bfurther (?:stud|research|trial)|\bfuture\b|\bdissociat\w+ (?:was|were|symptoms (?:was|were))|\bpsychotomimetic|\bschizophrenia-like|\bunpleasant|\bdeliri|\boperating conditions|\bhallucinat"
)
_NEGATED = re.compile(r"\bnot\b|\bcannot\b|\bno (?!increase)|\black of\b|\bneither\b")
#: What was looked for and not seen is no difference; what is unclear is open.
_DENIED = re.compile(
    r"\bno evidence (?:that|of|for)\b|\b(?:does|do|did|could) not (?:show|demonstrate|establish|find|support|confirm)\b|\bnot (?:shown|demonstrated|established|confirmed) to\b"
)
#: Non-inferiority, shown or not, is neither a difference nor none: the flag tells it.
_NON_INFERIOR = re.compile(r"\bnon-? ?inferior|\bequivalen")
#: What came with or after ketamine was compared, not ketamine.
_OTHER_SUBJECT = re.compile(
    r"^\W*(?:conclusions?\W+)?(?:[\w-]+ ){0,4}(?:therapy|psychotherapy|training|interviewing|cbt|mindfulness|activation|continuation|maintenance|lithium)\b[^;,]{0,40}\b(?:after|following)\b[^;,]{0,30}ketamine"
)
#: A hope is no result.
_HEDGED = re.compile(
    r"\b(?:may|might|could|possibly|preliminary|initial evidence|promising|potential(?:ly)?|trend(?:s|ed)?|unclear|uncertain|insufficient|inconclusive)\b"
)
#: A sentence that denies one thing and claims another is left open.
_BUT = re.compile(r"\b(?:while|whereas|but|although|however)\b")
_COMPARATIVE = frozenset({"randomized-trial", "meta-analysis"})


def direction_of(
    reading: Reading, design: DesignFact, comparators: tuple[Fact, ...], control: Fact | None
) -> Fact | None:
    """The direction of the main result; None where no sentence tells it, and for protocols and retracted studies.

    Only trials and meta-analyses that hold ketamine against something else can favour either side.
    """
    if reading.citation.is_retracted or design.value == "protocol":
        return None
    if design.value == "case-report" and design.spans:
        return Fact(value="not-comparative", spans=design.spans)
    if control and control.value == "none":
        return Fact(value="not-comparative", spans=control.spans)
    against = {fact.value for fact in comparators} - {"ketamine-dose"}
    if design.value not in _COMPARATIVE or not (against or design.value == "meta-analysis"):
        return None
    primary = _verdict(_telling(reading, ("results", "open", "conclusion"), _PRIMARY), alone=False)
    return primary or _verdict(_telling(reading, ("conclusion",), None), alone=bool(against))


def _telling(
    reading: Reading, zones: tuple[str, ...], needed: re.Pattern[str] | None
) -> list[tuple[Passage, Sentence]]:
    return [
        (passage, sentence)
        for passage, sentence in reading.sentences()
        if sentence.zone in zones
        and not passage.low.search(_ASIDE, sentence.start, sentence.end)
        and not passage.low.search(_BETWEEN_KETAMINES, sentence.start, sentence.end)
        and (needed is None or passage.low.search(needed, sentence.start, sentence.end))
    ]


def _verdict(sentences: list[tuple[Passage, Sentence]], *, alone: bool) -> Fact | None:
    """One value that the sentences agree on; "mixed" with all of them where they do not."""
    found: dict[str, tuple[Passage, Sentence]] = {}
    for passage, sentence in sentences:
        value = _said(passage.low[sentence.start : sentence.end], alone=alone)
        if value:
            found.setdefault(value, (passage, sentence))
    if not found:
        return None
    spans = tuple(passage.span(sentence.start, sentence.end) for passage, sentence in found.values())
    return Fact(value=next(iter(found)) if len(found) == 1 else "mixed", spans=spans)


def _claims_besides(text: str) -> bool:
    """Whether one part of the sentence denies a difference and another claims one."""
    others = [part for part in _BUT.split(text) if not NO_DIFFERENCE.search(part)]
    return any(HELPS.search(part) or FAVOURS_KETAMINE.search(part) for part in others)


def direction_by_numbers(reading: Reading, findings: tuple[Finding, ...], design: DesignFact) -> Fact | None:
    """The direction that the sentence of the primary estimate says; in a meta-analysis the side that its estimates favour.

    A null among the estimates of a meta-analysis speaks of one outcome or moment only, so it decides nothing.
    """
    if design.value not in _COMPARATIVE:
        return None
    telling = [finding for finding in findings if finding.direction and finding.primary]
    if not telling and design.value == "meta-analysis":
        telling = [finding for finding in findings if finding.direction and (finding.ci or finding.p)]
        if any(finding.direction == "no-difference" for finding in telling):
            return None
    if len({finding.direction for finding in telling}) != 1:
        return None
    return Fact(value=str(telling[0].direction), spans=(_sentence_around(reading, telling[0].spans[0]),))


def _sentence_around(reading: Reading, span: Span) -> Span:
    passage = next(passage for passage in reading.passages if passage.section == span.section)
    _, sentence = reading.at(passage.start + span.start)
    return passage.span(sentence.start, sentence.end)


def _said(text: str, *, alone: bool) -> str | None:
    """What one sentence says; with `alone` also where it leaves the control unsaid."""
    if _NON_INFERIOR.search(text) or _OTHER_SUBJECT.match(text):
        return None
    if any(words.search(text) for words in (_DENIED, NO_DIFFERENCE, HELPS_NOT)):
        return "no-difference" if _is_null(text) else None
    if _NEGATED.search(text) or _HEDGED.search(text):
        return None
    if FAVOURS_COMPARATOR.search(text):
        return "favours-comparator"
    helps = alone and (HELPS.search(text) or DOES_HELP.search(text))
    return "favours-ketamine" if FAVOURS_KETAMINE.search(text) or helps else None


def _is_null(text: str) -> bool:
    """Whether a sentence that denies something denies that ketamine did better, and claims nothing beside it."""
    if _DENIED.search(text):
        return _claims(text) and not _BUT.search(text)
    if NO_DIFFERENCE.search(text):
        return not _claims_besides(text) and bool(_CONTROL_NAMED.search(text) or HELPS_NOT.search(text))
    return not _BUT.search(text)


def _claims(text: str) -> bool:
    """Whether what a sentence denies is that ketamine does better."""
    return bool(FAVOURS_KETAMINE.search(text) or HELPS.search(text) or DOES_HELP.search(text))
