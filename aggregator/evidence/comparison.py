"""What ketamine was compared with, and what kind of control that is."""

# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
from __future__ import annotations

import re
from operator import itemgetter

from aggregator import lexicon, vocabulary
from aggregator.evidence.design import OPEN_TRIAL, SECOND_HAND, WITHOUT_PATIENTS
from aggregator.evidence.text import Hit, Reading
from aggregator.evidence.treatment import OTHER_AGENTS
from aggregator.summary import CountFact, DesignFact, Dose, Fact, Span

#: Comparators with their words, the one that names the control first; where they stand decides whether they count.
COMPARATORS = lexicon.patterns("comparators")
CONTROL_OF = {value: entry["control"] for value, entry in lexicon.table("comparators").items()}
_VERSUS_BEFORE = re.compile(
    r"\b(?:versus|vs\.?|compared (?:with|to)|compar(?:ing|ison)|relative to|than|(?<!-)over(?! (?:the |an? )?\d)|against|superior to|inferior to|non-?inferior(?:ity)? (?:to|of)|comparative study (?:of|with)|comparable (?:with|to)|either|alternative to|control\b)\s*:?\s*(?:to )?(?:(?!(?:for|among|undergoing|during|under)\b|in (?:\w+ )?(?:patients|adults|children|people|subjects|participants|volunteers|women|men)\b)[\w./()%+-]+[ ,]+){0,6}\(?$|/\s?$|\bgroup [a-z]{1,3}\b(?!.*\bketamine)[^.;]{0,50}$|\bor (?:with )?(?:(?!(?:for|referred|undergoing|receiving|with|following|after|during)\b)[\w./()%+-]+[ ,]+){0,4}$"
)
_VERSUS_AFTER = re.compile(
    r"^[^.;]{0,60}?\b(?:versus|vs\.?|compared (?:with|to)|or)\b[^.;]{0,60}?(?:ketamine|\bkx?\b)|^ (?:group|arm|control)|^[- ]controlled|^\W{0,2}(?:as (?:an? )?(?:active )?(?:control|placebo|comparator))"
)
_ALONGSIDE = re.compile(
    r"\b(?:plus|with|combined with|combination with|adjunct(?:ive)? to|added to|addition to|following|after|before|during|on|receiving|undergoing|pre-?treat\w*(?: with)?|concomitant|stable)\s+(?:[\w/-]+ ){0,2}$|\+ ?$|\bstable (?:doses?|dosages?|regimens?|treatment|medications?) (?:of |with |on )?(?:[\w/-]+,? ){0,6}$"
)
_DENIED = re.compile(
    r"\b(?:not|no|nobody|none|without|lack of|absence of) (?:a )?(?:[\w-]+ )?$|\bnot (?:\w+ ){1,2}to \w+ $|\b(?:un|non)-?$"
)
#: No group; "not different from other patients" is one.
_LACKING = re.compile(r"\b(?:no|without|lack of|absence of) (?:an? )?(?:[\w-]+ )?$|\b(?:un|non)-?$")
_FUTURE = re.compile(r"\b(?:future|further|larger|needed|warrant\w*|required|should|previous|prior)\b")
_ROUTE = r"(?:oral|intravenous|iv|i\.v\.|intranasal|in|intramuscular|im|subcutaneous|sc|sublingual)"
#: Doses, routes or enantiomers of ketamine held against each other; a count of administrations is none.
DOSE_GROUPS = re.compile(
    r"\b(?:different|various|varying|fixed|ascending|escalating|graded) (?:[\w./-]+ ){0,3}(?:doses|dosages|dose levels|dosing (?:regimens|schedules))\b|\b(?:two|three|four|five|six|2|3|4|5) (?:[\w./-]+ ){0,2}?(?:dose|dosage)[- ]?(?:groups?|levels?|arms?)\b|\bdose[- ](?:ranging|finding|comparison|escalation)\b|\bascending[- ](?:single[- ]|multiple[- ])?dose\b"
    r"|\bketamine (?:versus|vs\.?|compared (?:to|with)) esketamine|\besketamine (?:versus|vs\.?|compared (?:to|with)) (?:racemic )?ketamine|\bracemic ketamine (?:versus|vs\.?|and|or|to) esketamine|\b(?:repeated|multiple)(?:[- ]dose)? (?:versus|vs\.?) single"
    rf"|\b{_ROUTE} (?:\([^)]*\) )?(?:versus|vs\.?|compared (?:with|to)) {_ROUTE} (?:\([^)]*\) )?(?:racemic )?(?:es)?ketamine|\bdose[- ](?:response|related|dependent)\b(?= (?:\w+ ){{0,2}}(?:study|trial|effects of|comparison))"
)
#: Two doses or two forms as arms: placebo, 50 or 100 ng/ml; ketamine and esketamine given to different patients.
TWO_ARMS = re.compile(
    r"\b\d+(?:\.\d+)? ?(?:mg/day|mg|ng/ml|mg/kg|mg kg-1)?,? (?:ketamine )?(?:or|and|vs\.?|versus) \d+(?:\.\d+)? ?(?:mg/day|ng/ml|mg/kg|mg kg-1)(?: of)?(?: (?:racemic |iv |intravenous |s-|es)*(?:ketamine|ket01)| or placebo|,? or placebo)|\bplacebo(?: ?\([^)]*\))?,? (?:or |and )?(?:[\w-]+ )?(?:dose )?(?:ketamine )?(?:of )?\d+(?:\.\d+)? ?(?:mg/kg|ng/ml|mg)?(?: ?\([^)]*\))?,? (?:or|and) (?:ketamine )?\d+(?:\.\d+)? ?(?:mg/kg|ng/ml|mg)\b"
    r"|\b(?:effects of|received|receive|administration of) (?:two|three|four) (?:different )?(?:sub-?an\w+ )?doses of (?:iv |intravenous |s-|es)?ketamine\b(?! ?\(\d[\d.]* ?(?:mg|µg|mcg)[\w/]*\))(?![^.;]{0,60}\b(?:apart|separated by|later|intervals?)\b)|\b(?:intranasal|in) esketamine (?:and|or|versus|vs\.?) (?:intravenous|iv) ketamine|\b(?:intravenous|iv) ketamine (?:and|or|versus|vs\.?) (?:intranasal|in) esketamine|\bketamine (?:and|or) esketamine (?:intervention|treatment|infusions?|groups?)|\besketamine (?:and|or) ketamine (?:intervention|treatment|infusions?|groups?)"
)
_FORM = rf"(?:{_ROUTE}(?: ?\([^)]{{1,12}}\))?|racemic|r,?s-|(?:single|one|repeated|multiple|serial|several|continuous)(?:[- ]dose)?|(?:once |twice[- ]|thrice[- ]|bi-?)?weekly)"
_DRUG = r"(?:ketamine|(?:es|s-|\(s\)-|s\(\+\)-?)ketamine)"
#: Forms, routes, lengths or numbers of doses that are held against each other where people are assigned or compared.
FORMS_HELD = re.compile(
    rf"\b{_FORM}(?:, {_FORM})*,? (?:[\w-]+ )??(?:or|versus|vs\.?|and) (?:to )?{_FORM}[- ](?:[\w-]+ )??{_DRUG}|\b(?:racemic |r,?s-)?ketamine (?:or|versus|vs\.?) (?:es|s-|\(s\)-)ketamine|\b(?:es|s-|\(s\)-)ketamine (?:or|versus|vs\.?) (?:racemic |r,?s-)?ketamine|\b(?:racemic )?ketamine, (?:es|s-|ar)ketamine,? (?:or|and) (?:placebo|saline|midazolam)|\b(?:es|s-|ar)ketamine, (?:racemic )?ketamine,? (?:or|and) (?:placebo|saline|midazolam)"
    rf"|\b{_ROUTE} (?:racemic )?{_DRUG} (?:[\w-]+ )??(?:(?:was )?compared (?:with|to)|with|to|and|or|versus|vs\.?) {_ROUTE} (?:racemic )?{_DRUG}"
    r"|\bsingle[- ](?:dose|infusion|session|injection) (?:or|versus|vs\.?) (?:to )?(?:two|three|four|six|repeated|multiple|serial)\b"
    rf"|\bmin(?:ute)? (?:or|versus|vs\.?) \d+[- ]?min(?:ute)?[- ](?:[\w-]+ )??{_DRUG}|\b{_DRUG} (?:[\w-]+ )?by {_FORM}(?: \([^)]*\))?, {_FORM}(?: \([^)]*\))?,? (?:or|and) {_FORM}"
)
_ASSIGNED = re.compile(r"\brandomi[sz]|\brandomly|\bassigned|\ballocated|\bcompar(?:ed?|es|ing|ison)\b|\beither\b")
_WEIGHT = r"(?:mg|µg)(?:/kg| ?kg ?\(?-1\)?)"
_LABEL = r"(?: ?\([^)]{1,12}\))?"
_LEVEL = r"(?:very )?(?:low|lower|lowest|medium|moderate|intermediate|mid|high|higher|highest|full|active|comparator|control|inactive|sub-?therapeutic)"
_IN_LABEL = r"(?: ?\([^)]{1,20}\))?"
_MASS = rf"(?:{_WEIGHT}|mg|µg|ug|mcg)"
_COUNTED = r"(?: of)?(?: (?:[\w-]+ ){0,2}(?:es)?ketamine)? ?\((?:\w+ )?n ?= ?\d+\)"
#: Doses that can only be those of different arms or days: three of them in a list, two with names or numbers of people,
#: two concentrations.
DOSES_NAMED = re.compile(
    rf"\b0\.\d+(?: ?{_WEIGHT})?{_LABEL}, \d*\.?\d+(?: ?{_WEIGHT})?{_LABEL},? (?:and|or) \d*\.?\d+ ?{_WEIGHT}|\b0\.\d+ ?{_WEIGHT} \([^)]{{1,12}}\) (?:and|or|versus|vs\.?) \d*\.?\d+ ?{_WEIGHT} \("
    rf"|\b\d[\d.]* ?{_MASS}{_COUNTED},? (?:and|or|versus|vs\.?) \d[\d.]* ?{_MASS}{_COUNTED}"
    rf"|\b{_LEVEL}(?:[ -]doses?|-)?{_IN_LABEL}(?:, (?:or |and )?| (?:or|and|versus|vs\.?|to) )(?:an? |the )?{_LEVEL}-?{_IN_LABEL}[ -]doses?\b"
    rf"|\b(?!28|56|84)\d[\d.]*(?: ?{_MASS})?{_IN_LABEL}, \d[\d.]*(?: ?{_MASS})?{_IN_LABEL},? (?:and|or) \d[\d.]* ?{_MASS}"
    rf"|{_DRUG} doses (?:were|are|of) \d*\.?\d+ (?:and|or) \d*\.?\d+ ?{_WEIGHT}|\bconcentrations? of \d+ (?:and|or) \d+ ?ng"
    rf"|\b(?:one of|comparison of|comparing|compared|testing|different) (?:two|three|four|five|2|3|4|5) (?:[\w-]+,? ){{0,5}}?doses of (?:[\w-]+ ){{0,2}}{_DRUG}"
)
_ARMS = re.compile(
    r"\b(?:randomi[sz]|randomly|assigned|allocated|arms?\b|groups?\b|conditions?\b|either\b|placebo|saline|midazolam|doses\b|one of\b|versus\b|vs\b|cross-?over|counter-?balanced|compar)"
)
_NOT_ARMS = re.compile(
    r"\bbolus\b|\bfollowed by\b|\bper (?:hour|min)|/h\b|\btitrat|\bincreas|\bloading\b|\bthen\b|\bmaintenance\b|\binfused over\b"
)
NO_CONTROL = re.compile(
    r"\bopen[- ]label\b|\bsingle[- ](?:arm|group)\b|\buncontrolled\b|\bno (?:control|comparison|comparator|placebo) (?:group|arm)\b|\bwithout (?:an? )?(?:(?:parallel|concurrent) (?:group|arm)|(?:parallel |concurrent )?(?:control|comparator|placebo))\b|\bnon-?controlled\b|\bcase (?:report|series)\b|\bnaturalistic\b|\bretrospective(?:ly)?\b"
    r"|\b(?:lack|absence) of (?:a )?(?:placebo|control|comparator)|\bnot placebo[- ]controlled\b|\breal[- ](?:world|life)\b|\bobservational\b|\bchart review\b|\bpre-?post\b|\bopen (?:trial|study|design)\b|\bone[- ](?:arm|group)\b|\bnobody served as\b|\b(?:no|without) (?:any )?(?:other group|comparison|control)\b|\bcase[- ]?notes? review|\breview of (?:the )?(?:records|files|charts)\b|\breviewed the (?:records|files|charts)\b|\ball (?:participants|patients|subjects|of them) (?:got|took) (?:es)?ketamine"
)
#: A group beside those treated or those who use the drug: the kind of control is another group.
OTHER_GROUP = re.compile(
    r"\b(?:healthy|normal|matched|historical|historic|contemporaneous|concurrent|untreated|non-?drug|drug-free|polydrug|drug-na[iï]ve|unaffected|psychiatric|clinical|non-?clinical|non-?depressed)[- ](?:[\w-]+[ ,]+){0,3}?(?:controls\b|comparison (?:subjects|participants|group)|comparators\b)|\b(?:control|comparison|reference|comparator) (?:groups?|subjects|participants|individuals|cohorts?|sample|volunteers)\b|\bhcs\b"
    r"|\b(?:users?|abusers|patients|cases|group|subjects|participants|individuals) (?:\([^)]*\) )?(?:and|versus|vs\.?|with|than|to|from) (?:[\w±.()=,%-]+ ){0,5}(?:healthy (?:[\w-]+ ){0,3}?(?:volunteers|subjects|participants|individuals|controls|people|adults)|(?:drug|ketamine)-?na[iï]ve (?:volunteers|subjects|participants|individuals|people|adults)|controls\b|non-?(?:[\w-]+[ -])?users\b)|\bnon-?(?:[\w/-]+[ -])?users\b|\b(?:never|ex|past|former|infrequent)[- ]users\b|\bnovice\b.{0,40}\busers\b"
    r"|\bcompared (?:with|to) (?:(?:age|sex|gender)[\w,-]* (?:and [\w-]+ )?)?(?:matched |\W?healthy\b|normal |non-?depressed )|\bpropensity[- ](?:score)?|\bwho (?:did|do|had) not (?:use|receive|take|initiate)\b|\b(?:those|others|women|men|patients|participants) who (?:had|have|did|do|were) not\b(?= \(|[.,;])|\b(?:had |have |who )never (?:used|taken|tried|received)\b|\bnon-?exposed\b|\bunexposed\b|\bnot (?:receiving|exposed to|treated with) (?:(?:[\w-]+ ){0,2}(?:es)?ketamine|it\b)|\bwho (?:got|had|received|were given) (?:none|nothing|neither)\b|\b(?:from|than|to) (?:that (?:of|in) )?other (?:patients|participants|individuals)\b|\balone,? (?:or|versus|vs\.?|and) (?:[\w-]+ ){0,4}(?:plus|with|\+) (?:[\w-]+ ){0,3}(?:es)?ketamine|ketamine (?:plus|with|\+|and) (?:[\w-]+ ){1,4}(?:or|versus|vs\.?|compared (?:with|to)) (?:[\w-]+ ){1,4}alone\b|\bwith (?:and|or|versus|vs\.?) without (?:[\w-]+ )?(?:es)?ketamine|\bserved as (?:(?:an?|the|healthy|normal) ){0,2}controls?\b|\bnever[- ](?:treated|exposed)\b|\bcontrols \(n\b|\bcompared (?:with|to) (?:the )?controls\b|\b\d+ controls\b"
)
#: One group that was given the drug and measured before and after, or followed.
ONE_GROUP = re.compile(
    r"\b(?:before|prior to|pre-?|pre) ?(?:and|to|/|-)? ?(?:\w+ ){0,4}?(?:and )?(?:after|following|post)\b|\bat baseline\b(?=.{0,120}\b(?:after|following|post|day|days|week|weeks|hours?|h|minutes|last|end)\b)|\bfrom baseline\b|\bpre-?\s?(?:to|and|/) ?post\b|\bbaseline and\b|\bbaseline to\b|\bcompared (?:with|to) baseline\b"
    r"|\b(?:patients|participants|subjects|volunteers) (?:[\w-]+ ){0,3}?(?:were|was) (?:\w+ )?followed\b|\bwere followed (?:up )?for\b"
)


def comparators_of(reading: Reading, design: DesignFact, doses: tuple[Dose, ...]) -> tuple[Fact, ...]:
    """What ketamine was held against; background, adjuncts and mere mentions do not count."""
    if design.value in {"narrative-review", "comment", "preclinical", "guideline", "case-report", "qualitative"}:
        return ()
    found: dict[str, list[Span]] = {}
    for kind, pattern in COMPARATORS:
        for hit in reading.hits(pattern):
            value = _value_of(kind, hit, reading)
            if _is_comparator(value, hit, design, reading) and not (
                value in _DRUGS and _is_given_to_both(hit, reading)
            ):
                found.setdefault(value, []).append(hit.span)
    if "midazolam" in found and all(span in _named_active(reading) for span in found.get("other-active-placebo", ())):
        found.pop("other-active-placebo", None)
    if "placebo" in found and "saline" not in found and _is_the_active_one(reading, found, design):
        del found["placebo"]
    groups = _dose_groups(reading, design, doses)
    if groups:
        found["ketamine-dose"] = groups
    return tuple(Fact(value=value, spans=tuple(found[value][:6])) for value in vocabulary.COMPARATORS if value in found)


#: A placebo beside the active one: a third arm.
_BOTH_PLACEBOS = re.compile(
    r"\b(?:midazolam|remifentanil|fentanyl|diphenhydramine),? (?:\([^)]*\),? )?(?:and|or|versus|vs\.?),? (?:an? )?(?:inert |saline )?placebo|\bplacebo,? (?:\([^)]*\),? )?(?:and|or|versus|vs\.?),? (?:midazolam|remifentanil|fentanyl|diphenhydramine)|\bplacebo pills?\b|\bplus placebo\b|\b(?:inactive|inert)[- ]placebo|\bactive[- ]placebo\)?,? (?:and|or|versus|vs\.?) (?:an? )?placebo"
)


def _is_the_active_one(reading: Reading, found: dict[str, list[Span]], design: DesignFact) -> bool:
    """Whether "placebo" is but another word for the active placebo that is named; reviews pool trials of either."""
    if design.value in SECOND_HAND or not {"midazolam", "other-active-placebo"} & found.keys():
        return False
    return reading.first(_BOTH_PLACEBOS) is None


def _value_of(kind: str, hit: Hit, reading: Reading) -> str:
    """Drugs are active placebos where they are called so; those that often are also where the abstract has one."""
    if kind == "other-drug":
        called = _CALLED_ACTIVE.search(hit.before(60)) or _CALLED_ACTIVE_AFTER.match(hit.after(60))
        return "other-active-placebo" if called else kind
    if kind == "other-active-placebo" and "placebo" not in hit.match.group() and not _is_active(hit, reading):
        return "other-drug"
    return kind


def _is_active(hit: Hit, reading: Reading) -> bool:
    return bool(
        _CALLED_ACTIVE.search(hit.before(60)) or hit.beside(_ACTIVE_OR_CONTROL) or reading.low.search(_ACTIVE_CONTROL)
    )


#: "Active placebo (methylphenidate)", "placebo (90 mg of niacin)", "methylphenidate as an active placebo".
_CALLED_ACTIVE = re.compile(
    r"\b(?:active[- ]placebos?|placebos? \()(?:[- ]controlled)?[ ,:(]*(?:(?:of|with|using|the|an?|oral|low|low-dose|dose|\d[\d.]* ?(?:mg|g|µg|mcg)(?:/kg)?) )*$"
)
_CALLED_ACTIVE_AFTER = re.compile(
    r"^,? (?:[\w./()-]+ ){0,3}?as (?:an? |the )?(?:psycho)?active[- ]placebo|^ ?\((?:an? |the )?(?:psycho)?active[- ]placebo"
)
_ACTIVE_CONTROL = re.compile(r"active[- ](?:placebo|control|comparator)\b")
_ACTIVE_OR_CONTROL = re.compile(
    r"\b(?:psycho)?active\b(?=.*\b(?:placebo|control|comparator))|\b(?:placebo|control|comparator).*\b(?:psycho)?active\b"
)


def _named_active(reading: Reading) -> list[Span]:
    """Where "active placebo" stands without a drug's name; it is another name of the drug that is named."""
    return [hit.span for hit in reading.hits(_ACTIVE_PLACEBO)]


_ACTIVE_PLACEBO = re.compile(r"\b(?:psycho)?active[- ](?:(?:and|or) (?:inactive|inert) )?placebo\b")


def _is_comparator(value: str, hit: Hit, design: DesignFact, reading: Reading) -> bool:
    before = hit.before(90)
    future = hit.zone == "conclusion" and hit.beside(_FUTURE)
    aside = hit.zone in {"background", "registration"} or future
    if aside or _DENIED.search(before) or _ELSEWHERE.match(hit.after(40)):
        return False
    if value == "other-drug" and (design.value == "cross-sectional" or _is_used(hit)):
        return False  # a drug that people use by themselves, or a factor that was adjusted for
    if hit.zone == "conclusion" and not (_VERSUS_BEFORE.search(before) or _KETAMINE.search(hit.sentence_text())):
        return False
    directly = (_JUST_BEFORE, _WITH_IT, _GROUP_OF)
    loose = _CLASSES.fullmatch(hit.match.group()) and not any(way.search(before) for way in directly)
    all_had_it = _WITH_OR_WITHOUT.match(hit.after(40)) is not None
    if loose or all_had_it or (value in {"placebo", "psychotherapy"} and _is_no_arm(value, hit, before)):
        return False
    if design.value in SECOND_HAND:
        named = _ACTIVE_PLACEBO.match(hit.match.group()) or (
            value in _ALWAYS and (hit.in_title or hit.match.group().endswith("controlled") or _BESIDE.search(before))
        )
        held = named or _VERSUS_BEFORE.search(before) or _is_compared(hit) or _CONTROLS_WERE.search(before)
        return bool(held) and not (value == "ect" and (_is_in_both_arms(hit) or _is_under_an_anaesthetic(hit)))
    return not _is_no_arm(value, hit, before) and (value in _ALWAYS or _is_set_against(value, hit, before, reading))


#: "Compared with placebo in earlier trials".
_ELSEWHERE = re.compile(
    r" in (?:\w+ )?(?:earlier|previous|prior|past|published) (?:[\w-]+ )?(?:trials?|studies|study)\b"
)
_WITH_OR_WITHOUT = re.compile(r"^ (?:with (?:or|and) without|plus or minus) (?:[\w-]+ )?(?:es|s-)?ketamine")


def _is_used(hit: Hit) -> bool:
    return bool(_USE_OF.search(hit.before(60)) or _USE_AFTER.match(hit.after(40)) or hit.beside(_NO_ARMS))


_USE_OF = re.compile(r"\b(?:use|users|abuse|misuse|dependence) (?:of|on) (?:[\w-]+,? ){0,4}$")
_USE_AFTER = re.compile(r"^(?:,? [\w-]+){0,3} (?:use|users?|abuse|misuse|depend\w+|addict\w+|craving)\b")
_NO_ARMS = re.compile(r"\b(?:factors|predictors|previous studies|(?:has|have) been (?:reported|shown))\b")


def _is_no_arm(value: str, hit: Hit, before: str) -> bool:
    """Saline as a solvent, midazolam beside or against effects of the drug, "placebo" as a name of the active one."""
    if value == "saline":
        return _SOLVENT.search(before) is not None
    if value == "placebo":
        return _NAMES_THE_ACTIVE.search(before) is not None
    if value == "psychotherapy":
        return before.endswith("-assisted ") or _WITH_PLACEBO.match(hit.after(40)) is not None
    beside = (
        _is_had_by_all(hit, before)
        or _RESCUE.search(before)
        or _COMEDICATION.search(before)
        or _COMEDICATION_AFTER.match(hit.after(40))
    )
    return value == "midazolam" and beside is not None


def _is_had_by_all(hit: Hit, before: str) -> bool:
    """Whether everyone had it for their comfort, and not in turn with ketamine."""
    return bool(_ALL_HAD.search(before)) and not _IN_TURN.match(hit.after(60))


_ALL_HAD = re.compile(
    r"\b(?:all|everyone|everybody|both (?:groups|arms))(?: [\w-]+){0,2} (?:had|got|received|took|were (?:given|administered)) (?:(?:iv|intravenous|oral|\d[\d.]*|mg(?:/kg)?|of) )*$|^(?:all|everyone|everybody) (?:had|got|received|took) (?:(?:iv|intravenous|oral) )?$"
)
_IN_TURN = re.compile(
    r"^[^.;]{0,12}?(?:,| and| or| versus| vs\.?) [^.;]{0,20}ketamine|[^.;]{0,60}\b(?:order|turn|cross-?over)\b"
)
_NAMES_THE_ACTIVE = re.compile(r"\b(?:psycho)?active(?: |-|, )$|\bmidazolam (?:as a )?$")
#: Psychotherapy that the other arm had with a placebo, and that a drug assists.
_WITH_PLACEBO = re.compile(r"^ (?:plus|with|and|\+|combined with) (?:an? |inactive |active )*placebo")
#: "Trials of esketamine and placebo".
_BESIDE = re.compile(r"\b(?:inactive|inert) $|ketamine(?: [\w-]+){0,2} (?:and|or) (?:[\w-]+ )?$")
_COMEDICATION = re.compile(
    r"\b(?:sedated|anesthetized|anaesthetised|anaesthetized|premedicated|induced) with (?:[^.;]|\.\d){0,80}$|\b(?:pre-?medicat\w+|pre-?treat\w+|combin\w+|co-?administ\w+|sedated|plus|additional(?:ly)?|ketamine[/-]|ketamine and) (?:with |of )?(?:[\w./-]+ ){0,2}$|ketamine[/-]$"
)
#: Saline that a drug is dissolved in, and what is given against an effect of the drug.
_SOLVENT = re.compile(
    r"\b(?:diluted|dissolved|mixed|made up|prepared|suspended|reconstituted|in \d+ ?ml(?: of)?)\b[^.;,]{0,30}$"
)
_RESCUE = re.compile(
    r"\b(?:agitation|anxiety|rescue|reactions?|as needed|if needed|where needed|emergence)\b[^.;]{0,50}\b(?:with|by|received|given)? ?$"
)
_COMEDICATION_AFTER = re.compile(
    r"^ (?:was|were) (?:given|used|allowed|administered|available) (?:for|if|as needed|when|against|(?:before|prior to|after|alongside|together with) (?:es)?ketamine|as (?:a )?(?:rescue|premedication))|^ (?:[\w./()]+ ){0,3}(?:followed by|plus|pre-?medication|co-?administ)|^[/-](?:es)?ketamine"
)


#: Comparators whose mere mention in a study's methods or results means a control.
_ALWAYS = frozenset({"placebo", "saline", "midazolam", "wait-list"})


def _is_set_against(value: str, hit: Hit, before: str, reading: Reading) -> bool:
    if _is_alongside(before) or _MAINTAINED.search(before) or hit.zone in {"results", "conclusion"}:
        return False
    if value == "tms" and _MEASURED_WITH.search(before):
        return False
    if value == "ect" and _is_under_an_anaesthetic(hit):
        return False
    if value == "other-active-placebo" and ("placebo" in hit.match.group() or hit.beside(_ACTIVE_OR_CONTROL)):
        return True
    is_held = (
        hit.match.group().startswith(("control ", "ketamine ", "esketamine "))
        or _CALLED_ACTIVE.search(before)
        or any(way.search(before) for way in _HELD_ALL_THE_SAME)
        or _is_compared(hit)
        or _VERSUS_BEFORE.search(before)
        or _VERSUS_AFTER.match(hit.after(80))
        or (value == "other-drug" and _is_listed(hit, reading))
    )
    return bool(is_held) and not (value == "other-drug" and _is_in_both_arms(hit))


def _is_under_an_anaesthetic(hit: Hit) -> bool:
    """Whether both arms had ECT: its anaesthetics are compared."""
    return bool(_ECT_ANAESTHESIA.match(hit.after(40)) or len(_ECT_UNDER.findall(hit.sentence_text())) > 1)


_ECT_ANAESTHESIA = re.compile(r"^ an(?:a?e)sthe")
_ECT_UNDER = re.compile(r"\b(?:ect|electroconvulsive (?:therapy|treatment)) (?:under|with|using)\b")
#: Names of whole classes stand everywhere; they count right behind the word that holds them against ketamine.
_CLASSES = re.compile(
    r"(?:ssri|snri|opioid|opiate|benzodiazepine|antipsychotic|barbiturate|nsaid)s?|selective .*|(?:conventional|oral|traditional|standard|other) (?:antidepressants?|an.*|medications?|sedatives?)"
)
_JUST_BEFORE = re.compile(
    r"(?:\b(?:versus|vs\.?|(?:compared|comparison) (?:with|to)|than|against|alternative to)|ketamine,? or) (?:an? |to |with |oral |iv |intravenous |other |conventional |standard )*$"
)
#: "Treated with ketamine or propofol".
_OR_ELSE = re.compile(r"\beither $|ketamine,? (?:or|versus|vs\.?) (?:[\w.-]+ )?$")


def _is_alongside(before: str) -> bool:
    return bool(_ALONGSIDE.search(before) and not any(way.search(before) for way in _HELD_ALL_THE_SAME))


#: "Compared with propofol", then "comparing ketamine with propofol".
_HELD_WITH = re.compile(
    r"\b(?:compared|comparison|contrasted|comparable) with (?:(?!(?:plus|with|in|and|on|after|before|during|undergoing|receiving|given)\b)[\w./-]+ ){0,3}$"
)
_WITH_IT = re.compile(
    r"\bcompar(?:ed?|es|ing|ison) (?:(?!with\b)[\w./()%-]+ ){0,6}?(?:(?:es|s-)?ketamine)(?: \([^)]*\)| (?!with\b)[\w./-]+){0,3} with (?:(?!(?:plus|with|in|and|on)\b)[\w./-]+ ){0,2}$"
)
#: "Than those who received propofol": a group that is told by what it had.
_GROUP_OF = re.compile(
    r"\b(?:compared (?:with|to)|versus|vs\.?|than|against) (?:the |\d+ )?(?:those|patients|children|adults|subjects|participants|women|men|individuals|people|veterans) (?:who )?(?:were )?(?:treated with|sedated with|managed with|induced with|starting|started on|receiving|received|given|taking|on|having|had|got|underwent) (?:(?!(?:and|plus|with)\b)[\w-]+ ){0,2}$"
)


#: Ways of holding drugs against each other in which a "with" adds nothing.
_HELD_ALL_THE_SAME = (_OR_ELSE, _HELD_WITH, _WITH_IT, _GROUP_OF)


def _is_compared(hit: Hit) -> bool:
    """Whether it was "compared with ketamine", or it and ketamine "were compared"."""
    before, after = hit.before(160), hit.after(160)
    if hit.beside(_TOGETHER):
        return False
    if _COMPARES.search(before) and _WITH_KETAMINE.match(after):
        return True
    return bool(_BOTH_COMPARED.match(after) or (_AND_BEFORE.search(before) and _COMPARED_BEHIND.match(after)))


_COMPARES = re.compile(r"\bcompar(?:ed?|es|ing|ison) (?:of |between )?(?:(?!(?:with|to|ketamine)\b)[\w./()%-]+ ){0,5}$")
_WITH_KETAMINE = re.compile(
    r"^(?:(?!\b(?:plus|placebo|combined)\b)[^.;,]){0,40}?\b(?:with|to|and|versus|vs\.?) (?:(?!(?:placebo|saline)\b)[\w./()%-]+ ){0,7}?(?:es|s-)?ketamine"
)
_BOTH_COMPARED = re.compile(
    r"^(?: [\w()=%-]+){0,3} and (?:[\w()=%-]+ ){0,5}?(?:es|s-)?ketamine(?: [\w()=%-]+){0,4} (?:were|was) compared"
)
_AND_BEFORE = re.compile(r"ketamine(?: [\w()=%-]+){0,4} and (?:[\w()=%-]+ ){0,5}$")
_COMPARED_BEHIND = re.compile(
    r"^(?: [\w()=%-]+){0,4} (?:were|was) compared\b(?! (?:with|to) (?:placebo|saline|midazolam|controls?))"
)


def _is_listed(hit: Hit, reading: Reading) -> bool:
    """Whether it stands in a list with ketamine and an inert control, or beside ketamine in a crossover."""
    before, after = (_IN_BRACKETS.sub("", text) for text in (hit.before(160), hit.after(160)))
    if hit.beside(_TOGETHER):
        return False
    if _AND_KETAMINE.match(after) or _KETAMINE_AND.search(before):
        return reading.low.search(_CROSSED) is not None
    between = _ITEM_BEFORE.search(before) and _ITEM_BEHIND.match(after)
    if between is None or not hit.beside(_KETAMINE):
        return False
    return hit.beside(_INERT_ARM) or bool(hit.beside(_EFFECTS_OF) and reading.low.search(_CROSSED))


#: What everybody went on taking, be it the one or the other.
_MAINTAINED = re.compile(r"\b(?:maintained|continued|stabili[sz]ed|remained|kept) on (?:[\w/-]+ ){0,4}$")
_IN_BRACKETS = re.compile(r" ?\((?:[^()]|\([^()]*\))*\)")
#: The commas and conjunctions of a list.
_ITEM_BEFORE = re.compile(
    r"(?:[,;:]|\b(?:and|or|versus|vs\.?|of|to|received|got|had|between)) (?:(?!(?:with|for|on|in|by)\b)[\w./%-]+ ){0,4}[\w-]*$"
)
_ITEM_BEHIND = re.compile(r"(?: (?!with\b)[\w./%-]+){0,4}(?:,| and\b| or\b| versus\b| vs\b|;|\.?$)")
_INERT_ARM = re.compile(r"\b(?:placebos?|saline)\b")
_AND_KETAMINE = re.compile(r" and (?:[^,;.]|\.\d){0,60}ketamine")
_KETAMINE_AND = re.compile(r"ketamine(?:[^,;.]|\.\d){0,20} and (?:[\w./-]+ ){0,4}$")
_EFFECTS_OF = re.compile(r"\b(?:effects?|administration|comparison|doses?) of\b")
_CROSSED = re.compile(r"\bcross-?over|\bwithin-subjects?\b|\bhead[- ]to[- ]head")
_TOGETHER = re.compile(r"\bcombin|\btogether\b|\bco-?admin|\bmixture|\bpre-?treat|\binteract|\battenuat")


#: Comparators that are drugs, which may also have been given before ketamine or to both arms.
_DRUGS = frozenset({"other-drug", "antidepressant"})
_KETAMINE_BEFORE = re.compile(
    r"ketamine pre-?treat|\bpre-?treat\w* with (?:(?:either|iv|intravenous|low-dose|\d[\d.]*|mg(?:/kg)?|of|(?:[\w-]+,? )?[\w-]+,? (?:or|and)) ){0,4}(?:es|s-)?ketamine"
)


def _is_given_to_both(hit: Hit, reading: Reading) -> bool:
    """Whether the drug was held against placebo for what it does to ketamine's effects: before it, or against them."""
    word = re.escape(hit.match.group())
    modifies = rf"\b{word} (?:[\w-]+ ){{0,3}}(?:block|attenuat|abolish|prevent|revers|potentiat|antagoni[sz]|dampen)\w* (?:[\w-]+ ){{0,8}}ketamine"
    before = rf"\bpre-?treat\w*(?:,? [\w./-]+){{0,4}} {word}\b|\b{word}\b(?:,? [\w./-]+){{0,2}} pre-?treat|\b{word}\b[^.;]{{0,40}}\b(?:before|prior to) (?:the )?(?:session drug|(?:es)?ketamine)"
    found = re.search(f"{modifies}|{before}", reading.low)
    return found is not None and not reading.low.search(_KETAMINE_BEFORE)


_ADDED_AFTER = r"(?: (?:an(?:a?)esthesia|group|infusion))?(?: ?\([^)]*\))? ?(?:\+|/|plus|with|combined with|in combination with) ?(?:[\w-]+ ){0,2}(?:es|s-|\(s\)-)?ketamine"


_ADDED_BEFORE = r"ketamine(?: [\w./-]+){0,3}? ?(?:\+|plus|combined with|in combination with|added to|adjunct to|adjuvant to) (?:[\w-]+ ){0,2}"
_WITH_INERT = re.compile(r"^(?: \([^)]*\))? ?(?:plus|with|\+|combined with) ?(?:an? |normal )?(?:placebo|saline)")
_AND_INERT = re.compile(r"^ and (?:an? |normal )?(?:placebo|saline)")


def _is_in_both_arms(hit: Hit) -> bool:
    """Whether the other arm has the drug too: "propofol, or propofol with ketamine"."""
    word = re.escape(hit.match.group())
    text = hit.sentence_text()
    if _WITH_INERT.match(hit.after(40)) or (_CLASSES.fullmatch(hit.match.group()) and _AND_INERT.match(hit.after(40))):
        return True
    together = re.search(rf"\b{word}{_ADDED_AFTER}|{_ADDED_BEFORE}{word}\b", text)
    alone = re.search(rf"\bthe {word} (?:group|arm)\b", text)
    return bool(together and not alone and len(re.findall(rf"\b{word}\b", text)) > 1)


#: Magnetic stimulation as a measure of the cortex, not as a treatment.
_MEASURED_WITH = re.compile(r"\b(?:using|paired[- ]pulse|single[- ]pulse|assessed|measured|probed)\b[^.;]{0,30}$")


def _dose_groups(reading: Reading, design: DesignFact, doses: tuple[Dose, ...]) -> list[Span]:
    if design.value in SECOND_HAND:
        return _low_doses(reading) or [
            hit.span for hit in reading.hits(FORMS_HELD) if hit.zone in _OWN and _AGAINST_FORM.search(hit.match.group())
        ]
    found = [
        hit.span
        for hit in reading.hits(DOSE_GROUPS)
        if hit.zone not in {"background", "conclusion", "registration"} and not _DENIED.search(hit.before(60))
    ]
    found = found or [
        hit.span for hit in reading.hits(FORMS_HELD) if hit.zone in _OWN and hit.beside(_ASSIGNED) and not _chosen(hit)
    ]
    found = found or [
        hit.span
        for hit in reading.hits(DOSES_NAMED)
        if hit.zone in _OWN and not hit.beside(_STEPS) and _is_ketamines(hit)
    ]
    found = found or [hit.span for hit in reading.hits(TWO_ARMS) if hit.zone in _OWN and _are_two_arms(hit)]
    found = found or _doses_in_one_sentence(reading, doses)
    return found or _low_doses(reading) or _by_dose(reading, design)


def _are_two_arms(hit: Hit) -> bool:
    """Whether doses or forms are held against each other; "ketamine or esketamine treatment" alone holds nothing."""
    either_form = _EITHER_NAMED.fullmatch(hit.match.group()) is not None
    return not hit.beside(_NOT_ARMS) and (not either_form or (hit.beside(_ASSIGNED) and not _chosen(hit)))


_EITHER_NAMED = re.compile(r"(?:es)?ketamine (?:and|or) (?:es)?ketamine (?:intervention|treatment|infusions?|groups?)")


def _low_doses(reading: Reading) -> list[Span]:
    return [
        hit.span
        for hit in reading.hits(_LOW_DOSE)
        if hit.zone not in {"background", "registration"} and _is_control(hit)
    ]


def _is_control(hit: Hit) -> bool:
    before = hit.before(200)
    held = _AGAINST.search(before) and _KETAMINE.search(before)
    return bool(held or _CONTROLS_WERE.search(before) or _AS_CONTROL.match(hit.after(60)))


_AGAINST_FORM = re.compile(r"\b(?:versus|vs|compared)\b")
#: A dose of ketamine too small to work, as the control.
_LOW_DOSE = re.compile(
    r"\b(?:(?:very )?low(?:er)?|inactive|sub-?therapeutic|sub-?threshold|minimal)[- ]doses?(?: of)? (?:[\w-]+ )?(?:es)?ketamine"
)
_AGAINST = re.compile(r"\b(?:versus|vs\.?|compared (?:with|to)|relative to|than|against|or) (?:an? )?$")
_AS_CONTROL = re.compile(r"^[^.;,]{0,30} as (?:an? |the )?(?:active )?(?:control|placebo|comparator)")
_CONTROLS_WERE = re.compile(
    r"\b(?:control|comparison|comparator)s?(?: (?:groups?|arms?|conditions?|interventions?))? (?:consisted of|comprised|included|received|was|were)\b[^.;]{0,40}$"
)


def _doses_in_one_sentence(reading: Reading, doses: tuple[Dose, ...]) -> list[Span]:
    """Doses of ketamine, in one unit, that one sentence tells of different people or days.

    No loading dose with its infusion, no steps of one patient's dose, no dose that belongs to another drug's arm.
    """
    told: dict[tuple[int, str], list[tuple[int, str, Span]]] = {}
    for dose in doses:
        amount, _, unit = dose.value.partition(" ")
        for span in dose.spans if "-" not in amount else ():
            passage, sentence = reading.of(span)
            begin = passage.start + span.start
            if sentence.zone in _OWN and not passage.low.endswith("placebo (", 0, begin):
                told.setdefault((sentence.start, unit), []).append((begin, amount, span))
    for (start, _), rows in told.items():
        if len({amount for _, amount, _ in rows}) > 1 and _are_arms(reading, start, sorted(rows, key=itemgetter(0))):
            return [span for _, _, span in rows]
    return []


def _are_arms(reading: Reading, start: int, rows: list[tuple[int, str, Span]]) -> bool:
    passage, sentence = reading.at(start)
    first, last = rows[0][0], rows[-1][0]
    amounts = {amount for _, amount, _ in rows}
    between = [match.group() for match in reading.low.finditer(OTHER_AGENTS, first, last)]
    if set(between) - _INERT or (amounts <= _STRENGTHS and not reading.low.search(_HELD, sentence.start, sentence.end)):
        return False
    if passage.low.search(_STEPS, sentence.start, sentence.end):
        return False
    listed = first == last and len(amounts) > 2
    if listed or passage.low.search(_NOT_ARMS, sentence.start, sentence.end):
        return listed
    return len(amounts) > 2 or passage.low.search(_ARMS, sentence.start, sentence.end) is not None


_INERT = frozenset({"placebo", "saline"})
#: Strengths of the nasal spray, which a physician chooses between.
_STRENGTHS = frozenset({"28", "56", "84"})
#: Effects that go with the dose show that several were given; people who use the drug by themselves chose theirs.
_WITH_DOSE = re.compile(r"\bdose[- ](?:dependent|related|proportional)(?:ly)?\b")
_TRIALS = frozenset({"randomized-trial", "non-randomized-trial", "secondary-analysis"})


def _by_dose(reading: Reading, design: DesignFact) -> list[Span]:
    if design.value not in _TRIALS:
        return []
    return [
        hit.span
        for hit in reading.hits(_WITH_DOSE)
        if hit.zone in _OWN and hit.beside(_KETAMINE) and not _DENIED.search(hit.before(60))
    ]


#: Steps by which one patient's dose rose.
_STEPS = re.compile(
    r"\btitrat|\bescalat|\bincreas(?:ed|ing)\b|\b(?:rais(?:ed|ing)|rising|up-?titrated|uptitrated|adjusted|increments?|stepwise|start(?:ed|ing)|initially)\b|\bif tolerated\b|\bthen\b|\bfollowed by\b(?! (?:a |an )?(?:maintenance|infusion))|\bbolus\b|\bdivided (?:over|doses)\b|\bfirst (?:hour|dose|session|infusion|treatment|\d+ min)"
)
#: Studies of patients who had one form or the other hold neither against the other by that alone.
_EITHER_FORM = re.compile(
    r"\b(?:who|patients|have|had|having) (?:\w+ )?(?:received|treated with|receiving|taking|prescribed|given)\b"
)


def _chosen(hit: Hit) -> bool:
    """Whether people had the one form or the other, or studies were of either, and nothing was held against anything."""
    return bool(_TRIALS_OF.search(hit.before(40)) or (hit.beside(_EITHER_FORM) and not hit.beside(_BY_LOT)))


_TRIALS_OF = re.compile(r"\b(?:trials|studies|rcts|reports) (?:of|on|with|using|involving) $")


_BY_LOT = re.compile(r"\brandomi[sz]|\brandomly|\bcompar")


def _is_ketamines(hit: Hit) -> bool:
    other = OTHER_AGENTS.search(hit.match.group()) or OTHER_AGENTS.match(hit.after(30).lstrip(" (of"))
    return not other and hit.beside(_KETAMINE)


#: Words that hold doses against each other.
_HELD = re.compile(
    r"\b(?:was|were) compared\b|\bagainst\b|\bstrengths\b|\beither\b|\bdose groups\b|\bassigned at random\b"
)


_KETAMINE = re.compile(r"ketamine|\bket\b")


def control_of(
    reading: Reading, design: DesignFact, comparators: tuple[Fact, ...], sample: CountFact | None
) -> Fact | None:
    """The kind of control; "none" where words say that there was none, or that one group was treated or asked.

    A group that got no drug of the study, such as healthy people or non-users, counts with usual care.
    """
    if design.value in WITHOUT_PATIENTS:
        return None
    by_value = {fact.value: fact for fact in comparators}
    for name, kind in CONTROL_OF.items():
        if name in by_value:
            return Fact(value=kind, spans=by_value[name].spans)
    if design.value == "case-report":
        return Fact(value="none", spans=design.spans) if design.spans else None
    group = next((hit for hit in reading.hits(OTHER_GROUP) if hit.zone in _OWN and not _is_no_group(hit)), None)
    if group:
        return Fact(value="usual-care", spans=(group.span,))
    return None if design.value in {"randomized-trial", "case-control"} else _uncontrolled(reading, design, sample)


def _is_no_group(hit: Hit) -> bool:
    """No group at all, or those of the one group who did not stay or get better."""
    return bool(
        _LACKING.search(hit.before(30)) or (hit.match.group().endswith((" not",)) and hit.beside(_STAYED_OR_BETTER))
    )


_STAYED_OR_BETTER = re.compile(
    r"\b(?:dropped out|drop-?outs?|attrition|complet\w+|respond\w*|remit\w*|relaps\w+|improved)\b"
)


def _uncontrolled(reading: Reading, design: DesignFact, sample: CountFact | None) -> Fact | None:
    """The words that show a study without a comparison, the plainest first."""
    hit = next((hit for hit in reading.hits(NO_CONTROL) if _is_of_this_study(hit)), None)
    if hit is None and design.value in _ONE_GROUP_DESIGNS and design.spans:
        return Fact(value="none", spans=design.spans)
    if hit is None and design.value == "non-randomized-trial":
        hit = next((hit for hit in reading.hits(OPEN_TRIAL) if hit.zone in _OWN), None)
    if hit is None and design.value != "protocol":
        hit = next((hit for hit in reading.hits(ONE_GROUP) if hit.zone in _OWN), None)
    if hit is None and design.value == "non-randomized-trial" and sample and not _compares(reading):
        return Fact(value="none", spans=design.spans) if design.spans else None
    return Fact(value="none", spans=(hit.span,)) if hit else None


def _is_of_this_study(hit: Hit) -> bool:
    return hit.zone != "registration" and (hit.zone != "background" or hit.beside(_THIS_STUDY))


#: What an introduction says of the study itself.
_THIS_STUDY = re.compile(r"\b(?:in|of) (?:this|the present|the current|our) (?:[\w-]+ ){0,4}(?:trial|study)\b|\bwe\b")


def _compares(reading: Reading) -> bool:
    """Whether any words of the study's own speak of arms, groups or comparison conditions."""
    return any(hit.zone in _OWN for hit in reading.hits(_COMPARISON))


_COMPARISON = re.compile(
    r"\b(?:arms?|groups|versus|vs|placebo|blind(?:ed)?|double-blind|cross-?over|counter-?balanced|controlled|compared|comparison)\b"
)


_ONE_GROUP_DESIGNS = frozenset({"cohort", "cross-sectional", "qualitative"})
_OWN = frozenset({"title", "objective", "methods", "results", "open"})
