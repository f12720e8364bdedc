# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
"""What one clause says of two arms: which did better, that neither did, or nothing.

A clause is read as its parts: whose arm it speaks of (the one that "than" or "compared with" does not name), what was
measured (symptoms, of which less is better; response, of which more is), how that changed (it fell, it rose), and by
how much against the other arm (more, less). The signs of the parts multiply: scores that fell less are worse.
"""

from __future__ import annotations

import re

from aggregator.evidence.arms import (
    ARMS,
    CONTROL_ARM,
    KETAMINE,
    KETAMINE_ARM,
    THAN,
    THOSE,
    first_arm,
    named_behind,
    two_arms,
)
from aggregator.evidence.benefit import (
    BETTER_NAMED,
    CHANGE,
    CHANGE_NAMED,
    FALL,
    LESS,
    MEND,
    MENDED,
    MORE,
    NAMED_CHANGE,
    OUTCOME,
    RISE,
    WORSE_NAMED,
    last,
    outcome_beside,
    sign_of,
    sign_of_change,
)
from aggregator.evidence.clauses import Part, parts
from aggregator.evidence.figures import (
    FAVOURS_COMPARATOR,
    FAVOURS_KETAMINE,
    MIXED,
    NO_DIFFERENCE,
    is_insignificant,
    told_by_figures,
)
from aggregator.evidence.places import Opened, Sought

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
_FAVOURS = re.compile(
    rf"\b(?:favou?r(?:ed|ing|s)?|in favou?r of|to the advantage of|advantage (?:of|for)) (?:the )?(?:(?!(?:when|if|as|compared|versus|vs|over|than|relative|against|in|with)\b)[\w()-]+ ){{0,3}}?(?P<arm>{KETAMINE_ARM}|{CONTROL_ARM})"
)
#: What an arm does that helps, behind its name.
_HELPS = re.compile(
    rf"\b(?:(?:{FALL}) [^;:]{{0,70}}?\b(?:{LESS}|{WORSE_NAMED})\b|(?:{MEND})\b[^;:]{{0,70}}?\b(?:{LESS}|{MORE})\b|(?:{RISE}) [^;:]{{0,50}}?\b(?:{MORE}|{BETTER_NAMED})\b"
    r"|(?:is|was|are|were|be|to be|appears?|an?|rapidly|highly|proved|remained|and) (?:[\w-]+,? ){0,4}?(?:effective|efficacious|beneficial)|(?:ha[sd]|have|having|exerts?|exerted|produc\w+|show\w*|demonstrat\w+|provid\w+|induc\w+|yield\w*|reveal\w*|led to|leads to|resulted in|offers?|confers?|conferred|brought|elicit\w+|associated with|followed by) (?:an? |the |its )?(?:[\w-]+,? (?:and )?){0,5}?(?:antidepressant|anti-?suicidal|anxiolytic|beneficial|therapeutic|positive|protective|analgesia|reductions?|improvements?|decreases?|declines?|efficacy|benefits?|relief|impact|remission|effects? on (?:reducing|depress|symptom|suicid))"
    r"|(?:acts?|acted|works?|worked) (?:\w+ly|fast|within))"
)
_AGENT = re.compile(rf"{KETAMINE}(?!-treated)|\b(?:single )?infusions?\b|\bspray\b")
#: Help that is told before its agent: "symptoms were reduced by", "the efficacy of".
_HELP_OF = re.compile(
    rf"\b(?:(?:{LESS})\b[^;:]{{0,70}}?\b(?:is|are|was|were|be) (?:\w+ly )?(?:{FALL}|{MEND}) (?:[\w-]+ ){{0,3}}?(?:by|with|after|following) [^;:]{{0,60}}?|(?:supports?|consistent with|evidence (?:of|for)|confirms?) (?:an? |the )?(?:[\w-]+ ){{0,3}}?effects? of (?:[\w-]+ ){{0,3}}?|(?:efficacy|effectiveness|antidepressant effects?|anti-?suicidal effects?|benefits?|superiority|advantage) (?:of|for) (?:[\w()/-]+ ){{0,8}}?|(?:reductions?|improvements?|decreases?) in (?:[\w-]+ ){{0,6}}(?:with|after|following|by|from) (?:[\w-]+ ){{0,3}}){KETAMINE}"
    r"|\b(?:antidepressant|anti-?suicidal|anti-?obsessional|anxiolytic|analgesic) (?:effects?|activity|action) (?:of|by) (?:an? |the )?nmda"
)
_TWO_NAMED = re.compile(r"\b(?:both|either|or)\b")
#: What both arms did says nothing of either.
_BOTH_ACT = re.compile(
    rf"\bboth (?:[\w-]+ ){{0,2}}(?:groups|arms|treatments|drugs|conditions|interventions|agents)\b|\b(?:both|either) (?:[\w-]+ )?(?:{KETAMINE}|{CONTROL_ARM})|(?:{KETAMINE})[^;:,]{{0,25}}? or (?:[\w-]+ ){{0,2}}?(?:{CONTROL_ARM})|(?:{CONTROL_ARM})[\w -]{{0,15}}? or (?:[\w-]+ )?(?:{KETAMINE})"
)
_NOT_VERB = r"(?:did|does|do|was|were|is|are|could|can|has|have|had|may|would|could)(?: ?not|n't)"
_NOTHING = Opened(
    rf"\bno (?:(?!(?:in|on|of|for|with|to|at|the|an?|and|or|who|was|were|had|longer|patients?|participants?)\b)[\w×*-]+ ){{0,5}}?(?:differences?|benefits?|effects?|superiority|improvements?|advantages?|reductions?|changes?|association|impact|influence|separation|gain|interactions?(?: effects?)?)\b"
    rf"|\bwithout (?:a |any )?(?:statistically )?(?:significant |clear |meaningful )?(?:between-group |group )?(?:differences?|advantages?|separation|benefits?)\b|\bno significantly\b|\b(?:no|not|nor) (?:\w+ly )?(?:any )?(?:greater|better|larger|more|additional|lower|less|fewer|higher|faster|sooner|shorter)\b|\black of (?:clinical )?(?:efficacy|effect|benefit|difference|superiority)|\bno significant (?:\w+[- ]){{0,4}}?(?:interaction|effect|difference)"
    rf"|\b{_NOT_VERB} (?:(?:appear|seem) to )?(?:\w+ly )?(?:\w+ )?(?:differ\w*|superior|improv\w*|reduc\w*|better|separat\w+|diverge\w*|statistically|significan\w*|more effective|prevent|outperform|decreas\w*|result in|translate|enhanc\w*|affect|lower|meet|reach\w*|met|demonstrat\w*|show|alter|associat\w*|effective|support\w*|detect\w*|confirm\w*|increase|observed|found|different|alleviat\w*|shorten|influence|add|confer|achiev\w*|attain\w*|exceed\w*|distinguish\w*|speed|accelerat\w*|quicken|potentiat\w*|boost|augment\w*|mitigat\w*|ameliorat\w*|reliev\w*|eas(?:e|ed)|chang\w*|emerg\w*|favou?r|hasten|protect|modify|beat|yield|produce|survive|benefit\w*)|\bcannot (?:significantly )?(?:reduc|improv|prevent|decreas)|\bfailed to\b|\bineffective\b(?! (?:[\w-]+ )?(?:treatments?|medications?|drugs?|therap))|\b(?:regardless|irrespective|independent(?:ly)?) of (?:the )?(?:treatment |study )?(?:groups?|arms?|treatments?|allocation|assignment|drug|condition)\b|(?<!\bboth )\bas (?:good|effective\w*|efficacious|useful) as\b|\b(?:did|do|worked|works|fared|performed) (?:just )?as well as\b|\bmade no difference\b|\bnone (?:of|for) (?:the )?(?:treatment|drug|group|condition|arm)s?\b|\badd(?:s|ed)? (?:nothing|little)\b|\bno added (?:value|benefit)\b|\bnot (?:reach|attain|achiev)\w* (?:statistical )?significance|\b(?:missed|short of|lacked) (?:statistical )?significance\b|\bno different\b|\bon a par\b|\b(?:performed|fared) alike\b|\bimmaterial\b|\bnone of the (?:[\w-]+ ){{0,3}}(?:comparisons|differences|contrasts|outcomes)\b|\bvanished\b|\boverlapped\b|\bcrossed zero\b|\bnull hypothesis\b|\bnegative (?:with regard to|on|for|trial|study)|\bn\. ?s\.|\bcould not be (?:confirmed|shown|demonstrated)|\bwas not reached\b|\bnot (?:statistically )?(?:superior|significantly|significant|different|better|more effective|distinguishable)\b|\bindistinguishable\b|\bnon-? ?significant(?:ly)?\b|\binsignificant(?:ly)?\b"
    rf"|\b(?:was|were|is|are|had|showed|remained|proved) (?:[\w-]+ )?(?:similar|comparable|equivalent|the same|alike|equal)\b|\b(?:similar(?:ly)?|comparabl[ey]|equal(?:ly)?|equivalent) (?:between|in both|in all|in either|in each|across|among|efficacy|effective\w*|reductions|improvements|decreases|declines|antidepressant|response|remission|rates|to that|in the two|outcomes?|analgesia|whether|extents?|degrees?|with|regardless|proportions?|numbers?)|\bneither\b(?! (?:[\w-]+ ){{0,4}}?(?:worsen|impair|harm|inferior))|\bunable to detect\b|\bnot found\b|\bas effective as\b|\bcomparable (?:with|to)\b|\bprimary (?:\w+ ){{0,2}}(?:end-? ?point|outcome|measure) (?:was|were) (?:not met|missed)|\bmissed (?:its|the|their) (?:co-)?primary|\bnull (?:result|finding|trial)|\bin (?:both|the two) (?:groups|arms) (?:alike|to (?:a |the )?(?:similar|same|comparable))|\bto (?:a |the )?(?:similar|same|comparable|equal) (?:extent|degree)|\bno (?:group|arm) (?:did|was)"
)
#: One figure for both: "19% in each group".
_IN_EACH = re.compile(r"\b(?:each|both)\b(?<=[\d%] (?:in|of) ....)(?: of the)?(?: two)? (?:groups?|arms?)\b")
#: No increase of a harm and no worse outcome are no null results.
_NOTHING_BAD = re.compile(
    r"\b(?:no|without|not) (?:[\w-]+ ){0,3}?(?:increas\w*|worsen\w*|raise|impair\w*|deteriorat\w*|adverse|serious|side)"
)
#: A hope is no result; neither is a trend.
_HEDGED = re.compile(
    r"\b(?:promising|preliminary evidence|potential(?:ly)?|unclear|uncertain|insufficient|inconclusive|possib\w+|remains? to be|limited evidence|hypothes\w+|marginal(?:ly)?|cautious|may|might|could(?! (?:not )?be (?:confirmed|shown|demonstrated|established|found|detected|seen)\b)(?! not reject)|warrant\w*|whether(?! or not)|would)\b"
)
#: An estimate and its interval say as much whatever words the authors have for their doubts.
_LIKELY = re.compile(r"may|might")
_TREND = Sought(r"\btrend(?:s|ed)?\b|\bnumerical(?:ly)?\b|\btended to\b")
#: "No differences, except": what was said first stands.
_EXCEPT = Sought(r"\b(?:except|apart from|other than|save for)\b.*")
_TOGETHER_WITH = re.compile(r"\+|\bplus\b|\bcombin|\badded\b")
#: Ketamine with what the other arm had too is ketamine's arm.
_ADDED = re.compile(
    rf"(?:{CONTROL_ARM}|\bantidepressants?) ?(?:\+|plus|combined with|in combination with|with added) ?(?:{KETAMINE})|(?:{KETAMINE}) ?(?:\+|plus|combined with|in combination with) ?(?:an? |the )?(?:{CONTROL_ARM})"
)
#: A hypothesis that failed, and a null hypothesis that stands.
_NOT_BORNE_OUT = re.compile(
    r"(?<!null )\bhypothes[ie]s\b[^.;]{0,100}\b(?:was|were|is|could) (?:not (?:be )?(?:supported|confirmed|borne out|verified)|rejected|refuted)\b|\bnot (?:be )?reject(?:ed)? (?:the )?null\b|\bnull hypothesis\b[^.;]{0,60}\bnot (?:be )?rejected\b"
)
#: "Contrary to our hypothesis" hopes for nothing.
_CONTRARY = Sought(r"\b(?:contrary|in contrast) to (?:our|the|its) (?:[\w-]+ )?(?:hypothes[ie]s|expectations?),?")
#: "Lower, though the differences were not significant".
_TAKEN_BACK = re.compile(
    r"\b(?:differences?|this|it|these|which|effects?|separation|contrast)\b (?:[\w-]+ ){0,3}?(?:was|were|did|fell|remained|failed)(?: ?not|n't)?\b[^.;]{0,40}?\b(?:significan\w*|reach\w*|short)"
)
_DENIED = re.compile(
    r"\bno evidence (?:that|of|for)\b|\b(?:does|do|did|could) not (?:show|demonstrate|establish|find|support|confirm)\b|\bnot (?:shown|demonstrated|established|confirmed) to\b"
)


def is_hedged(text: str) -> bool:
    return _HEDGED.search(text) is not None


def claim_of(text: str, *, alone: bool, all_count: bool = False) -> str | None:
    """What a sentence in small letters says of ketamine against its control; None where it says nothing of it.

    `alone`: also where it leaves the control unsaid, as the conclusions of controlled trials do. `all_count`: what it
    says first is no more than the rest, as with co-primary outcomes.
    """
    text = _in_usual_words(_CONTRARY.sub("", _EXCEPT.sub("", text)))
    if _TOGETHER_WITH.search(text):
        text = _ADDED.sub("ketamine", text)
    if _is_null_as_a_whole(text):
        return NO_DIFFERENCE
    if _ALONE.search(text) and _OVER_KETAMINE_ALONE.search(text):
        return None
    if alone and _DISAGREE.search(text):
        return MIXED
    said: list[tuple[str, Part]] = []
    told = _with_their_subjects(list(parts(_OTHER_DOSES.sub("", text) if "but not" in text else text)))
    for part in told:
        denied = said and _NOTHING.search(part.words) and _takes_back(part.words)
        value = NO_DIFFERENCE if denied else _clause(part, alone=alone) or _null_of(part, text)
        if value is None and len(told) > 1:
            value = told_by_figures(part.figures, alone=alone, hedged=_HEDGED.search(part.words) is not None)
        if value:
            said.append((value, part))
    if not said:
        hedged = _HEDGED.search(text)
        doubted = hedged is not None and not _LIKELY.fullmatch(hedged.group())
        return None if doubted else told_by_figures(text, alone=alone, hedged=hedged is not None)
    return _settled(said, text, alone=alone, all_count=all_count)


def _settled(said: list[tuple[str, Part]], text: str, *, alone: bool, all_count: bool) -> str | None:
    """What the clauses of a sentence come to."""
    values = [value for value, _ in said]
    if {FAVOURS_KETAMINE, FAVOURS_COMPARATOR} <= set(values) and (main := _CONCEDED.sub("", text)) != text:
        return claim_of(main, alone=alone, all_count=all_count)
    if not all_count and values[0] != NO_DIFFERENCE and NO_DIFFERENCE in values[1:]:
        # what is said first is the main thing ("lower at 24 h, but not at 72 h"), unless it is taken back at once
        denial = next(part for value, part in said if value == NO_DIFFERENCE)
        return NO_DIFFERENCE if _takes_back(denial.words) else values[0]
    one_only = values[0] != NO_DIFFERENCE and "primary" not in text and _NOT_ON_ANOTHER.search(text)
    return values[0] if len(set(values)) == 1 and not one_only else MIXED


#: A decline that people have is an outcome, not a change of one.
_ILL = re.compile(r"\b(?P<of>(?:neuro-?)?cognitive|functional|memory|mental) declines?\b")
#: What is conceded to the other arm is not the main claim: "remitted more often, although at first it was slower".
_CONCEDED = re.compile(
    r"^\W*(?:although|though|even though) [^,;]*,|,? ?\b(?:although|though|albeit|even though)\b[^;]*$"
)
#: "The higher dose, but not the lower one, was superior": the dose that worked is told of.
_OTHER_DOSES = re.compile(r",? but not (?:with |at )?(?:the |a )?(?:[\w./-]+ ){0,3}(?:doses?|mg/kg|mg)\b(?: group)?,?")
#: A clause that goes on with its verb has the subject of the one before.
_GOES_ON = re.compile(
    r"\W*(?:(?:and|also|only|still|significantly|nevertheless|then) )*(?:did|does|was|were|is|had|has|reduc\w+|improv\w+|lower(?:ed|s)|decreas\w+|increas\w+|show\w+|led|produc\w+|provid\w+|gave|fail\w+)\b"
)


def _with_their_subjects(found: list[Part]) -> list[Part]:
    if len(found) < 2:  # most sentences
        return found
    told: list[Part] = []
    for part in found:
        before = ARMS.search(told[-1].words) if told and _GOES_ON.match(part.words) else None
        if before is None or ARMS.search(part.words):
            told.append(part)
            continue
        arm = "ketamine" if before["k"] is not None else "control"
        told.append(Part(f"{arm} {part.words}", f"{arm} {part.figures}"))
    return told


#: "Twice as likely with ketamine as with midazolam" is more likely than.
_TIMES = re.compile(
    r"\b(?P<half>half|(?:one|a) (?:third|quarter))?(?:(?<!half)twice|(?<!half)thrice|(?<!half)\b[\w.]+(?:[- ]fold| times))? ?\bas (?P<what>likely|often|frequent(?:ly)?|common|many|high|great|large|much)\b(?P<rest>[^;,]{0,70}?) as (?=(?:with|those|that|in|for|after|on|under|patients|the|among|[\w-]*ketamine|midazolam|placebo|saline|ect|controls?)\b)"
)
#: "As likely as" alone is a likeness.
_AS_LIKE = re.compile(r"\b(?:twice|thrice|half|third|quarter|fold|times) ?as ")


#: "8 points below those after midazolam" is lower than.
_BESIDE_OTHERS = re.compile(
    rf"\b(?P<how>below|above) (?=(?:the |that |those )?(?:[\w-]+ ){{0,3}}?(?:{CONTROL_ARM}|{KETAMINE}))"
)


#: "The superiority of midazolam to ketamine".
_OF_ONE_TO_ANOTHER = re.compile(r"(?P<one>\b(?:superi|inferi)ority of (?:[\w()-]+ ){1,5}?)to\b(?! (?:\w+ )?be\b)")


def _in_usual_words(text: str) -> str:
    """The text with comparisons as "more than" and "less than", and what people have by names that are no change."""
    if "decline" in text:
        text = _ILL.sub(r"\g<of> impairment", text)
    if "iority of " in text:
        text = _OF_ONE_TO_ANOTHER.sub(r"\g<one> over", text)
    if "below " in text or "above " in text:
        text = _BESIDE_OTHERS.sub(lambda match: "lower than " if match["how"] == "below" else "higher than ", text)
    if " as " not in text or not _AS_LIKE.search(text):
        return text
    return _TIMES.sub(lambda match: f"{'less' if match['half'] else 'more'} {match['what']}{match['rest']} than ", text)


def _is_null_as_a_whole(text: str) -> bool:
    """Whether a hypothesis failed, or a trend is taken back, whatever the clauses say."""
    failed = "hypothes" in text and _NOT_BORNE_OUT.search(text)
    trend = _TREND.search(text) and (_NOTHING.search(text) or _TAKEN_BACK.search(text))
    return bool(failed or trend) and _is_about_arms(text)


#: "On the LSAS, but not on the VAS": two scales that disagree.
_NOT_ON_ANOTHER = re.compile(
    r"\bbut not (?:(?:for|on|in|by) )?(?:the )?(?:[\w-]*?(?:madrs|ham-?d|hdrs|lsas|caps|pcl|vas|phq|qids|bdi|ssi|bss|ham-?a|gad|stai|y-?bocs)[\w-]*)"
)


#: Results that are said to disagree with each other.
_DISAGREE = re.compile(
    r"\b(?:results|findings|effects|efficacy|effectiveness|studies|trials)\b[^;]{0,60}?\b(?:is|are|was|were|remains?|has been|have been) (?:[\w-]+ )?(?:mixed|conflicting|contradictory|inconsistent|equivocal)\b|\bevidence\b[^;]{0,40}? (?:is|was|are|remains) mixed\b|\bmixed (?:results|findings|evidence)\b|\bone positive and one negative\b"
)


def _takes_back(denial: str) -> bool:
    """Whether a denial speaks of what was said before it, naming no outcome, moment or group of its own."""
    return _TAKEN_BACK.search(denial) is not None or not (_OF_ITS_OWN.search(denial) or OUTCOME.search(denial))


_OF_ITS_OWN = re.compile(r"\b(?:at|on|by|after|from|in|with|for|than|to) (?!statistical|significan)")
#: What all groups did says nothing of either; what another drug did to ketamine's effect neither.
_ALL_GROUPS = re.compile(r"\b(?:both|all|each|either)(?: of the)? (?:treatment |study |two )?(?:groups?|arms?)\b")
_ON_ITS_EFFECT = re.compile(
    r"\b(?:alter|block|attenuate|modify|modulate|abolish|enhance|change)\w* (?:the )?(?:[\w-]+ )?(?:(?:effects?|actions?|response) (?:of|to) (?:es)?ketamine|(?:es)?ketamine-induced)"
)


def _clause(part: Part, *, alone: bool) -> str | None:
    if _HEDGED.search(part.words) or _ON_ITS_EFFECT.search(part.words) or _is_of_controls(part.words):
        return None
    return _worded(part, alone=alone)


def _is_of_controls(text: str) -> bool:
    """Whether one control is held against another: "smaller with midazolam than with saline"; "pain control" is none."""
    than = THAN.search(text)
    arms = list(ARMS.finditer(text)) if than else []
    if than is None or not arms or any(arm["k"] for arm in arms) or arms[0].group() == "control":
        return False
    told, other = arms[0], next((arm for arm in arms if arm.start() >= than.end()), None)
    apart = other is not None and told.end() <= than.start() and told.group() != other.group()
    return apart and named_behind(text, than) is False


_OF_GROUPS = re.compile(
    r"\b(?:between|among|across) (?:the )?(?:two |three |four |study |treatment )*(?:groups|arms)\b"
)


def _null_of(part: Part, text: str) -> str | None:
    """A denial of a difference between the groups in what the rest of the sentence names."""
    words = part.words
    denied = _OF_GROUPS.search(words) and _NOTHING.search(words) and not _NOTHING_BAD.search(words)
    return NO_DIFFERENCE if denied and not OUTCOME.search(words) and OUTCOME.search(text) else None


def _worded(part: Part, *, alone: bool) -> str | None:
    """What the words say, where the numbers do not speak against them."""
    text = part.words
    if _NOTHING_BAD.search(text):
        text = _NOTHING_BAD.split(text)[0]
    denial = _DENIED.search(text) or _NOTHING.search(text) or _IN_EACH.search(text)
    if denial:
        if _is_against_itself(text):
            return None
        about = _is_about_arms(text) or (_TWO_SHARES.search(part.figures) and OUTCOME.search(text))
        return NO_DIFFERENCE if about and not _is_like_nothing(text, denial) else None
    if _TREND.search(text) and (is_insignificant(part.figures) or _ONLY_A_TREND.search(text)) and _is_about_arms(text):
        return NO_DIFFERENCE
    if _TREND.search(text) or (_ALL_GROUPS.search(text) and not (THAN.search(text) or _MORE_SO.search(text))):
        return None
    alone_had_it = _had_it_alone(text)
    if alone_had_it is not None:
        return FAVOURS_KETAMINE if alone_had_it else FAVOURS_COMPARATOR
    return _sided(part, text, alone=alone)


#: What changed since treatment began says nothing of the other arm.
_WITHIN_AN_ARM = re.compile(
    r"\b(?:from|(?:as )?compared (?:with|to)|relative to|versus|than|over) (?:the )?(?:pre-?(?:treatment|infusion)? )?baseline\b(?! (?:than|compared|versus))|\bpaired t\b|\bpre-? ?(?:to|versus|vs\.?|and) ?-?post|\bwithin-(?:groups?|subjects?)\b"
)


def _sided(part: Part, text: str, *, alone: bool) -> str | None:
    """Which side the words take, where its figures bear them out."""
    if alone and "ketamine" in text and _AHEAD.search(text):
        return FAVOURS_KETAMINE
    named = [named_behind(text, than) for than in THAN.finditer(text)]
    helps = (alone or (False in named and OUTCOME.search(text))) and not _WITHIN_AN_ARM.search(text) and _helps(text)
    better = None if helps and not named else _whose(text)
    if better is None:
        return FAVOURS_KETAMINE if helps else None
    if is_insignificant(part.figures):
        return NO_DIFFERENCE
    if better:
        return FAVOURS_KETAMINE
    names_the_other = (
        two_arms(text) or _FAVOURS.search(text) or _ABOUT_ARMS.search(text) or named.count(None) < len(named)
    )
    return FAVOURS_COMPARATOR if names_the_other else None


def _is_against_itself(text: str) -> bool:
    """Whether two forms of ketamine, or two controls, are held against each other."""
    than = THAN.search(text)
    before = last(ARMS.finditer(text, 0, than.start())) if than else None
    return before is not None and than is not None and named_behind(text, than) == (before["k"] is not None)


#: "In both arms, more so with ketamine".
_MORE_SO = re.compile(r"\b(?:more|less) so\b")
_TWO_SHARES = re.compile(r"\d ?%?\)? ?(?:vs?\.?|versus|against|and) \d")
_ONLY_A_TREND = re.compile(r"\b(?:only|merely|just|no more than) an? (?:[\w-]+ )?trend")
_ALIKE = re.compile(r"\b(?:similar|comparabl|equal|equivalent)")
_LIKE_WHAT = re.compile(
    r"\b(?:between|both|among|across|groups?|arms|two|either|each|same|regardless|whether)\b|\b(?:similar\w*|comparabl[ey]|equal\w*|equivalent) (?:[\w-]+ ){0,2}?(?:to|with|as)\b(?! an? )"
)


_LIKE_BASELINE = re.compile(
    r"\b(?:similar|comparable|unchanged|the same)\b[^;,]{0,40}\b(?:from|to|with|as at) baseline\b"
)


def _is_like_nothing(text: str, denial: re.Match[str]) -> bool:
    """Whether scores are "similar" to those before treatment, or ketamine alone to what the sentence before told."""
    if _LIKE_BASELINE.search(text):
        return True
    alike = _ALIKE.search(denial.group()) and not _LIKE_WHAT.search(text)
    return bool(alike and ARMS.search(text)) and two_arms(text) is None


#: Ketamine ahead of all others that were compared: ranked first, with the lowest scores or the most response.
_AHEAD = re.compile(
    rf"ketamine\b[^;:.]{{0,90}}?\b(?:ranked (?:the )?(?:first|highest|best)|(?:was|were|is|are|be|being|as) (?:[\w-]+ ){{0,3}}?(?:first (?:in|for|among)\b|the (?:best|most (?:effective|efficacious))\b|(?:superior|preferred) (?:[\w-]+ )?(?:treatments|options|interventions)\b)"
    rf"|(?:(?:associated )?with|had|showed|has|shows|achieved) the (?:(?:lowest|smallest) (?:[\w-]+ ){{0,3}}?(?:{LESS})|(?:highest|greatest|largest|best) (?:[\w-]+ ){{0,3}}?(?:{MORE}|improvements?|reductions?))\b)"
)
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
_ALONE = Sought(r"\b(?:alone|only|mono-?therap\w+)\b")
#: Ketamine with something else against ketamine alone: not ketamine is judged.
_OVER_KETAMINE_ALONE = re.compile(
    rf"\b(?:combin\w+|plus|added|adding|adjunct\w*|augment\w+|-es?ketamine)\b.*(?:{KETAMINE})(?:-alone| alone| only| mono-?therapy)|\b(?:combin\w+)\b.*\bmono-?therap|\b(?:than|over|to|versus|vs\.?|with|from) (?:{KETAMINE}) (?:alone|only|mono-?therapy)\b"
)


def _had_it_alone(text: str) -> bool | None:
    """Whether ketamine's arm alone is said to have had what is good; None where no such thing is said."""
    contrast = _ONE_ONLY.search(text) and (_AND_NOT.search(text) or _ONLY.search(text))
    if contrast is None:
        return None
    first = first_arm(contrast["first"])
    if contrast.re is _AND_NOT and first == first_arm(contrast["second"]):
        return None
    good = _helping(text)
    return None if good is None else good == first


def _helping(text: str) -> bool | None:
    """Whether what changed did so for the better."""
    change = CHANGE.search(text)
    if change is None:
        outcome = OUTCOME.search(text)
        return True if outcome and sign_of(outcome) > 0 else None
    beside = outcome_beside(text, change)
    return None if change["plain"] or not (beside or change["mend"]) else sign_of_change(change, beside) > 0


#: "Was greater in the ketamine arm": one arm's name stands for a comparison of the two.
_ABOUT_ARMS = re.compile(
    rf"\b(?:{_UP}|{_DOWN})(?: (?:frequent(?:ly)?|common(?:ly)?|often|likely|prevalent|severe|intense))? (?:in|among) (?:the |patients in the )?(?:{KETAMINE}|{CONTROL_ARM})[- ](?:group|arm)"
)


def _helps(text: str) -> bool:
    """Whether ketamine alone is said to have helped."""
    if _TWO_NAMED.search(text) and _BOTH_ACT.search(text):
        return False
    for agent in _AGENT.finditer(text):
        behind = _STOP.split(text[agent.end() : agent.end() + _REACH])[0]
        if _HELPS.search(behind):
            return True
    told = _HELP_OF.search(text)
    return told is not None and not _ASKED_OF.search(text[: told.start()])


#: Before "the efficacy of ketamine" these ask for it and tell nothing.
_ASKED_OF = re.compile(
    r"\b(?:report(?:ed|ing)? on|examin\w*|assess\w*|evaluat\w*|investigat\w*|explor\w*|stud(?:y|ied|ying)|look\w* at|test(?:ed|ing)?|determin\w*|address\w*|compar\w+) (?:the )?(?:[\w-]+ ){0,2}$"
)


_STOP = re.compile(r"[;:]")
#: Characters within which a verb belongs to its agent.
_REACH = 200


#: Groups with names of their own: "between responders and non-responders", "across doses".
_GROUPS_NAMED = re.compile(
    r"\bbetween (?:the )?(?P<first>[\w -]{3,40}?) and (?P<second>[\w -]{3,50}?)(?: (?:groups?|patients|participants|individuals|subjects|women|men))?(?=[,;.]|$| (?:in|on|at|for|with|over|after|by|were|was|during)\b)"
    r"|\b(?:across|among|between) (?:the )?(?:sub-?groups|protocols|sites|cent(?:er|re)s|ages|sexes|genders|raters|visits|sessions|time ?points)\b"
)
_BARE_GROUPS = re.compile(
    r"\b(?:groups?|arms?|active|treatments?|conditions|drug|baseline|week|day|hour|both|two|either|all)\b"
)


def _of_other_groups(text: str) -> bool:
    """Whether what did not differ were groups of which neither is an arm of the trial."""
    named = _GROUPS_NAMED.search(text)
    if named is None:
        return False
    return not (ARMS.search(named.group()) or _BARE_GROUPS.search(named.group()))


def _is_about_arms(text: str) -> bool:
    """Whether a denial speaks of ketamine or of the two groups, and of what the treatment is for."""
    if _of_other_groups(text):
        return False
    if ARMS.search(text) and _NO_BETTER.search(text):
        return True
    if _OF_ALL.fullmatch(text):
        return True
    outcome = _names_outcome(text) or "primary" in text or "outcomes" in text or _BETTER.search(text)
    if two_arms(text) and not outcome:
        return _OF_THE_ARMS.search(text) is not None
    if _INTERACTION.search(text) or ("primary" in text and re.search(r"\b(?:not met|missed|negative)\b", text)):
        return True
    arms = ARMS.search(text) or re.search(
        r"\bgroups?\b|\barms?\b|\bconditions\b|\btreatments?\b|\bdifferences?\b|\bdiffer|\binteraction|\binfusions?\b",
        text,
    )
    return bool(outcome and arms)


#: "Effects on attention": what they are on is the outcome, not the effects.
_BARE_EFFECT = re.compile(r"effects?\b(?: of [^;,]{1,60}?)? (?:on|upon|over)\b")


def _names_outcome(text: str) -> bool:
    return any(not _BARE_EFFECT.match(text, outcome.start()) for outcome in OUTCOME.finditer(text))


#: A denial of any difference between the arms, or of a pooled one, in so many words and no more.
_OF_ALL = re.compile(
    r"\W*(?:[\w-]+ )?(?:there (?:was|were) )?no (?:[\w-]+ ){0,3}?differences? (?:[\w-]+ ){0,2}?(?:between|among) (?:the )?(?:[\w-]+ )?(?:groups|arms|treatments)\W*"
    r"|\W*the (?:pooled|overall|combined) (?:[\w-]+ )?(?:difference|effect|estimate) (?:was|is) (?:[\w-]+ )?not (?:[\w-]+ )?significant\W*"
)
#: A denial of what tells the arms apart that names no measure; one that names another than of benefit is no null result.
_OF_THE_ARMS = re.compile(
    r"\b(?:no|without|any) (?:[\w-]+ ){0,4}?differences? (?:(?:at|on|by|after) [\w -]{1,20}? )?(?:between|from|when|among|across)\b"
    rf"|^\W*(?:the |both |all )?(?:[\w-]+ )?(?:{KETAMINE_ARM}|{CONTROL_ARM})(?: [\w-]+){{0,4}}? (?:differ\w*|separat\w*|better|good|well|distinguish\w*|indistinguishable|short|alike|on a par|comparable|similar|equivalent)\b"
    r"|\bno better\b|\bas (?:good|well) as\b"
)
#: Denials that speak of benefit by themselves.
_NO_BETTER = re.compile(
    r"\badd(?:s|ed)? (?:nothing|little)|\bno added|\bno (?:advantage|benefit|superiority)|\bmade no difference|\bineffective|\balike\b|\bimmaterial|\bon a par\b"
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
    if not (OUTCOME.search(text) or MENDED.search(text)):
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
    if degree.group() == "better":
        return True  # "better scores" are better whichever way they go
    near = re.split(
        rf"\b(?:with|for|among|after|following|by|at|on day|and an?|and (?=(?:[\w-]+ ){{1,2}}(?:{_UP}|{_DOWN})\b))\b",
        behind,
    )[0][:45]
    named = 0 if near.lstrip().startswith("point") else _of_what(near)
    polarity = named or _of_verb(text[: degree.start()]) or _last_outcome(text[: degree.start()])
    if polarity is None:
        polarity = _of_what(behind.split(" and a")[0])
    return None if polarity is None else (degree["up"] is not None) == (polarity > 0)


def _of_what(text: str) -> int | None:
    """The sign of what is named first: a change of an outcome, or the outcome itself."""
    change, outcome = CHANGE.search(text), OUTCOME.search(text)
    if change and (outcome is None or change.start() <= outcome.start() or _ONE_NOUN.match(text, outcome.start())):
        return sign_of_change(change, OUTCOME.search(text, change.end()))
    return sign_of(outcome) if outcome else None


#: Characters within which a verb belongs to the degree behind it.
_NEAR = 60
#: "To a smaller degree" speaks of the verb before it.
_EXTENT = re.compile(r" (?:degree|extent|so)\b")
#: A change behind the name of its outcome: "MADRS improvement", "symptom severity reduction".
_ONE_NOUN = re.compile(rf"[\w-]+ (?:[\w-]+ )??(?:{NAMED_CHANGE})\b")


def _of_verb(before: str, near: int = _NEAR) -> int | None:
    """The sign of a change that stands just before the degree: "scores fell more", "reduced symptoms more"."""
    changes = list(CHANGE.finditer(before))
    if not changes:
        return None
    if re.search(r"\b(?:was|were|is|are|be|been|appeared|proved) (?:[\w-]+ )?$", before):
        named = [match for match in changes if CHANGE_NAMED.fullmatch(match.group())]
        return sign_of_change(named[-1], outcome_beside(before, named[-1])) if named else None
    if len(before) - changes[-1].end() > near:
        return None
    return sign_of_change(changes[-1], outcome_beside(before, changes[-1]))


#: "The effect on scores was greater": the effect is what was greater.
_EFFECT_ON = re.compile(r"\b(?:effects?|impact|influence|action)\b[^;,]{0,50}?\bon (?:[\w-]+ ){0,4}$")


def _last_outcome(before: str) -> int | None:
    outcome = last(OUTCOME.finditer(before))
    if outcome and _EFFECT_ON.search(before, 0, outcome.start()):
        return 1
    return sign_of(outcome) if outcome else None


def _change_against(text: str) -> re.Match[str] | None:
    """A change that is told against another arm: "reduced symptoms compared with placebo"."""
    return CHANGE.search(text) if THAN.search(text) else None


def _changed(text: str, change: re.Match[str]) -> bool | None:
    if change["plain"]:
        return None
    return sign_of_change(change, outcome_beside(text, change)) > 0


#: One form of ketamine against another form and another drug.
_AND_ANOTHER = re.compile(rf" (?:[\w-]+ ){{0,2}}?(?:{KETAMINE}),? (?:and|or) (?:[\w-]+ )?(?:{CONTROL_ARM})")


#: "Fewer esketamine patients relapsed".
_ARM_BEHIND = re.compile(
    rf" (?:of the )?(?:(?P<k>{KETAMINE})|(?P<c>{CONTROL_ARM}))[- ](?:(?:treated|assigned) )?(?:patients|participants|recipients|women|mothers|subjects|children|adults|people|volunteers|individuals|cases)\b"
)


def _subject(text: str, marker: re.Match[str]) -> bool | None:
    """Whether the arm that is spoken of is ketamine's: the one that "than" or "compared with" does not name."""
    than = next((match for match in THAN.finditer(text) if match.start() >= marker.start()), None) or THAN.search(text)
    if than:
        reference = named_behind(text, than)
        if reference and first_arm(text[: than.start()]):
            if _AND_ANOTHER.match(text, than.end()):
                return True
            return None  # ketamine against ketamine with something else, or against another form of it
        if reference is not None:
            return not reference
        if THOSE.match(text, than.end()):
            return None  # some patients against others
    near = _ARM_BEHIND.match(text, marker.end()) or re.search(
        rf"^[^;]{{0,90}}?\b(?:in|with|for|among|by|following|after|of|to|on|under|given|when|where) (?:the |those |patients |participants |women |children |those given |those who received |patients given )?(?:[\w()-]+ ){{0,3}}?(?:(?P<k>{KETAMINE_ARM})|(?P<c>{CONTROL_ARM}))",
        text[marker.end() :],
    )
    if near:
        return near["k"] is not None
    before = last(ARMS.finditer(text, 0, marker.start()))
    return None if before is None else before["k"] is not None
