# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
"""What one clause says of two arms: which did better, that neither did, or nothing.

A clause is read as its parts: whose arm it speaks of (the one that "than" or "compared with" does not name), what was
measured (symptoms, of which less is better; response, of which more is), how that changed (it fell, it rose), and by
how much against the other arm (more, less). The signs of the parts multiply: scores that fell less are worse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from aggregator.evidence.arms import ARMS, CONTROL_ARM, KETAMINE, KETAMINE_ARM

#: Outcomes of which less is better, then those of which more is; the first that matches at a place counts.
_WORSE_NAMED = r"non-?respon\w+|time (?:to|until) (?:[\w-]+ ){0,2}(?:remission|response|improvement|recovery|relief|onset)|(?:days|time) (?:to|until) (?:[\w-]+ ){0,2}(?:remission|response|recovery)|onset (?:time|of action)|hospital stays?|length of stay|treatment failures?|orientation time|time to (?:re-?)?orientation"
_BETTER_NAMED = r"time (?:to|until) (?:[\w-]+ ){0,2}(?:relapse|recurrence|rescue|readmission|return)|(?:depression|symptom|pain|relapse|delirium)-free|freedom from|free (?:of|from) (?:[\w-]+ ){0,2}(?:ideas?|ideation|pain|symptoms?|depression|relapse|delirium)|(?:pain|symptom\w*) (?:relief|control|improvement)|abstinen\w+|response duration|duration of (?:response|effect|analgesia|remission)"
_LESS = r"scores?|symptoms?|symptomatology|severity|incidences?|risks?|prevalence|occurrence|odds|hazard|ideation|suicid\w+|relapse[sd]?|recurrences?|ppds?|pods?|pocd|depressi(?:on|ve)\w*|depressed|anxiety|deliri(?:um|a)|pain|fatigue|ptsd|post-?traumatic|cravings?|use days|drinking|heavy drinking|insomnia|disturbances?|headaches?|madrs|ham-?d(?:-?\d+)?|hdrs(?:-?\d+)?|hamd(?:-?\d+)?|epds|phq-?9|caps(?:-5)?|pcl(?:-5)?|vas|nrs|bdi|qids(?:-sr)?|hama|ham-a|gad-?7|lsas|stai|y-?bocs|ssi|bssi?|c-?ssrs|ies-?r?|hads|anhedonia|dysfunction|disability|agitation|withdrawal|distress|hopelessness|(?:ect )?sessions|readmission\w*|hospitali[sz]ations?|si|avoidance|intrusions?|hyperarousal|obsessions?|burden|rescue (?:analgesi\w+|medication)|ratings?|worry|panic|nightmares|rumination|illness|episodes?|attacks?|binges?|shivering|sore throat|(?:opioid|opiate|morphine|analgesic|sufentanil|remifentanil|fentanyl) (?:consumption|requirements?|use)"
_MORE = r"(?:target|adequate|satisfactory|successful) sedation|success(?: rates?)?|respon(?:se|ders?|ded|ses)(?: rates?)?|respond(?:ed)?|remission(?: rates?)?|remitters?|remitted|efficac\w+|effectiveness|(?:antidepressant|antisuicidal|anti-suicidal|anxiolytic|analgesic|treatment|therapeutic|beneficial) (?:effects?|benefits?|actions?)|(?<!subjective )(?<!acute )(?<!drug )(?<!adverse )(?<!side )(?<!psychological )effects?|effect sizes?|benefits?|gains?|quality|satisfaction|recovery|relief|alleviation|resolution|well-?being|functioning|function|analgesia|qor-?\d*|moca|mmse|sf-?\d\d|pleasure|mood|sleep|recovered"
_OUTCOME = re.compile(
    rf"\b(?:(?P<bad1>{_WORSE_NAMED})|(?P<good1>{_BETTER_NAMED})|(?P<good2>(?:quality of (?:life|recovery|sleep)|sleep quality|satisfaction|sf-?\d\d|qor-?\d*|moca|mmse|gaf|eq-5d(?:-\dl)?|function(?:al|ing)?|well-?being|mood improvement) (?:[\w-]+ )?(?:scores?|ratings?|index)|{_MORE})|(?P<bad2>{_LESS}))\b"
)

#: Changes: of what falls, what rises, and what mends whatever it is.
_FALL = r"reduc(?:e[sd]?|ing|tions?)|decreas(?:e[sd]?|ing)|declin(?:e[sd]?|ing)|decrements?|diminish\w*|lower(?:ed|s|ing)|drop(?:s|ped|ping)?|fall(?:s|en|ing)?|fell|lessen\w*|attenuat\w+|cut(?:s|ting)?|suppress\w*|curb\w*|prevent\w*|protect\w*|averted|shorten\w*|blunt\w*|lifted|dampen\w*|abolish\w*|halv(?:e[sd]?|ing)|lost|come down|came down|eliminat\w+|clear(?:s|ed)"
_RISE = r"increas(?:e[sd]?|ing)|rise[sn]?|rose|rising|elevat\w+|augment\w*|enhanc\w*|boost\w*|rais(?:e[sd]?|ing)|prolong\w*|extend\w*|promot\w*"
_MEND = r"speed(?:s|ed)? up|hasten\w*|accelerat\w+|improv\w+|alleviat\w+|reliev\w+|ameliorat\w+|mitigat\w+|eas(?:e[sd]?|ing)|resolv\w+|recover(?:s|ed|ing)?|abat\w+|mend\w*|palliat\w+|relief|benefit(?:s|ed|ing)?"
_SPOIL = r"worsen\w*|deteriorat\w*|aggravat\w*|exacerbat\w*"
_CHANGE_ONLY = r"changes?"
_NAMED_CHANGE = r"reductions?|decreases?|declines?|decrements?|improvements?|changes?|drops?|falls?|increases?|rises?|relief|benefits?|alleviation|lowering"
_MENDED = re.compile(rf"\b(?:{_MEND}|{_SPOIL})\b")
_CHANGE = re.compile(
    rf"\b(?:(?P<fall>{_FALL})|(?P<rise>{_RISE})|(?P<mend>{_MEND})|(?P<spoil>{_SPOIL})|(?P<plain>{_CHANGE_ONLY}))\b"
)
#: How much against the other arm.
_UP = r"(?:greater|larger|higher|more|bigger|stronger|longer|faster|earlier|sooner|steeper|quicker|speedier|deeper|additional|further|better|commoner|likelier|oftener)"
_DOWN = r"(?:lower|less|smaller|fewer|shorter|weaker|milder|slower|later|reduced|decreased|rarer)"
_DEGREE = re.compile(
    rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\b(?! (?:and|or) (?:non|no)\b)(?! to (?:be|the))(?! (?:like|similar|prominent)\b)"
)
#: Words that judge by themselves.
_BETTER = re.compile(
    r"\b(?:more (?:quickly|rapidly|promptly)|outdid|bettered(?! by)|superior(?:ity)?|more effective(?:ly)?|more efficacious|out-?perform\w*(?! by)|surpass\w*(?! by)|exceed(?:ed|s|ing)(?! by)|tipped towards?|(?<!no )better (?:than|outcomes?|results?|efficacy|antidepressant|control)|(?:did|do|fared|performed|was|were|worked) (?:\w+ )?better|(?:relative |therapeutic |small |significant |additional |clear |consistent |robust |marked )?(?:advantages?|edge)|more (?:beneficial|favou?rable)|separated from|beat|won|(?:was|were|being|is) (?:\w+ly )?favou?red|efficacious (?:vs\.?|versus|compared))\b"
)
_WORSE = re.compile(
    r"\b(?:(?:outperformed|surpassed|bettered|exceeded|beaten) by|f(?:ell|alls) short of|no match for|weaker|inferior(?:ity)?|less effective|less efficacious|underperform\w*|worse|poorer|fared worse|disadvantage)\b"
)
_THAN = re.compile(
    r"\b(?:than|(?:as )?compared (?:with|to|against)|in comparison (?:with|to)|by comparison with|in contrast to|relative to|versus|vs\.?|superior(?:ity)? (?:to|over)|inferior (?:to)|(?<!-)over(?! (?:the (?:course|study|first|next|following|period|whole|entire|\d)|time|a |\d))|against|separated from|advantages? over|beyond|as opposed to|unlike|out-?perform\w*(?: by)?|surpass\w*(?: by)?|exceed(?:ed|s|ing)(?: by)?|outdid|bettered(?: by)?|short of|match for|as against|beat)(?=\W)(?! (?:the )?(?:baseline|pre-|before|screening|day 0|previous|prior|pre ))"
)
_FAVOURS = re.compile(
    rf"\b(?:favou?r(?:ed|ing|s)?|in favou?r of|to the advantage of|advantage (?:of|for)) (?:the )?(?:(?!(?:when|if|as|compared|versus|vs|over|than|relative|against|in|with)\b)[\w()-]+ ){{0,3}}?(?P<arm>{KETAMINE_ARM}|{CONTROL_ARM})"
)
#: What an arm does that helps, behind its name.
_HELPS = re.compile(
    rf"\b(?:(?:{_FALL}) [^;:]{{0,70}}?\b(?:{_LESS}|{_WORSE_NAMED})\b|(?:{_MEND})\b[^;:]{{0,70}}?\b(?:{_LESS}|{_MORE})\b|(?:{_RISE}) [^;:]{{0,50}}?\b(?:{_MORE}|{_BETTER_NAMED})\b"
    r"|(?:is|was|are|were|be|to be|appears?|an?|rapidly|highly|proved|remained|and) (?:[\w-]+,? ){0,4}?(?:effective|efficacious|beneficial)|(?:ha[sd]|have|having|exerts?|exerted|produc\w+|show\w*|demonstrat\w+|provid\w+|induc\w+|yield\w*|reveal\w*|led to|leads to|resulted in|offers?|confers?|conferred|brought|elicit\w+|associated with|followed by) (?:an? |the |its )?(?:[\w-]+,? (?:and )?){0,5}?(?:antidepressant|anti-?suicidal|anxiolytic|beneficial|therapeutic|positive|protective|reductions?|improvements?|decreases?|declines?|efficacy|benefits?|relief|impact|remission|effects? on (?:reducing|depress|symptom|suicid))"
    r"|(?:acts?|acted|works?|worked) (?:\w+ly|fast|within))"
)
_AGENT = re.compile(rf"{KETAMINE}(?!-treated)|\b(?:single )?infusions?\b|\bspray\b")
#: Help that is told before its agent: "symptoms were reduced by", "the efficacy of".
_HELP_OF = re.compile(
    rf"\b(?:(?:{_LESS})\b[^;:]{{0,70}}?\b(?:is|are|was|were|be) (?:\w+ly )?(?:{_FALL}|{_MEND}) (?:[\w-]+ ){{0,3}}?(?:by|with|after|following) [^;:]{{0,60}}?|(?:supports?|consistent with|evidence (?:of|for)|confirms?) (?:an? |the )?(?:[\w-]+ ){{0,3}}?effects? of (?:[\w-]+ ){{0,3}}?|(?:efficacy|effectiveness|antidepressant effects?|anti-?suicidal effects?|benefits?|superiority|advantage) (?:of|for) (?:[\w()/-]+ ){{0,8}}?|(?:reductions?|improvements?|decreases?) in (?:[\w-]+ ){{0,6}}(?:with|after|following|by|from) (?:[\w-]+ ){{0,3}}){KETAMINE}"
    r"|\b(?:antidepressant|anti-?suicidal|anti-?obsessional|anxiolytic|analgesic) (?:effects?|activity|action) (?:of|by) (?:an? |the )?nmda"
)
_TWO_NAMED = re.compile(r"\b(?:both|either|or)\b")
#: What both arms did says nothing of either.
_BOTH_ACT = re.compile(
    rf"\bboth (?:[\w-]+ ){{0,2}}(?:groups|arms|treatments|drugs|conditions|interventions|agents)\b|\b(?:both|either) (?:[\w-]+ )?(?:{KETAMINE}|{CONTROL_ARM})|(?:{KETAMINE})[^;:,]{{0,25}}? or (?:[\w-]+ ){{0,2}}?(?:{CONTROL_ARM})|(?:{CONTROL_ARM})[\w -]{{0,15}}? or (?:[\w-]+ )?(?:{KETAMINE})"
)
_NOT_VERB = r"(?:did|does|do|was|were|is|are|could|can|has|have|had|may|would|could)(?: ?not|n't)"
_NOTHING = re.compile(
    rf"\bno (?:statistical(?:ly)? |clinical(?:ly)? )*(?:significant |meaningful |evidence of |apparent |overall |detectable |reliable |material |clear |discernible |main |measurable |such )*(?:(?:between-?|inter)?groups? (?:(?:×|x|by|-by-|\*) ?time )?|treatment |drug |additional |therapeutic |antidepressant |time-by-group |group-by-time )*(?:differences?|benefits?|effects?|superiority|improvements?|advantages?|reductions?|changes?|association|impact|influence|separation|gain|interactions?(?: effects?)?)\b"
    rf"|\bno significantly\b|\b(?:no|not|nor) (?:\w+ly )?(?:any )?(?:greater|better|larger|more|additional|lower|less|fewer|higher|faster|sooner|shorter)\b|\black of (?:clinical )?(?:efficacy|effect|benefit|difference|superiority)|\bno significant (?:\w+[- ]){{0,4}}?(?:interaction|effect|difference)"
    rf"|\b{_NOT_VERB} (?:(?:appear|seem) to )?(?:\w+ly )?(?:\w+ )?(?:differ\w*|superior|improv\w*|reduc\w*|better|separat\w+|diverge\w*|statistically|significan\w*|more effective|prevent|outperform|decreas\w*|result in|translate|enhanc\w*|affect|lower|meet|reach\w*|met|demonstrat\w*|show|alter|associat\w*|effective|support\w*|detect\w*|confirm\w*|increase|observed|found|different|alleviat\w*|shorten|influence|add|confer|achiev\w*|attain\w*|exceed\w*|distinguish\w*|favou?r|hasten|protect|modify|beat|yield|produce|survive|benefit\w*)|\bcannot (?:significantly )?(?:reduc|improv|prevent|decreas)|\bfailed to\b|\bineffective\b|\bmade no difference\b|\bno different\b|\bon a par\b|\b(?:performed|fared) alike\b|\bimmaterial\b|\bnone of the (?:[\w-]+ ){0, 3}(?:comparisons|differences|contrasts|outcomes)\b|\bvanished\b|\boverlapped\b|\bcrossed zero\b|\bnull hypothesis\b|\bnegative (?:with regard to|on|for|trial|study)|\bn\. ?s\.|\bcould not be (?:confirmed|shown|demonstrated)|\bwas not reached\b|\bnot (?:statistically )?(?:superior|significantly|significant|different|better|more effective|distinguishable)\b|\bindistinguishable\b|\bnon-? ?significant(?:ly)?\b|\binsignificant(?:ly)?\b"
    rf"|\b(?:was|were|is|are|had|showed|remained|proved) (?:[\w-]+ )?(?:similar|comparable|equivalent|the same|alike|equal)\b|\b(?:similar(?:ly)?|comparabl[ey]|equal(?:ly)?|equivalent) (?:between|in both|across|among|efficacy|effective\w*|reductions|improvements|decreases|declines|antidepressant|response|remission|rates|to that|in the two|outcomes?|analgesia|whether|extents?|degrees?|with|regardless|proportions?|numbers?)|\bneither\b[^.;]{{0,80}}\b(?:differ|nor|significant|separat|superior|better)|\bunable to detect\b|\bnot found\b|\bas effective as\b|\bcomparable (?:with|to)\b|\bprimary (?:\w+ ){{0,2}}(?:end-? ?point|outcome|measure) (?:was|were) (?:not met|missed)|\bmissed (?:its|the|their) (?:co-)?primary|\bnull (?:result|finding|trial)|\bin (?:both|the two) (?:groups|arms) (?:alike|to (?:a |the )?(?:similar|same|comparable))|\bto (?:a |the )?(?:similar|same|comparable|equal) (?:extent|degree)|\bno (?:group|arm) (?:did|was)"
)
#: No increase of a harm and no worse outcome are no null results.
_NOTHING_BAD = re.compile(
    r"\b(?:no|without|not) (?:[\w-]+ ){0,3}?(?:increas\w*|worsen\w*|raise|impair\w*|deteriorat\w*|adverse|serious|side)"
)
#: A hope is no result; neither is a trend.
_HEDGED = re.compile(
    r"\b(?:promising|preliminary evidence|potential(?:ly)?|unclear|uncertain|insufficient|inconclusive|possib\w+|remains? to be|limited evidence|hypothes\w+|marginal(?:ly)?|cautious|may|might|could(?! not be (?:confirmed|shown|demonstrated|established)\b)|warrant\w*|whether(?! or not)|would)\b"
)
#: An estimate and its interval say as much whatever words the authors have for their doubts.
_LIKELY = re.compile(r"may|might")
_TREND = re.compile(r"\btrend(?:s|ed)?\b|\bnumerical(?:ly)?\b|\btended to\b")
#: Many sentences give with one hand and take with the other.
_BUT = re.compile(
    rf"(?:^|[,;) ])(?:but(?! (?:not|in none|none) (?:[\w-]+ ){{0,3}}?(?:{KETAMINE_ARM}|{CONTROL_ARM}))|although|however|whereas|while|though|yet|albeit)\b|; |, and (?=[^,;]{{0,90}}\b(?:not|no)\b)"
)
#: "No differences, except": what was said first stands.
_EXCEPT = re.compile(r",? (?:except|apart from|other than|save for)\b.*")
_TOGETHER_WITH = re.compile(r"\+|\bplus\b|\bcombin|\badded\b")
#: Ketamine with what the other arm had too is ketamine's arm.
_ADDED = re.compile(
    rf"(?:{CONTROL_ARM}|\bantidepressants?) ?(?:\+|plus|combined with|in combination with|with added) ?(?:{KETAMINE})|(?:{KETAMINE}) ?(?:\+|plus|combined with|in combination with) ?(?:an? |the )?(?:{CONTROL_ARM})"
)
#: "Contrary to our hypothesis" hopes for nothing.
_CONTRARY = re.compile(r"\b(?:contrary|in contrast) to (?:our|the|its) (?:[\w-]+ )?(?:hypothes[ie]s|expectations?),?")
#: "Lower, though the differences were not significant".
_TAKEN_BACK = re.compile(
    r"\b(?:differences?|this|it|these|which|effects?|separation|contrast)\b (?:[\w-]+ ){0,3}?(?:was|were|did|fell|remained|failed)(?: ?not|n't)?\b[^.;]{0,40}?\b(?:significan\w*|reach\w*|short)"
)
_DENIED = re.compile(
    r"\bno evidence (?:that|of|for)\b|\b(?:does|do|did|could) not (?:show|demonstrate|establish|find|support|confirm)\b|\bnot (?:shown|demonstrated|established|confirmed) to\b"
)
_P_VALUE = re.compile(r"\bps?(?:[- ]values?)? ?(?P<sign>[=<>≤≥˂]|&lt;|&gt;) ?(?P<p>0?\.\d+)")
#: A test of something else than the difference.
_OTHER_TEST = re.compile(
    r"\b(?:cochran\w*(?:'s)?,? q|q|i ?2|i\^2|heterogeneity|egger\w*(?:'s)?)\b[^;)\]]{0,30}?\bp ?[=<>≤≥] ?0?\.\d+"
)
_INTERVAL = re.compile(
    r"(?:\bcr?i|intervals?)\b[^\d-]{0,14}(?P<low>-? ?\d*\.?\d+)(?: ?%)?(?: to |, ?| ?; ?| ?~ ?| - | ?- ?(?=\d))(?P<high>-? ?\d*\.?\d+)"
)

FAVOURS_KETAMINE, NO_DIFFERENCE, FAVOURS_COMPARATOR, MIXED = (
    "favours-ketamine",
    "no-difference",
    "favours-comparator",
    "mixed",
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A clause in its bare words, and with its brackets, where figures and tests stand."""

    words: str
    figures: str


def claim_of(text: str, *, alone: bool, all_count: bool = False) -> str | None:
    """What a sentence in small letters says of ketamine against its control; None where it says nothing of it.

    `alone`: also where it leaves the control unsaid, as the conclusions of controlled trials do. `all_count`: what it
    says first is no more than the rest, as with co-primary outcomes.
    """
    text = _CONTRARY.sub("", _EXCEPT.sub("", text))
    if _TOGETHER_WITH.search(text):
        text = _ADDED.sub("ketamine", text)
    if _TREND.search(text) and (_NOTHING.search(text) or _TAKEN_BACK.search(text)) and _is_about_arms(text):
        return NO_DIFFERENCE
    if _ALONE.search(text) and _OVER_KETAMINE_ALONE.search(text):
        return None
    if alone and _DISAGREE.search(text):
        return MIXED
    said: list[tuple[str, _Part]] = []
    for part in _parts(text):
        denied = said and _NOTHING.search(part.words) and _takes_back(part.words)
        value = NO_DIFFERENCE if denied else _clause(part, alone=alone) or _null_of(part, text)
        if value:
            said.append((value, part))
    if not said:
        hedged = _HEDGED.search(text)
        told = None if hedged else _counted(text)
        return told or (None if hedged and not _LIKELY.fullmatch(hedged.group()) else _pooled(text, alone=alone))
    values = [value for value, _ in said]
    if not all_count and values[0] != NO_DIFFERENCE and NO_DIFFERENCE in values[1:]:
        # what is said first is the main thing ("lower at 24 h, but not at 72 h"), unless it is taken back at once
        denial = next(part for value, part in said if value == NO_DIFFERENCE)
        return NO_DIFFERENCE if _takes_back(denial.words) else values[0]
    return values[0] if len(set(values)) == 1 else MIXED


#: Results that are said to disagree with each other.
_DISAGREE = re.compile(
    r"\b(?:results|findings|effects|efficacy|effectiveness|studies|trials)\b[^;]{0,60}?\b(?:is|are|was|were|remains?|has been|have been) (?:[\w-]+ )?(?:mixed|conflicting|contradictory|inconsistent|equivocal)\b|\bevidence\b[^;]{0,40}? (?:is|was|are|remains) mixed\b|\bone positive and one negative\b"
)


def _parts(text: str) -> Iterator[_Part]:
    """The clauses that "but", "while" or a semicolon part; what brackets hold parts nothing."""
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        if ARMS.search(match.group()) and not _DIGIT.search(match.group()):
            return match.group()  # "the same in all groups (ketamine, saline)"
        held.append(match.group())
        return chr(_HELD + len(held) - 1)

    marked = _BRACKETS.sub(hold, _BRACKETS.sub(hold, text))
    for part in _BUT.split(marked):
        if part and part.strip():
            yield _Part(_MARKS.sub("", part), _opened(_opened(part, held), held))


def _opened(part: str, held: list[str]) -> str:
    return _MARKS.sub(lambda mark: held[ord(mark.group()) - _HELD], part)


#: Brackets; those within a word are part of it: "(es)ketamine", "(S)-ketamine".
_BRACKETS = re.compile(r" ?(?:\((?!r,s\)|s\)|r\))[^()]*\)|\[[^\[\]]*\])(?![\w-])")
_DIGIT = re.compile(r"\d")
#: Signs for private use stand where a bracket was.
_HELD = 0xE000
_MARKS = re.compile("[\ue000-\uf8ff]")


def _takes_back(denial: str) -> bool:
    """Whether a denial speaks of what was said before it, naming no outcome, moment or group of its own."""
    return _TAKEN_BACK.search(denial) is not None or not (_OF_ITS_OWN.search(denial) or _OUTCOME.search(denial))


_OF_ITS_OWN = re.compile(r"\b(?:at|on|by|after|from|in|with|for|than|to) (?!statistical|significan)")


#: What all groups did says nothing of either; what another drug did to ketamine's effect neither.
_ALL_GROUPS = re.compile(r"\b(?:both|all|each|either)(?: of the)? (?:treatment |study |two )?(?:groups?|arms?)\b")
_ON_ITS_EFFECT = re.compile(
    r"\b(?:alter|block|attenuate|modify|abolish|enhance|change)\w* (?:the )?(?:[\w-]+ )?(?:effects?|actions?|response) (?:of|to) (?:es)?ketamine"
)


def _clause(part: _Part, *, alone: bool) -> str | None:
    if _HEDGED.search(part.words) or _ON_ITS_EFFECT.search(part.words):
        return None
    return _worded(part, alone=alone)


_OF_GROUPS = re.compile(
    r"\b(?:between|among|across) (?:the )?(?:two |three |four |study |treatment )*(?:groups|arms)\b"
)


def _null_of(part: _Part, text: str) -> str | None:
    """A denial of a difference between the groups in what the rest of the sentence names."""
    words = part.words
    denied = _NOTHING.search(words) and not _NOTHING_BAD.search(words) and _OF_GROUPS.search(words)
    return NO_DIFFERENCE if denied and not _OUTCOME.search(words) and _OUTCOME.search(text) else None


def _worded(part: _Part, *, alone: bool) -> str | None:
    """What the words say, where the numbers do not speak against them."""
    text = part.words
    if _NOTHING_BAD.search(text):
        text = _NOTHING_BAD.split(text)[0]
    if _DENIED.search(text) or _NOTHING.search(text):
        return NO_DIFFERENCE if _is_about_arms(text) else None
    if _TREND.search(text) or (_ALL_GROUPS.search(text) and not _THAN.search(text)):
        return None
    alone_had_it = _had_it_alone(text)
    if alone_had_it is not None:
        return FAVOURS_KETAMINE if alone_had_it else FAVOURS_COMPARATOR
    against = _THAN.search(text) is not None
    held = against and any(_reference(text)(than) is False for than in _THAN.finditer(text))
    helps = (alone or (held and _OUTCOME.search(text))) and _helps(text)
    better = None if helps and not against else _whose(text)
    if better is None:
        return FAVOURS_KETAMINE if helps else None
    if _is_insignificant(part.figures):
        return NO_DIFFERENCE
    if better:
        return FAVOURS_KETAMINE
    names_the_other = (
        _two_arms(text)
        or _FAVOURS.search(text)
        or _ABOUT_ARMS.search(text)
        or any(_reference(text)(than) is not None for than in _THAN.finditer(text))
    )
    return FAVOURS_COMPARATOR if names_the_other else None


_ONE_ONLY = re.compile(
    r"\bbut not\b|\b(?:but|and) (?:not|none|no one|in none)\b|\b(?:only|exclusively|solely|exclusive)\b"
)
#: One arm had it and the other had not: "after ketamine but not after saline", "only in the ketamine group".
_AND_NOT = re.compile(
    rf"(?P<first>{KETAMINE_ARM}|{CONTROL_ARM})[^;,]{{0,30}}?,? (?:but|and) (?:not|none|no one|in none) (?:(?:with|in|after|for|by|of|among|to|following|under|the|an?|those|given|patients|active|inactive) )*(?P<second>{KETAMINE_ARM}|{CONTROL_ARM})"
)
_ONLY = re.compile(
    rf"\b(?:only|exclusively|solely|exclusive) (?:(?:with|in|after|for|by|among|to|following|under|the|those|given|patients|who|received|receiving) )+(?:[\w-]+ )?(?P<first>{KETAMINE_ARM}|{CONTROL_ARM})"
)


_ALONE = re.compile(r"\b(?:alone|only|mono-?therap\w+)\b")
#: Ketamine with something else against ketamine alone: not ketamine is judged.
_OVER_KETAMINE_ALONE = re.compile(
    rf"\b(?:combin\w+|plus|added|adding|adjunct\w*|augment\w+|-es?ketamine)\b.*(?:{KETAMINE})(?:-alone| alone| only| mono-?therapy)|\b(?:combin\w+)\b.*\bmono-?therap"
)


def _had_it_alone(text: str) -> bool | None:
    """Whether ketamine's arm alone is said to have had what is good; None where no such thing is said."""
    contrast = _ONE_ONLY.search(text) and (_AND_NOT.search(text) or _ONLY.search(text))
    if contrast is None:
        return None
    first = _first_arm(contrast["first"])
    if contrast.re is _AND_NOT and first == _first_arm(contrast["second"]):
        return None
    good = _helping(text)
    return None if good is None else good == first


def _helping(text: str) -> bool | None:
    """Whether what changed did so for the better."""
    change = _CHANGE.search(text)
    if change is None:
        outcome = _OUTCOME.search(text)
        return True if outcome and _sign_of(outcome) > 0 else None
    beside = _outcome_beside(text, change)
    return None if change["plain"] or not (beside or change["mend"]) else _sign_of_change(change, beside) > 0


#: "Was greater in the ketamine arm": one arm's name stands for a comparison of the two.
_ABOUT_ARMS = re.compile(
    rf"\b(?:{_UP}|{_DOWN}) (?:in|among) (?:the |patients in the )?(?:{KETAMINE}|{CONTROL_ARM})[- ](?:group|arm)"
)


def _helps(text: str) -> bool:
    """Whether ketamine alone is said to have helped."""
    if _TWO_NAMED.search(text) and _BOTH_ACT.search(text):
        return False
    for agent in _AGENT.finditer(text):
        behind = _STOP.split(text[agent.end() : agent.end() + _REACH])[0]
        if _HELPS.search(behind):
            return True
    return _HELP_OF.search(text) is not None


_STOP = re.compile(r"[;:]")
#: Characters within which a verb belongs to its agent.
_REACH = 200


def _is_about_arms(text: str) -> bool:
    """Whether a denial speaks of ketamine or of the two groups, and of what the treatment is for."""
    if _two_arms(text) or (ARMS.search(text) and _NO_BETTER.search(text)):
        return True
    outcome = _OUTCOME.search(text) or "primary" in text or "outcomes" in text or _BETTER.search(text)
    if _INTERACTION.search(text) or ("primary" in text and re.search(r"\b(?:not met|missed|negative)\b", text)):
        return True
    arms = ARMS.search(text) or re.search(
        r"\bgroups?\b|\barms\b|\bconditions\b|\btreatments?\b|\bdifferences?\b|\bdiffer|\binteraction|\binfusions?\b",
        text,
    )
    return bool(outcome and arms)


#: Denials that speak of benefit by themselves.
_NO_BETTER = re.compile(
    r"\bno (?:advantage|benefit|superiority)|\bmade no difference|\bineffective|\balike\b|\bimmaterial|\bon a par\b"
)
_INTERACTION = re.compile(
    r"\b(?:group|treatment|drug|arm)[- ](?:by|×|x|\*)[- ]?time\b|\btime[- ](?:by|×|x)[- ]?(?:group|treatment|drug)\b"
)


def _whose(text: str) -> bool | None:
    """Whether ketamine is said to have done better than its control; None where no comparison is made out."""
    favoured = _FAVOURS.search(text)
    if favoured:
        return ARMS.match(favoured["arm"])["k"] is not None  # type: ignore[index]
    judged = _BETTER.search(text) or _WORSE.search(text)
    if judged:
        subject = _subject(text, judged)
        return None if subject is None else (_BETTER.match(text, judged.start()) is not None) == subject
    if not (_OUTCOME.search(text) or _MENDED.search(text)):
        return None
    for degree in _DEGREE.finditer(text):
        good, subject = _graded(text, degree), _subject(text, degree)
        if good is not None and subject is not None:
            return good == subject
    change = _change_against(text)
    if change is None:
        return None
    good, subject = _changed(text, change), _subject(text, change)
    return None if good is None or subject is None else good == subject


def _graded(text: str, degree: re.Match[str]) -> bool | None:
    """Whether so much of it is good: "greater improvement", "lower scores", "fell less"."""
    behind = re.split(r"\b(?:than|compared|versus|vs)\b", text[degree.end() : degree.end() + 60])[0]
    if _EXTENT.match(behind):
        polarity = _of_verb(text[: degree.start()], near=len(text))
        return None if polarity is None else (degree["up"] is not None) == (polarity > 0)
    near = re.split(r"\b(?:with|for|among|after|following|by|at|on day|and an?)\b", behind)[0][:45]
    named = 0 if near.lstrip().startswith("point") else _of_what(near)
    polarity = named or _of_verb(text[: degree.start()]) or _last_outcome(text[: degree.start()])
    if polarity is None:
        polarity = _of_what(behind.split(" and a")[0])
    return None if polarity is None else (degree["up"] is not None) == (polarity > 0)


def _of_what(text: str) -> int | None:
    """The sign of what is named first: a change of an outcome, or the outcome itself."""
    change, outcome = _CHANGE.search(text), _OUTCOME.search(text)
    if change and (outcome is None or change.start() <= outcome.start() or _ONE_NOUN.match(text, outcome.start())):
        return _sign_of_change(change, _OUTCOME.search(text, change.end()))
    return _sign_of(outcome) if outcome else None


#: Characters within which a verb belongs to the degree behind it.
_NEAR = 60
#: "To a smaller degree" speaks of the verb before it.
_EXTENT = re.compile(r" (?:degree|extent)\b")


#: A change behind the name of its outcome: "MADRS improvement", "symptom severity reduction".
_ONE_NOUN = re.compile(rf"[\w-]+ (?:[\w-]+ )??(?:{_NAMED_CHANGE})\b")


def _of_verb(before: str, near: int = _NEAR) -> int | None:
    """The sign of a change that stands just before the degree: "scores fell more", "reduced symptoms more"."""
    changes = list(_CHANGE.finditer(before))
    if not changes:
        return None
    if re.search(r"\b(?:was|were|is|are|be|been|appeared|proved) (?:[\w-]+ )?$", before):
        named = [match for match in changes if _CHANGE_NAMED.fullmatch(match.group())]
        return _sign_of_change(named[-1], _outcome_beside(before, named[-1])) if named else None
    if len(before) - changes[-1].end() > near:
        return None
    return _sign_of_change(changes[-1], _outcome_beside(before, changes[-1]))


#: Changes as nouns: "the fall in scores was greater".
_CHANGE_NAMED = re.compile(_NAMED_CHANGE)


def _outcome_beside(text: str, change: re.Match[str]) -> re.Match[str] | None:
    return _OUTCOME.search(text, change.end()) or _last(_OUTCOME.finditer(text, 0, change.start()))


def _last_outcome(before: str) -> int | None:
    outcome = _last(_OUTCOME.finditer(before))
    return _sign_of(outcome) if outcome else None


def _last(found: Iterable[re.Match[str]]) -> re.Match[str] | None:
    every = list(found)
    return every[-1] if every else None


def _sign_of(outcome: re.Match[str]) -> int:
    return 1 if outcome["good1"] or outcome["good2"] else -1


def _sign_of_change(change: re.Match[str], outcome: re.Match[str] | None) -> int:
    """What mends is good whatever it is; what falls or rises is as good as the outcome says, by itself a symptom."""
    if change["mend"] or change["spoil"]:
        return 1 if change["mend"] else -1
    if change["plain"]:
        return 1  # "greater changes in scores"
    of = _sign_of(outcome) if outcome else -1
    return of if change["rise"] else -of


def _change_against(text: str) -> re.Match[str] | None:
    """A change that is told against another arm: "reduced symptoms compared with placebo"."""
    return _CHANGE.search(text) if _THAN.search(text) else None


def _changed(text: str, change: re.Match[str]) -> bool | None:
    if change["plain"]:
        return None
    return _sign_of_change(change, _outcome_beside(text, change)) > 0


def _subject(text: str, marker: re.Match[str]) -> bool | None:
    """Whether the arm that is spoken of is ketamine's: the one that "than" or "compared with" does not name."""
    than = next((match for match in _THAN.finditer(text) if match.start() >= marker.start()), None) or _THAN.search(
        text
    )
    if than:
        reference = _reference(text)(than)
        if reference and _first_arm(text[: than.start()]):
            return None  # ketamine against ketamine with something else, or against another form of it
        if reference is not None:
            return not reference
        if _THOSE.match(text, than.end()):
            return None  # some patients against others
    near = re.search(
        rf"^[^;]{{0,90}}?\b(?:in|with|for|among|by|following|after|of|to|on|under|given|when|where) (?:the |those |patients |participants |women |children |those given |those who received |patients given )?(?:[\w()-]+ ){{0,3}}?(?:(?P<k>{KETAMINE_ARM})|(?P<c>{CONTROL_ARM}))",
        text[marker.end() :],
    )
    if near:
        return near["k"] is not None
    before = _last(ARMS.finditer(text, 0, marker.start()))
    return None if before is None else before["k"] is not None


def _reference(text: str) -> Callable[[re.Match[str]], bool | None]:
    """The arm that a "than" names, as _first_arm tells it."""
    return lambda than: _first_arm(re.split(r"[,;(]", text[than.end() : than.end() + 80].lstrip(" (,"))[0])


_THOSE = re.compile(
    r" (?:in |with |for |among |the )*(?:those|men|women|males|females|patients|participants|subjects|younger|older|non-?\w+)\b(?! (?:who )?(?:did|had|were|not|without|given|receiving))"
)


def _first_arm(text: str) -> bool | None:
    """True for ketamine's arm, False for the control's, None where neither is named."""
    arm = ARMS.search(text)
    return None if arm is None else arm["k"] is not None


#: A number of an arm: a share or a mean; not a p value, an interval, a count of people, a time or a dose.
_FIGURE = re.compile(
    r"(?<![\d.,/-])(?P<n>\d{1,3}(?:\.\d+)?)(?! ?(?:mg|µg|mcg|ml|h\b|hours?|days?|weeks?|months?|min|years?|d\b|patients|participants|studies|trials|rcts|/)|\d|\.\d|-(?:item|point|day|week|month|year|hour|min))(?P<share> ?%| per ?cent)?"
)
_RATIO = re.compile(r"\bratios?\b|\bodds\b|\b[oahr]?(?:or|rr|hr)\b ?[=:,(]? ?\d|\bor \d")


def _counted(text: str) -> str | None:
    """What two figures say of two arms that are told one after the other, where a test or an interval tells them apart.

    Also a contrast whose own interval holds no effect: no difference.
    """
    significant = _is_significant(text)
    if significant is None:
        return None
    if not significant:
        return NO_DIFFERENCE if _OUTCOME.search(text) and (_CONTRAST.search(text) or _two_arms(text)) else None
    bare = _bare(text)
    changes = None
    if _NEGATIVE_CHANGE.search(bare):
        changes = _by_arm(bare, _CHANGED_BY) or _by_arm(text, _CHANGED_BY)
    figures = changes or _by_arm(bare, _FIGURE) or _by_arm(text, _FIGURE)
    if figures is None or figures[0] == figures[1]:
        return None
    polarity = _of_fall(text) if changes else _of_figures(bare)
    if polarity is None:
        return None
    return FAVOURS_KETAMINE if (figures[0] > figures[1]) == (polarity > 0) else FAVOURS_COMPARATOR


#: An effect with its number: a difference, of which a fall is below zero, or a ratio.
_EFFECT = re.compile(
    r"\b(?:(?P<difference>smds?|l?s?w?md|(?:standardi[sz]ed |weighted |pooled )?mean difference|hedges'?s?'? ?g|cohen'?s? d|g|d|effect size)|(?P<ratio>[ar]?ors?|odds ratios?|a?rrs?|risk ratios?|relative risks?|a?hrs?|hazard ratios?))\b[\])]?[^\d;()\[-]{0,25}[(\[]?(?P<value>-? ?\d*\.?\d+)"
)


def _pooled(text: str, *, alone: bool) -> str | None:
    """What one estimate of an effect on a named outcome says, where its interval or test tells it from none.

    Signs differ between papers: a difference counts where it is below zero and the outcome better so.
    """
    effect, outcome = _EFFECT.search(text), _OUTCOME.search(text)
    if effect is None or outcome is None or not _is_significant(text) or not (alone or _THAN.search(text)):
        return None
    bare = _bare(text)
    than = _THAN.search(bare)
    reference = _reference(bare)(than) if than else None
    value, good = float(effect["value"].replace(" ", "")), _sign_of(outcome) > 0
    if effect["difference"] and (value > 0 or good):
        return None
    better = (value > 1) == good if effect["ratio"] else True
    if reference is None and ARMS.search(bare) and not re.search(KETAMINE, bare):
        return None
    return FAVOURS_KETAMINE if better != (reference is True) else FAVOURS_COMPARATOR if than else None


def _of_figures(text: str) -> int | None:
    """Whether the greater of two figures is the better one: scores that "fell by" so much, or that "fell to" so much."""
    change = _CHANGE.search(text)
    if change and (_CHANGE_NAMED.fullmatch(change.group()) or _BY_A_FIGURE.match(text, change.end())):
        return _sign_of_change(change, _outcome_beside(text, change))
    figures = list(_FIGURE.finditer(text))
    reached = _REACHED.search(text, figures[-1].end()) if figures else None
    outcome = (reached and _OUTCOME.search(text, reached.end())) or _OUTCOME.search(text)
    if outcome is None:
        return None
    return -_sign_of(outcome) if _DENIED_OUTCOME.search(text[: outcome.start()]) else _sign_of(outcome)


#: What people came to have, told behind their shares: "24% and 45% had a relapse", "had no suicidal ideation".
_REACHED = re.compile(r"\b(?:had|have|experienced|developed|showed|met|reached|achieved|suffered|reported|were)\b")
_DENIED_OUTCOME = re.compile(r"\b(?:no|without|free of|free from|absence of) (?:[\w-]+ )?$")


def _of_fall(text: str) -> int | None:
    """Whether the greater of two falls is the better one: a change of -15.6 against one of -9.2."""
    outcome = _OUTCOME.search(text)
    return -_sign_of(outcome) if outcome else None


#: A change of a score as a number below zero, for each arm.
_NEGATIVE_CHANGE = re.compile(r"\bchanges?\b(?! in (?:the )?proportion)[^;]{0,80}?(?:was|were|of|:|,|=) -\d")
_CHANGED_BY = re.compile(r"(?<![\d.,/-])-(?P<n>\d{1,3}(?:\.\d+)?)(?!\d|\.\d)(?P<share> ?%)?")
_BY_A_FIGURE = re.compile(r"(?: by)?(?: an?)?(?: mean| median| average)?(?: of)? -?\d")
_CONTRAST = re.compile(
    r"\bdifferences?\b|\bratios?\b|\b(?:or|rr|hr|smd|md|d|g) ?[=:,(] ?-?\d|\bcontrast|\bsmd\b|\bcoefficient|\brespectively\b"
)


def _two_arms(text: str) -> tuple[bool, bool] | None:
    """Whether ketamine's arm is told first, where each of the two arms is named and no third."""
    text = _AROUND_ECT.sub(" ", text)
    order = list(dict.fromkeys(match["k"] is not None for match in ARMS.finditer(text)))
    return (order[0], order[1]) if len(order) == 2 else None


#: Words without which nothing is said of two arms.
NAMES_ARMS = re.compile(
    r"ketamine|\b(?:kets?\b|esk\b|esk-|kap\b|spravato|nasal spray|infusions?\b|groups?\b|arms?\b|conditions\b|treatments?\b|placebo|control|differ|interactions?\b|primary\b|compar|allocation\b|mixed\b|s?mds?\b|hedges|ratios?\b|[or]rs?\b|effects?\b|nmda\b|the drug\b|intervention|study drug|than\b|neither\b|similar|midazolam|saline|ect\b|superior|favou?r)"
)


def told_of(text: str, aside: re.Pattern[str]) -> str:
    """A sentence without those of its clauses that speak of something else."""
    return "; ".join(part.figures for part in _parts(text) if not aside.search(part.figures))


def names_both(text: str) -> bool:
    """Whether a sentence holds ketamine's arm against another that it names."""
    return _THAN.search(text) is not None and _two_arms(text) is not None


#: Electroconvulsive therapy that both arms had is neither of them.
_AROUND_ECT = re.compile(
    r"\b(?:after|before|during|following|undergoing|for|of|to) (?:[\w-]+ ){0,2}(?:ect|electroconvulsive therapy)\b"
)


def _bare(text: str) -> str:
    return "".join(part.words for part in _parts(text))


def _by_arm(text: str, figure: re.Pattern[str]) -> tuple[float, float] | None:
    """The shares, else the means, of ketamine's arm and of the other, where each stands by its arm or both stand together."""
    plain = _WITHOUT_FIGURES.sub(" ", text if "%" in _INTERVAL_NAME.sub("", text) else _OF_HOW_MANY.sub(_share, text))
    arms = _two_arms(plain)
    found = list(figure.finditer(plain))
    figures = [match for match in found if match["share"]] or found
    if arms is None or len(figures) != 2:
        return None
    first, second = figures
    between = plain[first.end() : second.start()]
    parted = len(list(ARMS.finditer(between)))
    around = bool(ARMS.search(plain[: first.start()])) == bool(ARMS.search(plain[second.end() :]))
    if parted == 2 or (parted == 0 and not around and not _TOGETHER.fullmatch(between)):
        return None
    pair = float(first["n"]), float(second["n"])
    return pair if arms[0] else pair[::-1]


#: Between two figures that stand side by side.
_TOGETHER = re.compile(r"[^;]{0,25}?\b(?:and|vs?\.?|versus|against|to|compared (?:with|to)|from)\b[^;]{0,25}")


_INTERVAL_NAME = re.compile(r"\b\d{2} ?% ?(?:ci|cri|confidence|credible)")
_OF_HOW_MANY = re.compile(r"\b(?P<n>\d{1,3}) ?(?:/|of|out of) ?(?:the )?(?P<of>[1-9]\d{0,3})\b(?!/)")


def _share(counts: re.Match[str]) -> str:
    """Nine of thirty as a share, to be held against the other arm's."""
    return f"{100 * int(counts['n']) / int(counts['of']):.1f}%"


#: Brackets with counts, spreads and intervals, and tests: none of the two figures.
_WITHOUT_FIGURES = re.compile(
    r"\b(?:n ?=|sd|se|sem|iqr|n) ?=? ?\d[\d.,]*|±\s?\d[\d.]*|\b\d{2} ?% ?,? ?(?:ci|cri|confidence|credible)[^;)]*|\bp(?:[- ]values?)? ?[=<>≤≥] ?0?\.\d+|\((?:sd|se|\d+/\d+|\d+ of \d+)[^()]*\)|\b\d+ ?(?:/|of|out of) ?(?:the )?\d+\b|\b(?:or|rr|hr|smd|md|ratio)\b ?[=:,(]? ?-?\d[\d.]*[^;)]*|\b(?:difference|contrast)\b[^;]*$|\b(?:differences?|contrast|reduction|gain) ?(?:of|was|[=:,(])? ?-?\d[\d.]*(?: ?%)?|\b(?:day|week|month|hour|phq|hamd|ham-d|caps|pcl|gad|qids|hdrs|qor)[- ]?\d+|\[[^\]]*\]|\b[ft] ?\([^)]*\) ?= ?[\d.]+"
)


def _is_significant(text: str) -> bool | None:
    """By the p values, else by the interval of a ratio or a difference; None where neither is printed."""
    text = _OTHER_TEST.sub("", text)
    if _P_VALUE.search(text):
        return not _is_insignificant(text)
    interval = _INTERVAL.search(text)
    if interval is None:
        return False if re.search(r"\bn\. ?s\.", text) else None
    low, high = (float(interval[name].replace(" ", "")) for name in ("low", "high"))
    null = 1.0 if _RATIO.search(text) and low > 0 else 0.0
    return not low <= null <= high


_ABOVE = frozenset({">", "≥", "&gt;"})


def _is_insignificant(text: str) -> bool:
    """Whether the numbers speak against the words: every p value is above 0.05, or the interval holds no effect."""
    text = _OTHER_TEST.sub("", text)
    stated = list(_P_VALUE.finditer(text))
    if stated:
        return all(float(one["p"]) > 0.05 or (one["sign"] in _ABOVE and float(one["p"]) >= 0.05) for one in stated)
    interval = _INTERVAL.search(text)
    if interval is None:
        return False
    low, high = (float(interval[name].replace(" ", "")) for name in ("low", "high"))
    if _RATIO.search(text) and low > 0:
        return low <= 1 <= high
    return low < 0 < high
