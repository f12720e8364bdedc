# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
"""Response and remission rates of ketamine's own arm, and how the abstract defines them.

A share counts only where its words leave no doubt what was reached and by whom: the sentence names ketamine's arm beside
it, or there is no other arm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aggregator.evidence.quantities import value_of
from aggregator.evidence.text import Hit, Passage, Reading, Sentence
from aggregator.summary import Fact, Span

_SHARE = r"(?<![\d.,≥>])(?P<{name}>\d{{1,3}}(?:\.\d+)?|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-\w+)?) ?(?:%|per ?cent\b)"
_FIRST, _SECOND = _SHARE.format(name="one"), _SHARE.format(name="two")
_RESPONSE = r"(?:response|responses|responders?|responded|responding)"
_REMISSION = r"(?:remission|remissions|remitters?|remitted|remitting)"
_ANY = rf"(?:{_RESPONSE}|{_REMISSION})"
_KINDS = (("response rate", re.compile(rf"\b{_RESPONSE}\b")), ("remission rate", re.compile(rf"\b{_REMISSION}\b")))
_PEOPLE = r"(?:patients?|participants?|subjects?|adults?|individuals?|adolescents?|women|men|veterans?|those|people|volunteers?|inpatients?|outpatients?|youths?|cases?|completers|them|sample)"
#: Ketamine's arm, unless its name goes on as that of a combination; "ketamine and 44% ..." is told of another arm.
_NOT_COMBINED = r"(?!/|-free|[ +](?:plus|or|\+|with|and(?! (?:(?:in )?\d|[a-z]+ed\b))|vs\.?(?! ?\d)))"
#: "5 of 12", "n = 5" or "5/12" beside a share, in its brackets or out of them.
_COUNT = (
    r"(?: ?[(\[,;]? ?(?:n ?= ?)?\d+ ?(?:/|of|out of) ?\d+ ?[)\]]?| ?[(\[,;] ?n ?= ?\d+[)\]]?| ?\(95 ?% ?ci[^()]*\))?"
)
#: "60 of 340 patients [", "9 (" before a share.
_OF_THEM = rf"(?:\d+ ?(?:/|of|out of) ?\d+(?: {_PEOPLE})? ?[(\[]|\d+ ?[(\[])?"
_SCALED = r"(?: ?\([^()]{1,60}\))?"
#: Two kinds with two shares, in the same order; two kinds of response may share the name.
_PAIRED = re.compile(
    rf"\b(?P<first>(?:[\w-]+ )?{_ANY}?)(?: rates?)?{_SCALED} and (?:[\w-]+ )?(?P<second>{_ANY}){_SCALED}(?: rates?)?(?: [^;.%]{{0,70}}?)? (?:was|were|of|being|:|=) (?:about |approximately )?{_FIRST}{_COUNT},? and {_SECOND}"
)
#: Response by its usual measure, without the word.
_HALVED = r"(?:(?:≥|>=?|at least|a minimum of) ?50 ?%|50 ?% or (?:greater|more|larger)) (?:reduction|decrease|improvement|decline|drop)"
#: One share behind what was reached, or before it.
_WORDINGS = (
    rf"\b(?P<kind>{_ANY})(?: rates?)?(?: ?\([^()%]{{1,60}}\))?(?: (?:at|by|after|on|in|with|for|to|of|based|using|among|during|within|following)\b[^;.%,]{{0,60}}?)? (?:was|were|of|being|reached|is|occurred|(?:rose|climbed|increased|went up) (?:to|from)|stood at|amounted to|:|=)(?: (?:observed|seen|achieved|reached|attained|obtained|noted|reported|recorded|met|found))?(?: (?:in|by|among|at|to be))? ?(?:about |approximately )?(?:\d+ ?(?:/|of|out of) ?\d+ ?[(\[]?|\d+ ?\()?{_FIRST}",
    rf"\b(?P<kind>{_RESPONSE}|{_REMISSION})(?: rates?)?,? {_FIRST}(?>{_COUNT})(?! (?:of {_PEOPLE} )?(?:had|have|were|was|did|experienced|showed|reported|[a-z]+ed)\b)",
    rf"\b(?P<kind>{_RESPONSE}|{_REMISSION})(?: rates?)?(?: (?:at|on|by|after) [\w -]{{2,20}}?)? ?[(\[](?:\d+ ?(?:/|of) ?\d+[,;] )?{_FIRST}{_COUNT}[)\]]",
    rf"{_FIRST}{_COUNT}[)\]]?(?:,(?= (?:attained|achieved|reached|met|were|had)\b))?(?: (?:of (?:the |all |our )?)?(?:[\w-]+ ){{0,3}}?{_PEOPLE}(?: \([^()]*\))?)?(?: who [^;.%,]{{3,40}}?)? (?:were |was |had |having |met |meeting |have |showed |showing |experienced |experiencing |demonstrated |exhibited |fulfilled |fulfilling |qualified |classified |considered |reached |reaching |entered |achieved |achieving |attained |attaining |reported |as |for |in |a |an |the |full |partial |clinical |complete |sustained |criteria |criterion |defined |treatment |antidepressant |anti-?suicidal |acute )*(?P<kind>{_ANY})\b",
    rf"{_FIRST} (?:rates? of )?(?P<kind>{_RESPONSE}|{_REMISSION})(?: rates?)?\b",
    rf"\b(?:proportions?|percentages?|rates?) of (?:[\w-]+ ){{0,4}}?(?P<kind>{_ANY})(?: [^;.%,]{{0,50}}?)? (?:was|were) {_FIRST}",
    rf"{_FIRST}{_COUNT}[)\]]? (?:of (?:the |all |our )?)?(?:[\w-]+ )?{_PEOPLE} (?:had|have|experienced|showed|achieved|reported|exhibited|demonstrated|reached|attained)(?: an?)? (?P<kind>{_HALVED} (?:in|of|on|from) (?:[\w-]+ ){{0,5}}?(?:scores?|symptoms?|severity|madrs|ham-?d|hdrs|qids|phq-?9))\b",
)
#: The arm beside the share, and what was reached anywhere in the sentence: "67% of those given ketamine and 20% ...".
_BY_ARM = re.compile(
    rf"{_FIRST}{_COUNT}[)\]]?(?: of (?:the )?(?:{_PEOPLE} )?)? ?(?:in|on|with|under|given|receiving|treated with|assigned to|randomi[sz]ed to|who received|for|after) (?:the )?(?:[\w()-]+ ){{0,2}}?(?:(?:es)?ketamine|ket|esk|spravato)\b{_NOT_COMBINED}"
    rf"|{_SHARE.format(name='two')}{_COUNT}[)\]]?(?: of (?:the )?| )(?:es)?ketamine(?:-treated)? (?:recipients|patients|group|arm|participants|subjects)\b"
    rf"|\d+ ?(?:/|of|out of) ?(?:the )?\d+ (?:es)?ketamine(?:-(?:treated|assigned))? (?:recipients|patients|participants|subjects) ?[(\[]{_SHARE.format(name='three')}"
)
_SINGLE = tuple(re.compile(wording) for wording in _WORDINGS)
_KETAMINE_ARM = re.compile(
    rf"ketamine\b(?!\+){_NOT_COMBINED}|\bket\b|\besk\b|\bspravato|\bgroups? (?:k|e|ket|esk|kp|pk|sk)\b|\bkap\b"
)
_OTHER_ARM = re.compile(
    r"\bplacebo|\bsaline|\bmidazolam|\bcontrols?\b|\bect\b|\belectroconvulsive|\bquetiapine|\bcomparator|\bpropofol|\bthiopental|\bmethohexital|\busual\b|\bescitalopram|\btms\b|\bgroups? (?:c|p|m|n|s|ns)\b|\bmono-?therapy|\bnon-?ketamine|\bwithout ketamine"
)
#: More than one arm or group is spoken of, named or not.
_SEVERAL = re.compile(
    r"\bvs\b|\bversus\b|\bcompared\b(?! (?:with|to) baseline)|\bthan\b|\bwhereas\b|\bbetween\b|\bboth\b|\bwhile\b|\b(?:high|low)(?:er)? [\w-]+ group|\bgroups\b|\barms\b"
)
#: Sentences that speak of other shares: relapse, definitions, predictions, parts of those treated, other drugs.
_ASIDE = re.compile(
    r"\bnon-?respon|\bnot respond|\bnot remit|\bpreviously\b|\badverse|\bpredict|\baccuracy|\bsensitivity\b|\bspecificity\b|\bamong (?:the )?(?:\d+ )?(?:patients who|respond|remit|those|women|men|[\w-]+ with)|\bof (?:the |those who |these )?(?:\d+ )?(?:respond|remit)|\b(?:lead-in|run-in)\b|\b(?:usually|typically|generally|as a rule|known to)\b|\bsustained\b|\bmaintained\b|\bwith(?:out)? (?:anxi|bipolar|a history|comorbid|psychotic)|\bpsilocybin|\bresponse rate to (?:the )?(?:survey|questionnaire)|\bsurvey|\bcomplete response\b(?! rate)|\bdefined\b|\bvariance\b|\bmale|\bfemale|\bin men\b|\bjudgm?ent\b|\bprobability|\b(?:earlier|previous|prior|past) (?:[\w-]+ )?(?:trials?|studies|study|reports|work)\b|\bpain (?:relief|respon)|\blost\b|\bloss of (?:response|remission)|\b(?:immune|ha?emodynamic|cardiovascular|pressor|autonomic|stress|cortisol|endocrine|neural|bold|conductance|startle|evoked|inflammatory|sexual|auditory|visual|motor|placebo) respons|\brange of respon|\bassociated with"
)
#: What else a share may be of, between what was reached and the share.
_OF_ELSE = re.compile(r"\brelaps|\brecurr")
_NO_SHARE_AFTER = re.compile(
    r" ?(?:,? ?(?:ci|confidence|cri|credible)\b|(?:or (?:more|greater) )?(?:reduction|decrease|improvement|decline|increase|drop|change|of (?:the )?(?:variance|baseline|maxim)|(?:great|larg|small|weak|strong|high|low|fast|slow|long|short)er|more|less|fewer|better|worse))"
)
#: "Rose by 24%": a change, no share.
_BY_SO_MUCH = re.compile(r"\bby (?:about |around |some )?$")
_DEFINITION = re.compile(
    rf"\b(?P<what>{_ANY})(?: (?:rates?|status))?(?: (?:\([^()]{{1,30}}\) )?)?(?:,? (?:was|were|is|are|being))? (?:defined|operationali[sz]ed) (?:as|by) (?P<how>(?:an? |the )?[^.;]{{5,110}}?)(?=[.;,)]| and (?:remission|response)|$)"
    rf"|\b(?P<what_>{_ANY})(?: rates?)? ?\((?P<how_>(?:defined as |i\.?e\.?,? )?(?:a |an )?(?:≥|>=?|at least |≤|<=?|>|<|score|madrs|ham-?d|hdrs|50 ?%)[^()]{{3,80}})\)"
)


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of ketamine's arm, with the words that it was read from."""

    measure: str
    value: float
    start: int
    end: int


def rates_in(passage: Passage, sentence: Sentence, *, alone: bool) -> Iterator[Rate]:
    """The rates of one sentence; `alone`: the study has one arm only."""
    low, start, end = passage.low, sentence.start, sentence.end
    text = low[start:end]
    if (
        not ("respon" in text or "remi" in text or "50%" in text)
        or not ("%" in text or "cent" in text)
        or _ASIDE.search(text)
    ):
        return
    paired = low.search(_PAIRED, start, end)
    if paired:
        yield from _paired(passage, sentence, paired, alone=alone)
        return
    found: dict[tuple[str, float], Rate] = {}
    of_one_arm = not _OTHER_ARM.search(text) and not _SEVERAL.search(text)
    for pattern in _SINGLE:
        for match in low.finditer(pattern, start, end):
            rate = _rate(passage, sentence, match, alone=alone)
            for one in _with_later(passage, sentence, rate) if rate and of_one_arm else [rate] if rate else ():
                found.setdefault((one.measure, one.value), one)
    yield from found.values() or _side_by_side(passage, sentence) or _by_arm(passage, sentence)


def _rate(passage: Passage, sentence: Sentence, match: re.Match[str], *, alone: bool) -> Rate | None:
    low = passage.low
    value = _value(match["one"])
    if _OF_ELSE.search(low, match.start(), match.end()) or low.search(_OF_ELSE, sentence.start, match.start()):
        return None
    if value is None or _NO_SHARE_AFTER.match(low, low.find("%", match.end("one")) + 1, sentence.end):
        return None
    if _BY_SO_MUCH.search(low[max(sentence.start, match.start("one") - 16) : match.start("one")]):
        return None
    if not _is_ketamines(passage, sentence, match.start(), match.end(), alone=alone):
        return None
    return Rate(_kind(match["kind"]), value, match.start(), _with_sign(low, match.end(), match.end("one")))


#: The same at a later moment: "70% at 4 hours, in 6/10 (60%) at day 1 and 30% at day 7", "18.7%, and 38.3% during".
_LATER = re.compile(
    rf"[)\]]?(?: of (?:the |those )?\d+)?(?: (?:at|by|after|on|in|from|during) [^;.,%()]{{2,40}}?)?(?:,? and |, | to )(?:in )?{_OF_THEM}{_FIRST}{_COUNT}(?=[)\]]*(?:[;,.]|$| (?:and|at|by|after|on|during|in|of|for|respectively)\b))"
)


def _with_later(passage: Passage, sentence: Sentence, rate: Rate) -> list[Rate]:
    """The share with those that follow it in a list; its words begin with those of what was reached."""
    rates = [rate]
    while later := _LATER.match(passage.low, rates[-1].end, sentence.end):
        end = _with_sign(passage.low, later.end(), later.end("one"))
        value = _value(later["one"])
        if value is None or _NO_SHARE_AFTER.match(passage.low, later.end("one") + 1, sentence.end):
            break
        if any(words.search(later.group()) for _, words in _KINDS):
            break
        rates.append(Rate(rate.measure, value, rate.start, end))
    return rates


#: The shares of two arms: "51% v. 70%", "24.9 per cent against 15.6 per cent".
_SIDE_BY_SIDE = re.compile(
    rf"{_FIRST}{_COUNT}[)\]]? ?(?:,? ?(?:vs?\.?|versus|against|as against|compared (?:with|to)) |and (?=[^;]{{0,60}}\brespectively)){_OF_THEM}{_SECOND}"
)


def _side_by_side(passage: Passage, sentence: Sentence) -> list[Rate]:
    """Ketamine's of two shares that stand in the order in which the sentence names its two arms."""
    low, start, end = passage.low, sentence.start, sentence.end
    text = low[start:end]
    ketamine, other = _KETAMINE_ARM.search(text), _OTHER_ARM.search(text)
    if ketamine is None or other is None or _SEVERAL_DOSES.search(text):
        return []
    name = "one" if ketamine.start() < other.start() else "two"
    found: dict[tuple[str, float], Rate] = {}
    behind = start
    for match in low.finditer(_SIDE_BY_SIDE, start, end):
        near = [(place.start(), kind) for kind, words in _KINDS for place in low.finditer(words, behind, match.start())]
        value = _value(match[name])
        elsewhere = _OF_ELSE.search(low[behind : match.start()])
        if (
            near
            and not elsewhere
            and value is not None
            and not _NO_SHARE_AFTER.match(low, low.find("%", match.end("two")) + 1, end)
        ):
            first, kind = max(near)
            rate = Rate(kind, value, first, _with_sign(low, match.end(), match.end("two")))
            found.setdefault((kind, value), rate)
        behind = match.end()
    return list(found.values())


#: More than two arms may be told in any order.
_SEVERAL_DOSES = re.compile(
    r"\bdoses\b|\bthree\b|\brespectively\b[^;]*\brespectively\b|\d ?%[^;]{0,12}\d ?%[^;]{0,12}\d ?%"
)


def _by_arm(passage: Passage, sentence: Sentence) -> Iterator[Rate]:
    """One share of ketamine's arm in a sentence that speaks of one thing that was reached."""
    low, start, end = passage.low, sentence.start, sentence.end
    kinds = [(kind, place) for kind, words in _KINDS if (place := low.search(words, start, end))]
    matches = list(low.finditer(_BY_ARM, start, end))
    if (
        len(kinds) != 1
        or len(matches) != 1
        or (value := _value(matches[0]["one"] or matches[0]["two"] or matches[0]["three"])) is None
        or _BY_SO_MUCH.search(low[max(start, matches[0].start() - 16) : matches[0].start()])
    ):
        return
    kind, place = kinds[0]
    match = matches[0]
    yield Rate(kind, value, min(match.start(), place.start()), max(match.end(), place.end()))


def _value(text: str) -> float | None:
    """The number of a share in digits or in words."""
    if text[0].isdigit():
        return float(text)
    number = value_of(text)
    return None if number is None else float(number)


def _with_sign(low: str, end: int, share_end: int) -> int:
    """The end of a match with the sign of its share."""
    sign = re.match(r" ?(?:%|per ?cent)", low[share_end : share_end + 10])
    return max(end, share_end + sign.end()) if sign else end


def _paired(passage: Passage, sentence: Sentence, match: re.Match[str], *, alone: bool) -> Iterator[Rate]:
    low = passage.low
    end = _with_sign(low, match.end(), match.end("two"))
    if not _is_ketamines(passage, sentence, match.start(), end, alone=alone):
        return
    second = _kind(match["second"])
    first = _kind(match["first"]) if re.search(_ANY, match["first"]) else second
    for kind, name in ((first, "one"), (second, "two")):
        if (value := _value(match[name])) is not None:
            yield Rate(kind, value, match.start(), end)


def _kind(words: str) -> str:
    return next((kind for kind, pattern in _KINDS if pattern.search(words)), "response rate")


def _is_ketamines(passage: Passage, sentence: Sentence, start: int, end: int, *, alone: bool) -> bool:
    """Whether the share is one of ketamine's arm: named just behind or before it, or there is no other."""
    low = passage.low
    text = low[sentence.start : sentence.end]
    if not _OTHER_ARM.search(text) and not _SEVERAL.search(text):
        return alone or "pooled" in text or bool(_KETAMINE_ARM.search(text))
    behind = _NEXT_ARM.split(low[end : min(sentence.end, end + 70)])[0]
    if _KETAMINE_ARM.search(behind) or _OTHER_ARM.search(behind):
        return _first_is_ketamine(behind)
    within = low[start:end]
    if _KETAMINE_ARM.search(within) or _OTHER_ARM.search(within):
        return not _OTHER_ARM.search(within)
    before = re.split(r"\d ?%", low[max(sentence.start, start - 60) : start])[-1]
    if _HELD_AGAINST.search(before):
        return True
    return bool(_KETAMINE_ARM.search(before)) and not _OTHER_ARM.search(before)


#: Where the words behind a share come to the next arm.
_NEXT_ARM = re.compile(
    r"(?<=\d) ?%|;|, (?=(?:on|in|with|after|for|under) (?:the )?[\w-]+ [\w-]+ (?:no|none|\d))|\b(?:than|that|those) "
)
#: "The effect of ketamine compared with placebo (": the bracket tells of the arm that is spoken of.
_HELD_AGAINST = re.compile(
    rf"ketamine (?:as )?(?:compared (?:with|to)|relative to|versus|vs\.?|over|against) (?:the )?(?:{_OTHER_ARM.pattern})[\w ]* ?[(\[]$"
)


def _first_is_ketamine(text: str) -> bool:
    ketamine, other = _KETAMINE_ARM.search(text), _OTHER_ARM.search(text)
    return ketamine is not None and (other is None or ketamine.start() < other.start())


def definitions_of(reading: Reading) -> tuple[Fact, ...]:
    """How response and remission are defined, as the abstract words it."""
    found: dict[str, Fact] = {}
    for hit in reading.hits(_DEFINITION):
        if hit.zone in {"background", "registration"}:
            continue
        kind = "response" if (hit.match["what"] or hit.match["what_"]).startswith("respon") else "remission"
        found.setdefault(kind, Fact(value=_quoted(hit), spans=(hit.span,)))
    return tuple(found.values())


def _quoted(hit: Hit) -> str:
    span: Span = hit.span
    return hit.passage.text[span.start : span.end]
