"""How it was measured and what harmed: rating scales and adverse effects that were reported."""

# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from aggregator.evidence.places import Text
from aggregator.evidence.text import Hit, Passage, Reading
from aggregator.summary import DesignFact, Fact, Span

#: Scales by their usual acronym. The first pattern is for text as printed (acronyms), the second for lower case (names).
SCALE_WORDS: tuple[tuple[str, str, str], ...] = (
    ("MADRS", r"\bMADRS(?:-?S)?(?:-?\d+)?\b", r"\bmontgomery[-\s]+(?:and )?(?:å|a|aa|ä|á)s+berg\b"),
    (
        "HAM-D",
        r"\bHAM-?D(?:-?\d+)?\b|\bHDRS(?:-?\d+)?\b|\bHRSD(?:-?\d+)?\b|\bHAMD(?:-?\d+)?\b",
        r"\bhamilton (?:rating scale for depression|depression (?:rating )?(?:scale|score)|psychiatric rating scale for depression|scale for depression)\b|\bhamilton depress\w*",
    ),
    ("QIDS", r"\bQIDS(?:-?SR)?(?:-?\d+)?\b", r"\bquick inventory of depressive symptom\w*"),
    ("IDS", r"\bIDS-(?:C|SR)(?:-?\d+)?\b", r"(?<!quick )\binventory of depressive symptom\w*"),
    (
        "PHQ-9",
        r"\bPHQ-?\s?9\b",
        r"\bpatient health questionnaire-?\s?9\b|\bnine-item patient health|\b9-item patient health",
    ),
    ("BDI", r"\bBDI(?:-?(?:II|2|IA))?\b", r"\bbeck(?:'s)? depression (?:inventory|scale)"),
    ("EPDS", r"\bEPDS\b", r"\bedinburgh post-?natal depression scale|\bedinburgh postpartum depression scale"),
    ("GDS", r"\bGDS(?:-?\d+)?\b(?= |\))(?<!mGDS)", r"\bgeriatric depression scale"),
    ("CDRS-R", r"\bCDRS-?R?\b", r"\bchildren'?s depression rating scale"),
    ("SHAPS", r"\bSHAPS(?:-C)?\b", r"\bsnaith-hamilton pleasure"),
    ("TEPS", r"\bTEPS\b", r"\btemporal experience of pleasure"),
    (
        "CAPS-5",
        r"\bCAPS-5\b|\bCAPS-V\b",
        r"\bclinician-administered (?:ptsd|posttraumatic stress disorder|post-traumatic stress disorder) scale (?:for|\(?caps-5)(?: dsm-5)?",
    ),
    (
        "CAPS",
        r"\bCAPS(?:-IV)?\b(?!-5|-V)",
        r"\bclinician[- ]administered (?:ptsd|post-?traumatic stress disorder) scale",
    ),
    ("PCL-5", r"\bPCL-?5\b", r"\b(?:ptsd|posttraumatic stress disorder) checklist (?:for dsm-5|-?5)"),
    ("PCL", r"\bPCL(?:-[CMS])?\b(?!-?5)", r"\b(?:ptsd|post-?traumatic stress disorder) checklist\b(?! for dsm-5|-5)"),
    ("IES-R", r"\bIES(?:-R)?\b", r"\bimpact of events? scale"),
    ("LSAS", r"\bLSAS\b", r"\bliebowitz social anxiety"),
    ("SPIN", r"\bSPIN\b", r"\bsocial phobia inventory"),
    (
        "HAM-A",
        r"\bHAM-?A\b|\bHAMA\b|\bHARS\b|\bHAS\b(?= score)",
        r"\bhamilton (?:anxiety (?:rating )?scale|rating scale for anxiety|anxiety)",
    ),
    (
        "GAD-7",
        r"\bGAD-?\s?7\b",
        r"\bgenerali[sz]ed anxiety disorder[- ](?:7|seven|questionnaire)|\b7-item generali[sz]ed anxiety",
    ),
    ("STAI", r"\bSTAI(?:-[STY])?\b", r"\bstate-?\s?trait anxiety"),
    ("BAI", r"\bBAI\b", r"\bbeck anxiety inventory"),
    ("FQ", r"\bFQ\b(?= score| total|\))", r"\bfear questionnaire"),
    ("DASS-21", r"\bDASS(?:-?21)?\b", r"\bdepression,? anxiety,?(?: and)? stress scales?"),
    ("HADS", r"\bHADS(?:-[AD])?\b", r"\bhospital anxiety and depression scale"),
    ("Y-BOCS", r"\bY-?BOCS\b", r"\byale-brown obsessive"),
    ("C-SSRS", r"\bC-?SSRS\b", r"\bcolumbia[- ]suicide severity|\bcolumbia suicid"),
    ("SSI", r"\bSSI\b(?!s)", r"\bscale for suicid\w+ ideation|\bbeck scale for suicid"),
    ("BSS", r"\bBSS\b|\bBSSI?\b", r"\bbeck suicid\w* (?:scale|ideation scale)|\bbeck scale (?:for|of) suicid"),
    ("CGI-SS-r", r"\bCGI-SS-[rR]\b|\bCGI-SS\b", r"\bclinical global impression-? ?(?:of )?severity of suicidality"),
    ("SIDAS", r"\bSIDAS\b", r"\bsuicidal ideation attributes scale"),
    ("BHS", r"\bBHS\b", r"\bbeck hopelessness scale"),
    ("CADSS", r"\bCADSS(?:-6)?\b", r"\bclinician[- ]administered dissociative (?:states?|symptoms?)"),
    ("BPRS", r"\bBPRS\b", r"\bbrief psychiatric rating scale"),
    ("PANSS", r"\bPANSS\b", r"\bpositive and negative (?:syndrome|symptom) scale"),
    ("YMRS", r"\bYMRS\b", r"\byoung mania rating"),
    ("MOAA/S", r"\bMOAA/?S\b", r"\bmodified observer'?s assessment of alertness"),
    ("BPIC-SS", r"\bBPIC-SS\b", r"\bbladder pain/interstitial cystitis"),
    ("PWC-20", r"\bPWC-20\b", r"\bphysician withdrawal checklist"),
    ("SDS", r"\bSDS\b", r"\bsheehan disability scale|\bself-rating depression scale"),
    ("SAS", r"\bSAS\b(?= score|\))", r"\bself-rating anxiety scale"),
    ("Q-LES-Q", r"\bQ-?LES-?Q(?:-SF)?\b", r"\bquality of life enjoyment and satisfaction"),
    ("EQ-5D", r"\bEQ-5D(?:-[35]L)?\b", r"\beuropean quality of life|\beuroqol"),
    ("CGI", r"\bCGI(?:-[SI])?\b(?!-SS)", r"\bclinical global impressions?"),
    ("WHODAS", r"\bWHODAS(?: 2\.0)?\b", r"\bwho disability assessment"),
    ("GAF", r"\bGAF\b", r"\bglobal assessment of functioning"),
    ("WSAS", r"\bWSAS\b", r"\bwork and social adjustment"),
    ("MEQ", r"\bMEQ(?:-?30)?\b", r"\bmystical experience(?:s)? questionnaire"),
    (
        "5D-ASC",
        r"\b5D?-?(?:D-)?ASC\b|\b11D?-?(?:D-)?ASC\b|\bOAV\b",
        r"\baltered states? of consciousness (?:rating )?(?:scale|questionnaire)",
    ),
    ("NRS", r"\bNRS\b", r"\bnumeric(?:al)? (?:pain )?rating scale"),
    ("VAS", r"\bVAS(?:-[A-Z]\w*)?\b", r"\bvisual analog(?:ue)? scales?"),
    ("BPI", r"\bBPI\b", r"\bbrief pain inventory"),
    ("PANAS", r"\bPANAS\b", r"\bpositive and negative affect sch"),
    ("POMS", r"\bPOMS\b", r"\bprofile of mood states"),
    ("PSQI", r"\bPSQI\b", r"\bpittsburgh sleep quality"),
    ("ISI", r"\bISI\b", r"\binsomnia severity index"),
    ("MoCA", r"\bMoCA\b", r"\bmontreal cognitive assessment"),
    ("MMSE", r"\bMMSE\b", r"\bmini-mental state"),
    ("MCCB", r"\bMCCB\b", r"\bmatrics consensus"),
    ("PGI", r"\bPGI(?:-[SI])?\b", r"\bpatient global impression"),
    ("SF-36", r"\bSF-36\b", r"\bshort[- ]form[- ]?(?:36)? health survey"),
    ("TSQM-9", r"\bTSQM-?9?\b", r"\btreatment satisfaction questionnaire"),
    ("DSS", r"\bDSS-?4?\b(?= score|\))", r"\bdissociative symptoms? scale"),
    ("DES", r"\bDES(?:-II)?\b(?= score|\))", r"\bdissociative experiences? scale"),
)
SCALES = tuple((name, re.compile(cased), re.compile(words)) for name, cased, words in SCALE_WORDS)
_ACRONYMS = tuple(cased for _, cased, _ in SCALES)
_NAMES = tuple(words for _, _, words in SCALES)

#: What an acronym may stand for instead, near it in the text.
_OTHER_MEANING = {
    "CAPS": re.compile(r"\bcapsules?\b|\bmushroom"),
    "SSI": re.compile(r"\bsurgical site infection|\bspecial section"),
    "SDS": re.compile(r"\bsodium dodecyl"),
    "SPIN": re.compile(r"\bspin echo|\bspin-|spin label"),
    "SAS": re.compile(r"\bstatistical analysis system|\bsas institute"),
    "NRS": re.compile(r"\bnon-?responders?\b|\bnucleus reuniens"),
    "BAI": re.compile(r"\bbrain age"),
    "GDS": re.compile(r"\bgene dosage"),
}

#: Harms with the words for them.
HARM_WORDS: tuple[tuple[str, str], ...] = (
    (
        "dissociation",
        r"\bdissociat(?:ion|ive(?: (?:symptoms?|effects?|side effects?|states?|experiences?|adverse \w+))?)\b",
    ),
    (
        "psychotomimetic effects",
        r"\bpsychotomimetic\b|\bpsychosis-like\b|\bpsychotic (?:symptoms|effects|experiences)|\bhallucinations?\b|\bperceptual (?:disturbances?|abnormalities|alterations)",
    ),
    (
        "raised blood pressure",
        r"\b(?:increased?|elevat\w+|rise|raised|higher|transient) (?:[\w-]+ ){0,4}blood pressure\b|\bblood pressure (?:increase\w*|elevation\w*|rise)|\bhypertensi(?:on|ve)\b",
    ),
    ("tachycardia", r"\btachycardia\b|\b(?:increased?|elevated) heart rate\b"),
    ("nausea", r"\bnausea\b"),
    ("vomiting", r"\bvomit\w*\b|\bemesis\b"),
    ("dizziness", r"\bdizz\w+\b|\bvertigo\b|\blight-?headed\w*"),
    ("sedation", r"\bsedation\b|\bsomnolence\b|\bdrowsi\w+\b|\bsleepiness\b"),
    ("headache", r"\bheadaches?\b"),
    ("dysgeusia", r"\bdysgeusia\b|\bmetallic taste\b|\bbad taste\b"),
    ("paraesthesia", r"\bpara?esthesia\w*\b|\bhypo-?a?esthesia\b|\bnumbness\b|\btingling\b"),
    ("blurred vision", r"\bblurred vision\b|\bdiplopia\b|\bdouble vision\b"),
    ("dry mouth", r"\bdry mouth\b"),
    ("anxiety", r"\banxiety (?:as (?:an? )?(?:adverse|side)|attacks? during)\b"),
    (
        "mania",
        r"\b(?:hypo)?mani(?:a|c) (?:switch\w*|episodes?|symptoms|induction)\b|\baffective switch\w*|\bmood switch\w*|\bhypomania\b",
    ),
    (
        "cystitis",
        r"\bcystitis\b|\burinary (?:tract )?(?:symptoms?|problems|toxicity|complaints)|\blower urinary tract\b|\bbladder (?:pain|toxicity|dysfunction|symptoms)|\buropathy\b",
    ),
    (
        "abuse or dependence",
        r"\b(?:drug|ketamine|substance) (?:abuse|misuse|dependence|craving|liking|seeking)\b|\babuse (?:liability|potential)\b|\baddiction (?:risk|potential)|\bwithdrawal symptoms\b|\bdependence\b|\bmisuse\b",
    ),
    (
        "suicidality",
        r"\bsuicide attempts?\b|\bcompleted suicide|\bsuicidal behaviou?r\b|\bdeaths? by suicide|\bemergent suicid\w+",
    ),
    ("death", r"\bdeaths?\b|\bmortality\b|\bfatal(?:ity|ities)\b"),
    (
        "cognitive impairment",
        r"\b(?:cognitive|memory) (?:impairment\w*|deficits?|decline|loss|side effects|dysfunction|problems)\b|\bamnesia\b|\bconfusion\b",
    ),
    ("respiratory depression", r"\brespiratory depression\b|\bhypoxi?a?emia\b|\bdesaturation\b|\bapn(?:o)?ea\b"),
    (
        "liver injury",
        r"\bhepatotoxicity\b|\bliver (?:injury|enzymes?|toxicity|function abnormal\w+)\b|\belevated (?:liver|transaminases)|\bcholangi\w+",
    ),
    ("serious adverse events", r"\bserious adverse (?:events?|effects?|reactions?)|\bsaes?\b"),
    (
        "discontinuation",
        r"\b(?:discontinu\w+|withdr[ae]w\w*|dropped out|drop-?outs?) (?:[\w-]+ ){0,6}?(?:due to|because of|owing to) (?:[\w-]+ ){0,4}(?:adverse|side|intoleran|toler)",
    ),
)
HARMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple((value, re.compile(pattern)) for value, pattern in HARM_WORDS)
#: A sentence that speaks of harm at all.
HARM_SENTENCE = re.compile(
    r"\badverse\b|\bside[- ]effects?\b|\btolera\w+|\bsafety\b|\bteaes?\b|\baes?\b|\bharms?\b|\btoxicit\w+|\bsymptoms? (?:were|was) (?:transient|mild)|\btransient\w*|\bdissociat\w+|\bpsychotomimetic|\bcystitis|\bmisuse|\babuse|\bnnh\b|\bcommon (?:events|complaints)|\bcomplications?\b|\bincidence of (?:nausea|vomit|dizz|halluc)|\binduced (?:nausea|psychot|dissoc)|\bsuicide attempt"
)
#: Sentences that plan, measure, correlate or call for caution: what they name was not seen to happen.
_HARM_ASIDE = re.compile(
    r"\bfurther (?:[\w-]+ ){0,3}(?:research|stud|trial)|\bfuture\b|\b(?:is|are) (?:needed|warranted|required)\b|\bshould\b|\bmay be rare|\baim(?:s|ed)? (?:to|of|was)\b|\bwe (?:investigated|examined|assessed|sought|studied|hypothesi[sz]ed|evaluated|measured)|\bto (?:investigate|assess|compare|evaluate|determine|examine)\b|\boutcomes? (?:were|was|included?)\b|\bpotential (?:risks|harms)|\bcorrelat|\bpredict|\bassociations? between|\brelationships? between|\brelated to\b|\bketamine-like|\bdiscuss(?:es|ed)|\bself-ratings?\b|\btrait\b|\bbaseline\b|\bconcerns? (?:about|over|regarding)|\bclass(?:es)? of\b|\bmechanisms?\b|\bdiagnos(?:tic|ed)\b|\bpresented (?:to|with)\b|\bno (?:statistically )?(?:significant )?differences?\b|\b(?:were|was) (?:also )?(?:assessed|measured|recorded|evaluated|collected|monitored)\b"
)
#: What a sentence must also say for harms that are effects aimed at, symptoms of the illness or mere possibilities too.
_HAPPENED = re.compile(
    r"\badverse|\bside[- ]effects?|\bteaes?\b|\baes?\b|\btransient|\boccur|\bexperienced\b|\bcaused?\b|\binduc|\bnnh\b|\bresolved\b|\bassociated with\b|\bmore (?:common|frequent)|\bhigher (?:rates?|incidence|risks?)|\blower (?:rates?|incidence|risks?)|\bincidences? of\b|\bfrequent(?:ly)?\b|\bincreased?\b|\bsafety profile|\bcomplications?\b|\bemergent\b|\bdied\b|\bdeveloped\b"
)
_ADVERSE = re.compile(
    r"\badverse|\bside[- ]effects?|\bteaes?\b|\baes?\b|\bemergent\b|\bcomplications?\b|\bnnh\b|\bharms?\b"
)
#: Harms that need such words, by how plain these must be.
_NEEDS = {
    "sedation": _ADVERSE,
    "suicidality": _ADVERSE,
    "abuse or dependence": _ADVERSE,
    "cognitive impairment": _ADVERSE,
    "anxiety": _ADVERSE,
    "dissociation": _HAPPENED,
    "psychotomimetic effects": _HAPPENED,
    "raised blood pressure": _HAPPENED,
    "cystitis": _HAPPENED,
    "death": _HAPPENED,
    "headache": _HAPPENED,
    "respiratory depression": _HAPPENED,
    "liver injury": _HAPPENED,
}
#: Other treatments: a sentence that names one and no ketamine tells of that one's harms.
_OF_ANOTHER = re.compile(
    r"\bpsilocybin|\bmdma\b|\blsd\b|\bayahuasca|\bauvelity|\bzuranolone|\bbrexanolone|\bbupropion|\bdexmedetomidine|\br?tms\b|\belectroconvulsive|\bect\b|\blithium|\bmemantine|\bpropofol|\bmidazolam (?:caused|produced)"
)
#: Words that deny a harm: nothing of the kind was seen.
_NO_HARM = re.compile(
    r"\b(?:no|without|absence of|not|nor|neither|never|free of|zero|none)\b[^.;,]{0,50}$|\bbut not\b[^.;]{0,50}$|\bnot observed\b[^.;]{0,60}$"
    r"|\b(?:improv\w+|greater|better|deep|deeper|adequate|ramsay|level of|depth of|quality of|efficacy of|nicotine|alcohol|opioid|low risk of|lower risks? (?:of|for)) $"
)
_HARM_UNLESS_SCALE = re.compile(
    r"^\s*(?:states? scale|symptoms? scale|scale|rating|inventory|questionnaire|anesthe|disorder|drugs?\b|anaesthe|scores? (?:were|was) (?:assessed|measured)|agents?)"
)


def scales_of(reading: Reading, design: DesignFact) -> tuple[Fact, ...]:
    """Rating scales by their usual acronym, in the order of the table."""
    if design.value == "preclinical":
        return ()
    found: dict[int, list[Span]] = {}
    for index, start, end in _acronyms(reading.plain):
        passage, _ = reading.at(start)
        found.setdefault(index, []).append(passage.span(start, end))
    for index in reading.low.possible(_NAMES):
        found.setdefault(index, []).extend(hit.span for hit in reading.hits(_NAMES[index]))
    found = {
        index: spans for index, spans in found.items() if spans and not _means_otherwise(SCALES[index][0], reading)
    }
    _same_scale_once(found)
    return tuple(Fact(value=SCALES[index][0], spans=tuple(found[index][:8])) for index in sorted(found))


def scale_places(passage: Passage, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Scales named between two offsets, with where they stand; an edition of CAPS or PCL goes by its own name."""
    for index, first, last in _acronyms(passage.plain, start, end):
        yield SCALES[index][0], first, last
    for index in passage.low.possible(_NAMES):
        for match in passage.low.finditer(_NAMES[index], start, end):
            yield SCALES[index][0], match.start(), match.end()


def _acronyms(plain: Text, start: int = 0, end: int = sys.maxsize) -> list[tuple[int, int, int]]:
    """Scales by their acronym, as index, start and end, in reading order."""
    found = []
    for index in plain.possible(_ACRONYMS):
        for at in plain.places(_ACRONYMS[index]) or ():
            if start <= at < end - 1 and _begins_a_name(plain, at, start):
                match = _ACRONYMS[index].match(plain, at)
                if match:
                    found.append((at, index, match.end()))
    return [(index, at, last) for at, index, last in sorted(found)]


def _begins_a_name(plain: str, at: int, start: int) -> bool:
    """Whether no capital stands before it in the same run of letters and hyphens: "self-MADRS", not "HAM-D/MADRS"."""
    while at > start and _IN_NAME.match(plain, at - 1):
        at -= 1
        if _OPENS_NAME.match(plain, at):
            return False
    return True


_IN_NAME = re.compile(r"[\w/-]")
_OPENS_NAME = re.compile(r"[A-Z\d]")


def _means_otherwise(name: str, reading: Reading) -> bool:
    pattern = _OTHER_MEANING.get(name)
    return bool(pattern and reading.first(pattern))


_INDEX = {name: index for index, (name, _, _) in enumerate(SCALE_WORDS)}


def _same_scale_once(found: dict[int, list[Span]]) -> None:
    """CAPS and PCL without a number are the fifth edition where the abstract says so elsewhere."""
    for general, edition in (("CAPS", "CAPS-5"), ("PCL", "PCL-5")):
        if _INDEX[general] in found and _INDEX[edition] in found:
            found[_INDEX[edition]] = found[_INDEX[edition]] + found.pop(_INDEX[general])


def harms_of(reading: Reading, design: DesignFact) -> tuple[Fact, ...]:
    """Adverse effects that the results or the conclusion report; those denied or only measured are left out."""
    if design.value in {"preclinical", "protocol"} or reading.citation.is_retracted:
        return ()
    about_ketamine = "ketamine" in reading.title_low
    sentences = [
        (passage, sentence)
        for passage, sentence in reading.sentences()
        if sentence.zone in {"results", "conclusion", "open"}
        and passage.low.search(HARM_SENTENCE, sentence.start, sentence.end)
        and not passage.low.search(_HARM_ASIDE, sentence.start, sentence.end)
        and not _is_of_another(passage.low[sentence.start : sentence.end], about_ketamine=about_ketamine)
    ]
    found: dict[str, list[Span]] = {}
    for value, pattern in HARMS:
        needed = _NEEDS.get(value)
        for passage, sentence in sentences:
            if needed and not passage.low.search(needed, sentence.start, sentence.end):
                continue
            for match in passage.low.finditer(pattern, sentence.start, sentence.end):
                hit = Hit(passage, sentence, match)
                if not _NO_HARM.search(hit.before(60)) and not _HARM_UNLESS_SCALE.match(hit.after(30)):
                    found.setdefault(value, []).append(hit.span)
    if "headache" in reading.title_low:
        found.pop("headache", None)
    return tuple(Fact(value=value, spans=tuple(spans[:4])) for value, spans in found.items())


def _is_of_another(sentence: str, *, about_ketamine: bool) -> bool:
    """Whether a sentence tells of another drug; in a record whose title names no ketamine it must name it itself."""
    return "ketamine" not in sentence and (not about_ketamine or bool(_OF_ANOTHER.search(sentence)))
