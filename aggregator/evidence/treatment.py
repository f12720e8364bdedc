"""What was given: drug and enantiomer, route, dose bound to its drug, regimen, phase of the trial.

A plain "ketamine" is read as ketamine, be it racemic or unspecified. Route is read, never inferred from the drug.
"""

# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aggregator import lexicon
from aggregator.evidence.design import SYNTHESES, WITHOUT_PATIENTS
from aggregator.evidence.places import Ending, Text
from aggregator.evidence.quantities import value_of
from aggregator.evidence.text import Hit, Reading
from aggregator.evidence.wordings import Wording, of_strength, wordings
from aggregator.lexicon.numbers import NUMBER
from aggregator.summary import DesignFact, Dose, Fact, Regimen, Span

#: What stands before "ketamine", with the drug that it makes of it; the first that fits decides.
DRUG_PREFIXES: tuple[tuple[str, str], ...] = (
    ("hydroxynorketamine", r"(?:\(?2[rs],? ?6[rs]\)?[-; ]*)*hydroxy-?nor"),
    ("norketamine", r"(?:\b[rs]-|\([rs]\)-)?nor"),
    (
        "esketamine",
        r"\bes|\bdex(?:tro)?-?|(?<![\w,/+])s[- ]?\(\+\)[- ]?|\(\+\)-?(?:s-)?|\(s\)[- ]?\(?\+?\)?-?|(?<![\w,/+])s-|\bs\+ ?-? ?|(?<![\w,/+])\(?s\)?(?: ?\(\+\))?[- ](?:enantiomer|isomer)s? (?:of )?(?:racemic )?|(?<![\w,/+])s(?=$)",
    ),
    (
        "arketamine",
        r"\bar|\(r\)[- ]?\(?-?\)?-?|(?<![\w,/+])r-|\br-?\(-\)-?|(?<![\w,/+])\(?r\)?(?: ?\(-\))?[- ](?:enantiomer|isomer)s? (?:of )?(?:racemic )?",
    ),
    ("ketamine", r"\(?r,? ?s\)?[- ]?|\(rs\)-|\bracemic |\b(?:post|pre)-?|(?<![a-z0-9])"),
)
DRUG_PREFIX_ENDINGS = tuple((value, Ending(pattern)) for value, pattern in DRUG_PREFIXES)
_STEM = re.compile(r"ketamin(?:es?)?(?![a-z])")
#: Names without "ketamine" in them, with the letters that the text must hold.
DRUG_NAMES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("hydroxynorketamine", "hnk", re.compile(r"\b(?:\(?2[rs],? ?6[rs]\)?-)?hnks?\b")),
    ("esketamine", "spravato", re.compile(r"\bspravato\b")),
    ("esketamine", "esk-", re.compile(r"\besk-?(?:ns|nsp|in)\b")),
    ("arketamine", "hr071603", re.compile(r"\bhr071603\b")),
    ("arketamine", "pcn-101", re.compile(r"\bpcn-101\b")),
    ("ketamine", "ket01", re.compile(r"\bket01\b")),
    ("ketamine", "ketalar", re.compile(r"\bketalar\b")),
)

ROUTES = lexicon.patterns("routes")
_ROUTE_CASED: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "intravenous",
        re.compile(
            r"\bIV\b(?=[- ](?:[a-z-]+ ){0,2}(?:es|S-)?(?:[Kk]et|infus|inject|admin|dos|bolus|drip|route|treat)|\)? )(?<!DSM-IV)(?<!DSM IV)(?<!Phase IV)(?<!phase IV)"
        ),
    ),
    ("intranasal", re.compile(r"\bIN\b(?= (?:es|ket|spray|admin|dos|route|treat)|\))")),
    ("intramuscular", re.compile(r"\bIM\b(?= (?:ket|inject|admin|dos|route)|\))")),
    ("subcutaneous", re.compile(r"\bSC\b(?= (?:ket|esk|inject|admin|dos|route|bolus)|\))|\bketamine SC\b")),
    ("sublingual", re.compile(r"\bSL\b(?= (?:ket|admin|dos))|\bAt-Home Ketamine\b")),
)
_ROUTE_NOT_OURS = re.compile(
    r"\b(?:psilocybin|lsd|mdma|dmt|ayahuasca|midazolam|antidepressants?|placebo(?! group)|haloperidol|clozapine|lamotrigine|olanzapine|propofol|methohexital|lidocaine|magnesium|scopolamine|contraceptives?|quetiapine|ssri|snri|aripiprazole|lorazepam|diazepam|saline)\b[^.;,]{0,25}$"
)
#: "Ketamine and placebo infusions": the drug's route too.
_SHARED_ROUTE = re.compile(
    r"ketamine(?: ?\([^)]*\))?(?: with)? ?(?:and|or|/|vs\.?|versus|with)(?: an?)? (?:placebo|saline|midazolam|active)[ \w]{0,12}$"
)
_ORAL_ANTIDEPRESSANT = re.compile(
    r"^ (?:[\w-]+ ){0,2}(?:antidepress|ad\b|contracept|cavity|history|health|medication|midazolam|diazepam)"
)
_ROUTE_FOREIGN_AFTER = re.compile(
    r"^\)?\s*(?:\(\w+\) )?(?:[\w-]+ ){0,1}(?:naltrexone|esmolol|morphine|fentanyl|haloperidol|lorazepam|cannulation|access|catheter|lidocaine|magnesium|psilocybin|dmt|scopolamine|propofol|placebo(?! and)|saline|methylprednisolone|racemic methadone|oxytocin|insulin|dihydroergotamine|midazolam|clomipramine|citalopram|lanicemine|dexmedetomidine|brexanolone|ethanol|alcohol|thiopental|line|access|cannula|drug users?|remifentanil|fluids?)\b"
)

_VALUE = r"(?:0\. (?=\d\d? ?mg)\d+|\d+(?:[.,]\d+)?|[.,]\d+)"
_UNIT = r"(?:mg|µg|μg|mcg|ug|g)"
_RANGE = (
    rf"{_VALUE}(?:\s?(?:mg|µg|μg|mcg)?(?:\s?/\s?kg)?\s?(?:-|to|or|and|,|/|vs\.?|versus|, and|, or|up to)\s?{_VALUE})*"
)
#: The drug within its unit: mg ketamine/kg.
_OF_OURS = r"(?:(?:of )?(?:es|[rs]-)?ketamine\s?(?=/|per))?"
#: mg/kg and its kin; the number may be a list: 0.2 or 0.5 mg/kg.
PER_KG = re.compile(
    rf"(?P<value>{_RANGE})[\s-]?(?P<unit>(?:mg|µg|μg|mcg|ug|microg)\s?{_OF_OURS}(?:/|per|\.)\s?(?:(?:70\s?)?kg(?:\s?-1)?|kilogram)(?:\s?(?:/|per|\.)\s?(?:h|hr|hour|min|minute|day|d)\b)?|(?:mg|µg|μg|mcg|ug|microg) ?kg(?: ?\(?-1\)?(?: ?(?:hr?|min) ?\(?-1\)?)?)?)(?![\w])"
)
_WEIGHT = r"(?:mg|µg|μg|mcg|ug|microg(?:rams?|m)?)"
FIXED = re.compile(
    rf"(?P<value>{_VALUE}(?:[\s-]?{_WEIGHT}?,?\s?(?:-|to|or|and|,|/|, or|, and)\s?{_VALUE})*)[\s-]?(?P<unit>{_WEIGHT}(?:\s?/\s?(?:day|d|h|hr|hour))?)(?![\w/⋅]|\s?/|\s?[.]?{_OF_OURS}(?:/|per )?\s?(?:kg|kilogram))"
)
#: Letters of which a record with a dose holds some.
_WEIGHTS = ("mg", "g/kg", "µg", "μg", "mcg", "microg")
#: Other drugs to which a number may belong.
OTHER_AGENTS = re.compile(lexicon.pattern_of_all("agents"))
_ANIMAL_DOSE = re.compile(
    r"\bi\.p\.|\bip\b|intraperitoneal|\bmice\b|\bmouse\b|\brats?\b|\brodents?\b|\bmonkeys?\b|\bmacaques?\b|\bprimates?\b|\bmarmosets?\b|\bdogs?\b|\bcats?\b|\bpigs?\b|\bpiglets?\b|\b(?:zebra)?fish\b|\brabbits?\b|\bsheep\b|\bhorses?\b"
)
#: Doses of a model are nobody's.
_SIMULATED = re.compile(
    r"\bsimulated (?:[\w-]+ ){0,2}(?:dos|concentr|exposur|plasma|pharmaco)|\bmodels? (?:\w+ )?simulated\b|\bsimulations\b"
)

#: Wording for how often the drug was given.
_REGIMENS = wordings("regimens")
_PLAIN, _WEAK = (of_strength(_REGIMENS, strength) for strength in ("plain", "weak"))
_SESSIONS = _REGIMENS["sessions"]
_ANOTHER_COURSE = Ending(lexicon.pattern_before(lexicon.table("regimens")["another-course"]["words"]))
_ONE_OF_EACH = re.compile(lexicon.pattern_behind(lexicon.table("regimens")["one-of-each"]["words"]))
_NUMBER = re.compile(NUMBER)
#: Designs in which it is the study that gives the drug.
_TRIALS = frozenset({"randomized-trial", "non-randomized-trial", "protocol"})

_OF_ANOTHER = re.compile(
    rf" (?:(?:of|with) (?:[\w-]+ )?)?(?:{lexicon.pattern_of_all('agents', but='inert')}|ect\b|electroconvulsive|r?tms\b)(?! (?:and|or|versus|vs\.?) (?:(?!got|had|received|were|was)[\w-]+ )?(?:es|s-)?ketamine)"
)

PHASE = re.compile(
    r"\bphases? ?-?(?P<phase>(?:iii?|iv|i|[1-4])[abc]?)(?: ?(?:/|-|and|or) ?(?P<second>(?:iii?|iv|i|[1-4])[abc]?))?\b(?= ?\(?(?:[\w-]+[ ,]+){0,6}?\(?(?:trials?|study|studies|clinical|randomi[sz]ed|double|open|placebo|multicent|extension|program|development|esketamine|dose|proof|\w+-\w+ (?:trial|study)))|\b(?:trial|study) phase:? ?(?P<named>[1-4])\b"
)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}


def drugs_in(low: Text, first: int = 0, last: int | None = None) -> list[tuple[int, int, str]]:
    """Every naming of a drug between two offsets: start, end, drug."""
    last = len(low) if last is None else last
    named = [_named(low, match) for match in low.finditer(_STEM, first, last)]
    for value, letters, pattern in DRUG_NAMES:
        if low.places(pattern) and letters in low:
            named.extend((match.start(), match.end(), value) for match in low.finditer(pattern, first, last))
    return [name for name in named if name]


#: Signs of the longest prefix: "(s)(+)-enantiomer of racemic ".
_PREFIX = 32


def _named(low: str, match: re.Match[str]) -> tuple[int, int, str] | None:
    begin = max(0, match.start() - _PREFIX)
    before = low[begin : match.start()]
    for value, pattern in DRUG_PREFIX_ENDINGS:
        found = pattern.search(before)
        if found:
            return begin + found.start(), match.end(), value
    return None


def drugs_of(reading: Reading, design: DesignFact) -> tuple[Fact, ...]:
    """The drugs under study; one that only the background names does not count."""
    found: dict[str, list[Span]] = {}
    aside: dict[str, list[Span]] = {}
    for start, end, value in drugs_in(reading.low):
        passage, sentence = reading.at(start)
        kept = aside if sentence.zone in {"background", "registration"} else found
        kept.setdefault(value, []).append(passage.span(max(start, passage.start), end))
    for hit in reading.hits(_EITHER):
        kept = aside if hit.zone in {"background", "registration"} else found
        kept.setdefault("esketamine", []).append(hit.span)
    for hit in reading.hits(_EACH):
        kept = aside if hit.zone in {"background", "registration"} else found
        kept.setdefault(_ENANTIOMERS[hit.match["letter"]], []).append(hit.span)
    chosen = found or aside
    if _is_aside(chosen, reading, design):
        return ()
    _drop_mentions(chosen, reading, design)
    if both := reading.in_title(_ITS_ENANTIOMERS):
        for value in _ENANTIOMERS.values():
            chosen.setdefault(value, [both.span])
    return tuple(Fact(value=value, spans=tuple(chosen[value][:8])) for value in _DRUG_ORDER if value in chosen)


#: The two drugs in one word.
_EITHER = re.compile(r"\(es\)-?ketamine")
#: The first of two enantiomers that share the word: "(R)- and (S)-ketamine".
_EACH = re.compile(
    r"(?<![\w,/+])\(?(?P<letter>[rs])\)?(?:\([+-]\))?- ?(?:and|or|versus|vs\.?|but not) \(?[rs]\)?(?:\([+-]\))?-? ?(?:ketamine|(?:enantiomers|isomers) of (?:racemic )?ketamine)"
)
_ITS_ENANTIOMERS = re.compile(r"\bketamine(?: \([^)]*\))?,? and its (?:[\w()+-]+ ){0,2}(?:enantiomers|stereoisomers)\b")
_ENANTIOMERS = {"r": "arketamine", "s": "esketamine"}
_DRUG_ORDER = ("ketamine", "esketamine", "arketamine", "norketamine", "hydroxynorketamine")


def _drop_mentions(found: dict[str, list[Span]], reading: Reading, design: DesignFact) -> None:
    """Plain ketamine beside its enantiomer is often the class; a metabolite counts only where it is a subject."""
    title = {value for _, _, value in drugs_in(reading.low, 0, len(reading.title.text))}
    for special in ("esketamine", "arketamine"):
        if special in title and "ketamine" not in title and "ketamine" in found and special in found:
            if not _compares(reading):
                del found["ketamine"]
        elif "ketamine" in title and special not in title and len(found.get(special, ())) == 1:
            _drop_unless_subject(found, special, reading, design)
    given = {value for start, end, value in drugs_in(reading.low) if _is_given(reading, start, end)}
    enantiomers = given & found.keys() & {"esketamine", "arketamine"}
    if enantiomers and "ketamine" not in given and design.value not in WITHOUT_PATIENTS and not _compares(reading):
        found.pop("ketamine", None)
    for metabolite in ("norketamine", "hydroxynorketamine"):
        if metabolite in found and metabolite not in title and len(found[metabolite]) < 2:
            del found[metabolite]


def _drop_unless_subject(found: dict[str, list[Span]], special: str, reading: Reading, design: DesignFact) -> None:
    if not _is_subject(reading, found[special][0], design):
        del found[special]


def _is_subject(reading: Reading, span: Span, design: DesignFact) -> bool:
    """Whether an enantiomer that is named once was given, or, in a review, held against others or found."""
    passage, sentence = reading.of(span)
    if design.value in SYNTHESES:
        asks = sentence.zone in {"objective", "methods"} and passage.low.search(_RACEMIC, sentence.start, sentence.end)
        return sentence.zone == "results" or bool(asks)
    return design.value not in WITHOUT_PATIENTS and _is_given(
        reading, passage.start + span.start, passage.start + span.end
    )


_GIVING = re.compile(
    r"\b(?:receiv\w+|administ\w+|infus\w+|inject\w+|given|giving|dos(?:e|es|ed|ing)|treated|treatment|bolus|assigned|randomi[sz]ed|nasal spray)\b|\bmg\b"
)


def _is_given(reading: Reading, start: int, end: int) -> bool:
    """Whether a sentence of the study's own says that this drug was given; "ketamine-induced" names the class."""
    passage, sentence = reading.at(start)
    if sentence.zone not in {"objective", "methods", "open"} or reading.low[end : end + 1] == "-":
        return False
    return bool(passage.low.search(_GIVING, sentence.start, sentence.end))


#: Drugs by which a title shows that ketamine, named once, is one of a list.
OTHER_SUBJECT = re.compile(
    r"\bpsilocybin\b|\blsd\b|\bmdma\b|\becstasy\b|\bdmt\b|\bayahuasca\b|\bghb\b|\bibogaine\b|\bmescaline\b|\bcannabis\b|\bmethamphetamine\b"
)


def _is_aside(found: dict[str, list[Span]], reading: Reading, design: DesignFact) -> bool:
    """A drug named once in a study whose title names another one; a review counts every drug it covers."""
    if design.value in WITHOUT_PATIENTS or "ketamin" in reading.title_low or not reading.in_title(OTHER_SUBJECT):
        return False
    return all(len(spans) == 1 for spans in found.values())


_RACEMIC = re.compile(
    r"\bracemic ketamine\b|\br,?s-ketamine\b|\bketamine (?:and|or|versus|vs\.?) (?:es|ar|[rs]-|\([rs]\)-)ketamine|\bketamine/esketamine|\besketamine/ketamine|\besketamine (?:and|or|versus|vs\.?) ketamine"
)


def _compares(reading: Reading) -> bool:
    return any(hit.zone != "background" for hit in reading.hits(_RACEMIC))


def routes_of(reading: Reading, design: DesignFact) -> tuple[Fact, ...]:
    """Routes by which ketamine or its kin were given; of a review those that its title or its question names."""
    found: dict[str, list[Span]] = {}
    pools = design.value in {"meta-analysis", "systematic-review", "narrative-review", "guideline"}
    for cased, table in ((False, ROUTES), (True, _ROUTE_CASED)):
        for value, pattern in table:
            for hit in reading.hits(pattern, cased=cased):
                if _is_our_route(hit) and (not pools or hit.zone in {"title", "objective"}):
                    found.setdefault(value, []).append(hit.span)
    if len(found) > 1:
        _weaken(found, reading)
    return tuple(Fact(value=value, spans=tuple(found[value][:6])) for value, _ in ROUTES if value in found)


def _is_our_route(hit: Hit) -> bool:
    if not hit.in_title and hit.zone in {"background", "registration"}:
        return False
    if hit.match.group() == "SC" and "spinal cord" in hit.passage.low:
        return False
    if hit.zone == "conclusion" and hit.match.group().startswith(("infus", "bolus")):
        return "ketamine" in hit.sentence_text()
    return not (
        (_ROUTE_NOT_OURS.search(hit.before(40)) and not _SHARED_ROUTE.search(hit.before(60)))
        or _ROUTE_FOREIGN_AFTER.match(hit.after(40))
        or _ORAL_ANTIDEPRESSANT.match(hit.after(30))
    )


def _weaken(found: dict[str, list[Span]], reading: Reading) -> None:
    """Words such as "infusion" or "bolus" do not add a vein where another route is named."""
    spans = found.get("intravenous")
    if spans and not any(_names_vein(reading, span) for span in spans):
        del found["intravenous"]


def _names_vein(reading: Reading, span: Span) -> bool:
    passage, _ = reading.of(span)
    return "v" in passage.verbatim(passage.start + span.start, passage.start + span.end).lower()


def doses_of(reading: Reading, design: DesignFact) -> tuple[Dose, ...]:
    """Doses of ketamine and its kin as written, each bound to the nearest drug of its clause.

    A dose of a comparator, of an animal experiment or of the background is left out; so are those of a review's
    studies, unless they are its title's subject.
    """
    pools = design.value in WITHOUT_PATIENTS
    if design.value == "preclinical" or not any(letters in reading.low for letters in _WEIGHTS):
        return ()
    found: dict[tuple[str, str], list[Span]] = {}
    names = _names(reading)
    for pattern in (PER_KG, FIXED):
        for hit in reading.hits(pattern):
            if pools and not hit.in_title:
                continue
            if hit.before(1) and hit.before(1) in "./,abcdefghijklmnopqrstuvwxyz0123456789":
                continue
            drug = _drug_of_dose(hit, reading, names, fixed=pattern is FIXED)
            if drug:
                for value in _dose_values(hit.match, between=hit.before(8) == "between "):
                    found.setdefault((drug, value), []).append(hit.span)
    _drop_summed_up(found)
    return tuple(Dose(value=value, drug=drug, spans=tuple(spans)) for (drug, value), spans in found.items())


def _drop_summed_up(found: dict[tuple[str, str], list[Span]]) -> None:
    """A range whose ends are listed as doses sums up the list: doses of 5 to 15 mg, given as 5, 10 and 15 mg."""
    for drug, value in tuple(found):
        amount, _, unit = value.partition(" ")
        ends = amount.split("-")
        if len(ends) == 2 and all((drug, f"{end} {unit}") in found for end in ends):
            del found[drug, value]


def _dose_values(match: re.Match[str], *, between: bool) -> Iterator[str]:
    """0.2 or 0.5 mg/kg is two doses, 0.5-1.0 mg/kg is one range; numbers with a point, units as usual."""
    unit = (
        re.sub(r"\s|\(?-1\)?|(?:of )?(?:es|[rs]-)?ketamine", "", match["unit"])
        .replace("per", "/")
        .replace("kilogram", "kg")
        .replace("μ", "µ")
        .replace("hour", "h")
        .replace("/hr", "/h")
    )
    unit = re.sub(r"^(?:mcg|ug|microg(?:rams?|m)?)", "µg", unit)
    unit = re.sub(r"^(mg|µg)[.]?kg", r"\1/kg", unit)
    unit = re.sub(r"kg(h|min)r?$", r"kg/\1", unit).replace("/70kg", "/70 kg")
    text = re.sub(rf"\s?{_WEIGHT}(?:\s?/\s?kg)?", "", match["value"])
    text = text.replace("0. ", "0.")
    if between:
        text = text.replace(" and ", "-")
    if re.fullmatch(r"\d,\d+(?: ?(?:-|to) ?\d,\d+)?", text.strip()):
        text = re.sub(r"(?<=\d),(?=\d)", ".", text)
    for part in re.split(r"\s?(?:,? or|,? and|vs\.?|versus|,|/)\s?", text):
        numbers = re.split(r"\s?(?:-|to|up to)\s?", part.strip(" -"))
        shown = "-".join(_number(number) for number in numbers if number)
        if shown and shown != "0":  # placebo in a row of doses
            yield f"{shown} {unit}"


def _number(text: str) -> str:
    text = text.replace(",", ".").replace(" ", "")
    return f"0{text}" if text.startswith(".") else text


#: Where a drug or another agent is named: start, end, the drug; "" for another agent.
_Name = tuple[int, int, str]
#: An abbreviation behind a name; a route is none.
_ABBREVIATED = re.compile(
    r"(?: nasal spray| hydrochloride| HCl| infusions?)? [(\[](?P<short>(?!I[VMN]\b|S[CL]\b|PO\b)[A-Z][A-Za-z0-9-]{1,7})[)\],;]"
)
#: Drugs that no list names, by the stems that their international names end with: pindolol, methamphetamine.
_STEM_OF_OTHERS = re.compile(
    r"(?:amphetamine|anserin|apine|azepam|azodone|azolam|azosin|barbital|(?<!co)caine|cathinone|codone|coxib|curonium|dipine|fentanil|formin|gabalin|giline|idone|ipramine|isone|isolone|asone|morphone|nidine|olol|orphan|orphine|oxacin|oxetine|peridol|phenidate|piprazole|prazine|promazine|prazole|pril|profen|racetam|sartan|setron|statin|terol|tidine|triptan|triptyline)(?![a-z])"
)
#: Agents that no dose belongs to.
_WITHOUT_DOSE = frozenset(lexicon.table("agents")["inert"]["words"])
_STRENGTH_UNLESS = re.compile(
    r"(?:\bmax(?:imum|imal)?\.?(?: (?:dose|of|total))*|\bexceed(?:ing)?|\bcapped at|≥|≤|<|>|\bequivalents?|\bdose of (?:oral )?morphine)\s*$"
)

#: A step is none of the doses; "by 0.1 mg/kg up to 0.5 mg/kg" names where they end.
_STEP = Ending(r"\b(?:(?:increas|decreas|escalat|reduc|titrat)\w* by|(?:steps|increments) of) ")


def _names(reading: Reading) -> tuple[_Name, ...]:
    """Every naming of a drug, of another agent that is dosed, and of either by its abbreviation."""
    low = reading.low
    agents = (match for match in low.finditer(OTHER_AGENTS) if match.group() not in _WITHOUT_DOSE)
    by_stem = ((_word_start(low, match.start()), match.end(), "") for match in low.finditer(_STEM_OF_OTHERS))
    named = (*drugs_in(low), *((match.start(), match.end(), "") for match in agents), *by_stem)
    return (*named, *_short_names(reading, named))


def _word_start(low: str, end: int) -> int:
    return max(low.rfind(" ", 0, end), low.rfind("(", 0, end)) + 1


def _short_names(reading: Reading, named: tuple[_Name, ...]) -> Iterator[_Name]:
    """Where the abbreviations stand that brackets give: ketamine (KET), esketamine nasal spray (ESK), midazolam (MDZ)."""
    full = {end: value for _, end, value in named}
    short = {
        match["short"]: full[match.start()] for match in reading.plain.finditer(_ABBREVIATED) if match.start() in full
    }
    if short:
        for match in re.finditer(rf"\b(?:{'|'.join(map(re.escape, short))})\b", reading.plain):
            yield match.start(), match.end(), short[match.group()]


def _drug_of_dose(hit: Hit, reading: Reading, names: tuple[_Name, ...], *, fixed: bool) -> str | None:
    if hit.zone in {"background", "registration"} or _STRENGTH_UNLESS.search(hit.before(20)):
        return None
    if _STEP.search(hit.before(20)) and "to" not in hit.match["value"]:
        return None
    sentence = hit.sentence
    low = hit.passage.low
    if any(low.search(words, sentence.start, sentence.end) for words in (_ANIMAL_DOSE, _SIMULATED)):
        return None
    start, end = _clause(low, sentence.start, sentence.end, hit.start, hit.end)
    near = sorted(
        (_distance(low, hit, begin, finish), drug) for begin, finish, drug in names if start <= begin and finish <= end
    )
    dosed = low.search(_DOSED, sentence.start, sentence.end) and not low.search(_USED, sentence.start, sentence.end)
    if near and (not fixed or near[0][0] < _NEAR or (dosed and all(drug for _, drug in near))):
        return near[0][1] or None
    if fixed and (near or not dosed):
        return None
    return _only_drug(hit, reading, names, fixed=fixed)


#: How near a weight must stand to its drug, unless its sentence speaks of dosing and its clause names no other.
_NEAR = 60
#: Weights of what patients needed of something else.
_USED = re.compile(r"\bconsum|\brequire|\bequivalent|\b(?:opioid|opiate|rescue|analgesic)s? (?:dos|use)")
_DOSED = re.compile(r"\bdos(?:e|es|ed|ing|ages?)\b|\badministration|\breceiv|\binfus|\binject|\bmicrodos")


def _distance(low: str, hit: Hit, begin: int, end: int) -> int:
    """Characters between a dose and a drug; what stands in front through "of" or brackets is nearest."""
    if end <= hit.start:
        between = low[end : hit.start]
        if between == " (":
            return 0
        return len(between) + (30 if re.search(r"\b(?:or|and|versus|vs)\b", between) else 0)
    between = low[hit.end : begin]
    if re.fullmatch(
        r"\s*(?:\)|of|body weight|bw|i\.?v\.?|intravenous(?:ly)?|\s|racemic|over \d+ \w+|of racemic|dose of|/|-|\(|intranasal|sub-?an\w+|oral|infusions? of|subcutaneous|intramuscular)*\s*",
        between,
    ):
        return 1
    return len(between) + 12 + (30 if re.search(r"\b(?:or|and|versus|vs|compared)\b|[,;(]", between) else 0)


def _clause(low: str, first: int, last: int, start: int, end: int) -> tuple[int, int]:
    begin = max(low.rfind(";", first, start) + 1, first)
    while begin > first and low.count("(", first, begin) > low.count(")", first, begin):
        begin = max(low.rfind(";", first, begin - 1) + 1, first)  # a semicolon in brackets parts nothing
    finish = low.find(";", end, last)
    return begin, finish if finish > 0 else last


def _only_drug(hit: Hit, reading: Reading, names: tuple[_Name, ...], *, fixed: bool) -> str | None:
    """The drug of a dose whose own sentence names no agent: the single one of the passage, else of the title.

    A weight may be that of any drug, so that it is ketamine's only where no other agent is named at all.
    """
    if any(hit.sentence.start <= begin < hit.sentence.end or (fixed and not drug) for begin, _, drug in names):
        return None
    for passage in (hit.passage, reading.title):
        end = passage.start + len(passage.text)
        drugs = {drug for begin, _, drug in names if drug and passage.start <= begin < end}
        if drugs:
            return drugs.pop() if len(drugs) == 1 else None
    return None


def regimen_of(reading: Reading, design: DesignFact) -> Regimen | None:
    """Single, repeated or continuous, with the number of sessions where it is stated.

    The title decides where it speaks; then repeated doses, since one of them may be called a single infusion too. A
    conclusion may ask for what was not done, so that it speaks after all else. A dose alone says nothing of it.
    """
    if design.value in WITHOUT_PATIENTS or _is_own_use(reading, design):
        return None
    told = [_Course(wording, hit) for wording in _PLAIN for hit in _courses(wording, reading)]
    done = [course for course in told if course.hit.zone != "conclusion"]
    return (
        _stated([course for course in done if course.hit.in_title], told)
        or _stated(done, told)
        or _crossed(reading)
        or _shown(reading, design)
        or _stated(told, told)
    )


def _stated(courses: list[_Course], told: list[_Course]) -> Regimen | None:
    """The first of the regimens that some of the words name, with all the words that name it."""
    named = {course.wording.means for course in courses}
    value = next((value for value in ("repeated", "continuous", "single") if value in named), None)
    if value is None:
        return None
    every = [course for course in told if course.wording.means == value]
    return Regimen(value=value, sessions=_sessions(value, every), spans=tuple(course.hit.span for course in every[:4]))


def _crossed(reading: Reading) -> Regimen | None:
    """In a crossover each person is given the drug once, unless repeated doses are named."""
    crossed = _REGIMENS["crossover"].first(reading)
    return Regimen(value="single", spans=(crossed.span,)) if crossed else None


def _is_own_use(reading: Reading, design: DesignFact) -> bool:
    """Whether people took the drug by themselves, as the title says of a study that is no trial."""
    return design.value not in _TRIALS and _REGIMENS["own-use"].first(reading) is not None


@dataclass(frozen=True, slots=True)
class _Course:
    """Words for how often the drug was given, with the entry of the table that they are of."""

    wording: Wording
    hit: Hit

    @property
    def count(self) -> int | None:
        """The number that is named with the sessions."""
        return _count(self.hit) if self.wording is _SESSIONS else None


def _shown(reading: Reading, design: DesignFact) -> Regimen | None:
    """Single or repeated by the way the treatment is spoken of; what people take by themselves is no regimen."""
    if design.value in {"cross-sectional", "case-control", "qualitative"}:
        return None
    for wording in _WEAK:
        hits = list(_courses(wording, reading))
        if hits:
            sessions = 1 if wording.means == "single" else None
            return Regimen(value=wording.means, sessions=sessions, spans=tuple(hit.span for hit in hits[:4]))
    return None


def _courses(wording: Wording, reading: Reading) -> Iterator[Hit]:
    """Where the words speak of the drug's own course, and of sessions where they count."""
    for hit in wording.hits(reading):
        if wording.means == "repeated" and _is_another_course(hit):
            continue
        if wording.means == "single" and _OF_ANOTHER.match(hit.after(60)):
            continue
        if wording is not _SESSIONS or _is_session_count(hit):
            yield hit


def _is_another_course(hit: Hit) -> bool:
    """Whether it is another treatment that is repeated: "10 mg citalopram daily before the ketamine challenge"."""
    if "ketamin" in hit.match.group() and _count(hit):
        return False
    before = hit.before(60)
    if _ANOTHER_COURSE.search(before) or _OF_ANOTHER.match(hit.after(40)):
        return True
    agent = _ANOTHER_JUST_BEFORE.search(before)
    return agent is not None and not _WITH_OURS.search(before, 0, agent.start())


#: Another drug right before a word for repeated doses is what was repeated, unless it stands beside ketamine.
_ANOTHER_JUST_BEFORE = Ending(rf"\b(?:{lexicon.pattern_of_all('agents', but='inert')})(?: ?\([^()]*\))? ")
_WITH_OURS = re.compile(r"ketamine\b[^;.]*\b(?:or|and|plus|versus|vs\.?|with|to)\b|\bnasal spray\b")


def _count(hit: Hit) -> int | None:
    number = _NUMBER.match(hit.match.group())
    return value_of(number.group()) if number else None


def _is_session_count(hit: Hit) -> bool:
    """More than one, of no other drug; two infusions of which one is the control's were one of ketamine."""
    number = _count(hit)
    if number is None or not 2 <= number <= 60 or (number == 2 and _ONE_OF_EACH.match(hit.after(80))):
        return False
    words = hit.match.group()
    return "ketamin" in words or not OTHER_AGENTS.search(words)


def _sessions(value: str, courses: list[_Course]) -> int | None:
    """The number that is stated with the sessions; None where several different numbers are."""
    if value != "repeated":
        return 1 if value == "single" else None
    stated = {course.count for course in courses if course.count and course.hit.zone != "results"}
    return stated.pop() if len(stated) == 1 else None


def phase_of(reading: Reading) -> Fact | None:
    """The clinical trial's phase, from the text or from PubMed's publication type."""
    for hit in reading.hits(PHASE):
        if hit.zone in {"background", "conclusion"}:
            continue
        first = _phase(hit.match["phase"] or hit.match["named"])
        second = _phase(hit.match["second"]) if hit.match["second"] else None
        value = f"{first}/{second}" if second else first
        if value in {"1", "1/2", "2", "2/3", "3", "4"}:
            return Fact(value=value, spans=(hit.span,))
    for number, roman in (("1", "I"), ("2", "II"), ("3", "III"), ("4", "IV")):
        if f"Clinical Trial, Phase {roman}" in reading.citation.publication_types:
            return Fact(value=number)
    return None


def _phase(text: str) -> str:
    text = text.rstrip("abc") or text
    return _ROMAN.get(text, text)
