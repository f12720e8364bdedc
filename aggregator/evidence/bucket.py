"""Where a study stands in report and digest: clinical core, or set aside with a reason, never dropped."""

# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
from __future__ import annotations

import re
from dataclasses import dataclass

from aggregator import lexicon
from aggregator.citation import Citation
from aggregator.evidence.design import NOTICE_TITLE, NOTICE_TYPES, REVIEWS, WORDINGS, preclinical
from aggregator.evidence.text import Reading
from aggregator.summary import DesignFact, Span


@dataclass(frozen=True, slots=True)
class Placement:
    """A bucket; what is set aside has its reason in a reader's words, and the words it was decided on."""

    bucket: str
    reason: str | None = None
    spans: tuple[Span, ...] = ()


#: The drug by any of its names; a citation without them is about something else.
DRUG_NAMES = re.compile(r"ketamin|\bspravato\b|\bketalar\b|\bci-?581\b|\bketaset\b|\besketin|\bketanest\b|\barketamin")

#: "Depression" of the breath, the cortex, the synapse or the heart.
OTHER_DEPRESSION = re.compile(
    r"\b(?:respiratory|ventilatory|spreading|long[- ]term|synaptic|st[- ]segment|st|myocardial|cardiac|cardiovascular|cardiorespiratory|circulatory|cns|"
    r"central nervous system|bone marrow|immune|inbreeding|spreading depolarization|freezing[- ]point)[- ]depressions?\b"
)
PSYCHIATRIC = re.compile(
    r"\bdepressi(?:on|ve)\b(?<!respiratory depression)|\bantidepress|\bptsd\b|posttraumatic stress|post-traumatic stress|\banxiety\b|\bsuicid|\bbipolar\b|\bmood\b|\bpsychiatr|\bobsessive|\bpanic\b|\bpsychotherap"
    r"|\btrd\b|\bschizophren|\baddict|\bpsychedelic|\bmental (?:health|disorder|illness)|\bdissociat|\bpsychos[ie]s\b|\bpsychotomimetic|\bdepressed\b|\bstress disorder|\bcraving|\bsubstance use"
)
#: Operations, wards and procedures around which the drug is given for anaesthesia or analgesia.
PERIOPERATIVE_TITLE = re.compile(
    r"\b(?:peri-?operative(?:ly)?|post-?operative(?:ly)?|intra-?operative(?:ly)?|pre-?operative(?:ly)?|post-?surg\w+|surg(?:ery|ical|eries)|c(?:a?e)sar[ei]an|peri-?partum|post-?an(?:a?e)sthe\w+|anesthe\w+|anaesthe\w+|"
    r"hysterectomy|mastectomy|thyroidectomy|colonoscop\w+|gastroscop\w+|endoscop\w+|bronchoscop\w+|hysteroscop\w+|arthroplasty|\w+ectomy|thoracoscop\w+|laparoscop\w+|cardiac bypass|cardiopulmonary bypass|fracture|"
    r"labou?r analgesia|patient-controlled|nerve block|emergence (?:delirium|agitation)|intubation|sedation|propofol|sevoflurane|remimazolam|dexmedetomidine|analgesia|parturients|spinal an\w+|"
    r"abortion|circumcision|tonsil\w+|dental|bariatric|delivery|childbirth|pre-?medication|dressing changes?|burn (?:care|patients|dressings?)|antinocicepti\w+|craniotomy|electroconvulsive therapy an\w+|procedural)\b"
)
PERIOPERATIVE_TEXT = re.compile(
    r"\b(?:elective|scheduled|undergoing|undergo|underwent|undergone|before|after|during|following) (?:for )?(?:\w+[ -]){0,5}(?:surgery|surgical|c(?:a?e)sarean|general an\w+|anesthesia|anaesthesia|operation|\w+ectomy|colonoscopy|arthroplasty|endoscopy)"
    r"|\bpost-?operative(?:ly)? (?:depress|pain|day|deliri|analges|cogn|sleep|nausea|anxiety|recovery)|\bpatient-controlled (?:\w+ )?analgesia\b|\binduction of an\w+|\banesthesia induction\b|\bintraoperative\w*\b"
)
#: Title words that keep a study in the core although an operation is near: a psychiatric treatment is the subject.
PSYCHIATRIC_TITLE = re.compile(
    r"\btreatment[- ](?:resistant|refractory)|\btrd\b|\bbipolar\b|\bptsd\b|\bpost-?traumatic stress disorder|\bsuicid|\belectroconvulsive|\bect\b|\bmajor depressi(?:on|ve)|\bdepressed patients|\bobsessive|\bsocial anxiety|\brefractory depress|\bdepressive disorder|\bpatients with depression"
)
#: Title words of operations that no psychiatric word outweighs: the drug is given for the operation. ECT is none.
OPERATION_TITLE = re.compile(
    r"\bemergence (?:agitation|delirium)|\bundergoing (?:[\w-]+ ){0,5}(?:surgery|surgical|\w+ectomy|laparoscop\w*|arthroplasty|c(?:a?e)sarean)|\bpost-?operative(?:ly)?\b|\bintra-?operative(?:ly)?\b|\bc(?:a?e)sarean\b"
)
SUB_ANAESTHETIC = re.compile(
    r"\bsub-? ?an(?:a?e)sthe\w+|\b(?:beyond|outside|besides) (?:the )?(?:surgery|an(?:a?e)sthesia|analgesia)\b|\bfrom an(?:a?e)sthesia to\b|\ban(?:a?e)sthetic,? (?:ketamine|agents? ketamine|drug ketamine)|\ban(?:a?e)sthesiolog\w+|\ban(?:a?e)sthetics?\b(?! (?:adjuvant|management|technique|induction|depth|efficacy|emergence|recovery|effect))"
)
ECT_TITLE = re.compile(r"\belectroconvulsive|\bect\b")
PAIN_TITLE = dict(lexicon.patterns("conditions"))["pain"]
MISUSE_TITLE = re.compile(
    r"\bketamine (?:use disorder|users?\b|abus\w+|addict\w+|dependen\w+|misuse|cystitis|uropathy|bladder|withdrawal|related death|poisoning|overdose)|\b(?:chronic|recreational|illicit|non-?medical|frequent|street|club drug|heavy|habitual|problematic|long-term recreational) (?:\w+ ){0,2}ketamine"
    r"|\bketamine (?:\w+ ){0,2}(?:abusers|addicts)|\brecreational (?:drug )?us\w+\b|\bketamine[- ](?:associated|induced|related) (?:cystitis|uropathy|bladder|lower urinary|urinary|urolog|biliary|cholangi|death)|\b(?:misuse|abuse|dependence|addiction|diversion|smuggling|trafficking|supply) (?:of|to|on) ketamine|\bketamine (?:seizures by|smuggling|trafficking|markets?\b)|\b(?:deaths?|fatalities|mortality) (?:related to|involving|associated with|due to|from|after) ketamine|\bketamine-?(?:related | )(?:deaths|fatalities)"
)
#: Words of drugs at large, which a study in the laboratory has in its title too.
DRUGS_AT_LARGE_TITLE = re.compile(
    r"\bketamine intoxication|\bdrug users\b|\buse of (?:[\w,-]+ ){0,6}?ketamine and mdma|\bparty drugs?\b|\b(?:ghb|methamphetamine|ecstasy|mephedrone)\b.{0,60}\bketamine\b|\bketamine\b.{0,40}\b(?:ghb|methamphetamine|ecstasy|mephedrone)\b|\bnight-?clubs?\b|\bdance events?\b|\bintoxications?\b|\bchemsex\b|\bclub drugs?\b|\bpolydrug\b|\billicit\b|\bketamine (?:use|consumption) (?:among|in) (?:\w+ ){0,3}(?:users|youth|students|young|nightclub|party|dance|electronic|clubbers|men who|adolescents|teenagers|general population)|\bdrug checking\b|\bnovel psychoactive substances\b|\brecreational\b|\bhallucinogens? (?:mis|ab)?use\b"
)
MISUSE_UNLESS = re.compile(
    # Whoever treats dependence on ketamine does not treat with it.
    r"\b(?:(?:treatment|therapy) (?:of|for)(?! ketamine[- ](?:use disorder|abus|addict|dependen|misuse|withdrawal|cystitis|uropathy))|for the treatment|therapeutic|ketamine (?:[\w-]+ ){0,3}(?:for|against) (?:[\w-]+ ){0,5}(?:use|dependence|addiction|craving|withdrawal)|potential for|abuse potential|abuse liability|risk of|patients treated|as a treatment)\b"
)
MISUSE_TEXT = re.compile(
    r"\b(?:chronic|recreational|current|frequent|heavy|regular|daily|infrequent|ex-?|abstinent|dependent|polydrug)[ -]ketamine[ -](?:users?|abusers?|dependent)|\bketamine (?:users|abusers|addicts|dependence|use disorder)\b|\bketamine-dependent\b"
)


_TRIALS = frozenset({"randomized-trial", "non-randomized-trial"})


def placement_of(reading: Reading, design: DesignFact) -> Placement:
    """The bucket, why, and the words that say so; the first rule that applies decides."""
    for rule in (_notice, _protocol, _off_topic, _preclinical, _misuse, _perioperative, _pain):
        placement = rule(reading, design)
        if placement:
            return placement
    return Placement("core")


def _notice(reading: Reading, design: DesignFact) -> Placement | None:
    types = frozenset(reading.citation.publication_types)
    named = next((name for name in NOTICE_TYPES if name in types), None)
    title = reading.in_title(NOTICE_TITLE)
    if named or title:
        spans = (title.span,) if title else ()
        return Placement("notice", f"A notice about another publication ({named or 'by its title'}).", spans)
    if design.value == "comment":
        return Placement("notice", "A comment, letter or editorial, not a study.", design.spans)
    return None


def _protocol(_: Reading, design: DesignFact) -> Placement | None:
    if design.value != "protocol":
        return None
    return Placement("protocol", "A protocol or design paper: it has no results yet.", design.spans)


def _off_topic(reading: Reading, design: DesignFact) -> Placement | None:
    named = reading.low.search(DRUG_NAMES)
    if not named and not _indexed_with_drug(reading.citation):
        return Placement("off-topic", "Neither title, abstract nor indexing names ketamine.")
    # A review of psychiatric treatments covers what it names, be it once.
    covers_it = design.value in REVIEWS and PSYCHIATRIC.search(reading.title_low)
    if not covers_it and (passing := _named_in_passing(reading)):
        return Placement("off-topic", "Ketamine is named in one sentence only, not in title or keywords.", (passing,))
    other = reading.in_title(OTHER_DEPRESSION)
    if other and not PSYCHIATRIC.search(OTHER_DEPRESSION.sub(" ", reading.low)):
        return Placement("off-topic", "Depression here is not the mood disorder.", (other.span,))
    return None


def _named_in_passing(reading: Reading) -> Span | None:
    """The drug's name in the one sentence of an abstract that has it, when title, keywords and headings do not.

    An abstract of a few sentences names everything once; it is left in place.
    """
    if reading.in_title(DRUG_NAMES) or _indexed_with_drug(reading.citation):
        return None
    naming = {hit.sentence: hit for hit in reversed(list(reading.hits(DRUG_NAMES)))}
    if len(naming) != 1 or sum(1 for _ in reading.sentences()) < _FULL_ABSTRACT:
        return None
    (hit,) = naming.values()
    its_subject = any(other.sentence == hit.sentence for other in WORDINGS["this-review"].hits(reading))
    return None if its_subject or hit.zone in {"objective", "conclusion"} else hit.span


#: Sentences of title and abstract from which on a single mention is one in passing.
_FULL_ABSTRACT = 6


def _indexed_with_drug(citation: Citation) -> bool:
    names = (
        *(heading.descriptor for heading in citation.mesh),
        *(chemical.name for chemical in citation.chemicals),
        *citation.supplementary,
        *citation.keywords,
    )
    return any(DRUG_NAMES.search(name.lower()) for name in names)


def _preclinical(reading: Reading, design: DesignFact) -> Placement | None:
    hit = preclinical(reading)
    if design.value != "preclinical" and not (hit and hit.in_title):
        return None
    spans = design.spans if design.value == "preclinical" else ((hit.span,) if hit else ())
    return Placement("preclinical", "Animals, tissue or cells were studied, not people.", spans)


def _was_given(reading: Reading, design: DesignFact) -> bool:
    """Whether those who made the study gave the drug, and nobody took it by himself."""
    return design.value in _TRIALS and bool(
        WORDINGS["drug-given"].first(reading) or reading.low.search(_ASSIGNED_TO_IT)
    )


_ASSIGNED_TO_IT = re.compile(r"\b(?:assigned|randomi[sz]ed|allocated)\b[^.;]{0,60}?\bto [^.;]{0,40}?ketamine\b")


def _misuse(reading: Reading, design: DesignFact) -> Placement | None:
    title = reading.in_title(MISUSE_TITLE)
    reason = "About misuse of or dependence on the drug, not about treatment with it."
    if title is None and not _was_given(reading, design):
        title = reading.in_title(DRUGS_AT_LARGE_TITLE)
    if title and not reading.in_title(MISUSE_UNLESS):
        return Placement("misuse", reason, (title.span,))
    users = [hit for hit in reading.hits(MISUSE_TEXT) if hit.zone not in {"background", "conclusion"}]
    if len(users) >= 2 and not reading.in_title(MISUSE_UNLESS):
        return Placement("misuse", reason, tuple(hit.span for hit in users[:2]))
    return None


#: What is given around operations and in the laboratory too: there no operation, procedure or patient is spoken of.
_A_DRUG_ONLY = re.compile(r"propofol|sevoflurane|remimazolam|dexmedetomidine|analgesia|sedation|antinocicepti\w+")
PROCEDURE = re.compile(
    r"\bsurg|operati(?:on|ve|ng)|\bprocedur(?:al|e\b)|\ban(?:a?e)sthesia|\w+scop(?:y|ies|ic)\b|\bintensive care|\bicu\b|\bventilat|\bemergency|\bscheduled|\bundergo|\bunderw|\bsedated\b|\bpatients?\b|\bchildren\b|\bparturients"
)


def perioperative_words(reading: Reading) -> tuple[Span, ...]:
    """Words that place the drug around an operation; "subanaesthetic" and "beyond anaesthesia" are none."""
    title = SUB_ANAESTHETIC.sub(lambda match: " " * len(match.group()), reading.title_low)
    match = PERIOPERATIVE_TITLE.search(title)
    if match and not (_A_DRUG_ONLY.fullmatch(match.group()) and not reading.low.search(PROCEDURE)):
        return (reading.title.span(match.start(), match.end()),)
    found = [hit for hit in reading.hits(PERIOPERATIVE_TEXT) if hit.zone in {"objective", "methods", "open", "results"}]
    return tuple(hit.span for hit in found[:3]) if len(found) >= 2 else ()


#: People who were depressed before the operation or the birth: the drug is their treatment.
DEPRESSED_BEFORE = re.compile(
    r"\b(?:patients|adults|women|mothers|parturients|people|individuals|participants) (?:aged [^.;]{1,14} )?(?:with|who had|diagnosed with) (?:(?:a|an|at|least|history|of|previous|pre-?existing|current|mild|moderate|symptoms|severe|major|prenatal|antenatal|perinatal|treatment-?resistant|refractory|diagnosed|comorbid|clinical|to|moderate-to-severe)[ -])*depress(?:ion|ive (?:disorder|episode|symptoms))\b"
    r"|\bdepressed (?:patients|adults|women|mothers)\b"
)


def _were_depressed(reading: Reading) -> bool:
    return any(hit.zone in {"title", "objective", "methods", "open"} for hit in reading.hits(DEPRESSED_BEFORE))


def _perioperative(reading: Reading, _: DesignFact) -> Placement | None:
    spans = perioperative_words(reading)
    if (
        not spans
        or _were_depressed(reading)
        or (
            reading.in_title(PSYCHIATRIC_TITLE)
            and not (reading.in_title(OPERATION_TITLE) and not reading.in_title(ECT_TITLE))
        )
    ):
        return None
    return Placement("perioperative", "Given around an operation or procedure, not as a psychiatric treatment.", spans)


def _pain(reading: Reading, _: DesignFact) -> Placement | None:
    title = reading.in_title(PAIN_TITLE)
    if not title or PSYCHIATRIC.search(reading.title_low) or _were_depressed(reading):
        return None
    return Placement("perioperative", "Given for pain, not as a psychiatric treatment.", (title.span,))
