"""Which kind of study it is: PubMed's publication types first, then the title, then the abstract.

Labels the design and never its quality. The order of the rules follows facts about how records are indexed: a
protocol is often tagged as a randomised trial, a secondary analysis too, and recent records carry no useful type.
"""

# ruff: noqa: E501 - a row of a table of wording stays on one line, so that it can be read as one
from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from aggregator.citation import Citation
from aggregator.evidence.text import Hit, Reading
from aggregator.summary import DesignFact

#: NLM's publication types with the design that they state; the surer stand first.
#: https://www.nlm.nih.gov/mesh/pubtypes.html
PUBLICATION_TYPES: tuple[tuple[str, str], ...] = (
    ("Clinical Trial Protocol", "protocol"),
    ("Network Meta-Analysis", "meta-analysis"),
    ("Meta-Analysis", "meta-analysis"),
    ("Systematic Review", "systematic-review"),
    ("Scoping Review", "systematic-review"),
    ("Practice Guideline", "guideline"),
    ("Guideline", "guideline"),
    ("Consensus Development Conference", "guideline"),
    ("Consensus Development Conference, NIH", "guideline"),
    ("Consensus Statement", "guideline"),
    ("Randomized Controlled Trial", "randomized-trial"),
    ("Equivalence Trial", "randomized-trial"),
    ("Pragmatic Clinical Trial", "randomized-trial"),
    ("Clinical Trial, Phase IV", "non-randomized-trial"),
    ("Clinical Trial, Phase III", "non-randomized-trial"),
    ("Clinical Trial, Phase II", "non-randomized-trial"),
    ("Clinical Trial, Phase I", "non-randomized-trial"),
    ("Controlled Clinical Trial", "non-randomized-trial"),
    ("Adaptive Clinical Trial", "non-randomized-trial"),
    ("Clinical Trial", "non-randomized-trial"),
    ("Case Reports", "case-report"),
    ("Observational Study", "cohort"),
    ("Editorial", "comment"),
    ("Comment", "comment"),
    ("News", "comment"),
    ("Newspaper Article", "comment"),
    ("Review", "narrative-review"),
    ("Letter", "comment"),
)
#: Types that announce something about another record.
NOTICE_TYPES = ("Published Erratum", "Retraction of Publication", "Expression of Concern", "Retraction Notice")

#: Opening words of notices about another publication.
NOTICE_TITLE = re.compile(
    r"^\W*(?:correction|corrigendum|erratum|errata|retraction|retracted article notice|expression of concern|publisher'?s? (?:correction|note)|author correction|addendum|notice of)\b"
    r"|['\":.]\s*(?:correction|corrigendum|erratum|retraction)(?: (?:to|notice))?\W*$|\bcorrection to\b"
)

#: Designs that a type of PubMed's confirms besides its own.
_CONFIRMED_BY = {
    "meta-analysis": ("Network Meta-Analysis", "Meta-Analysis"),
    "randomized-trial": ("Randomized Controlled Trial",),
    "non-randomized-trial": tuple(name for name, design in PUBLICATION_TYPES if design == "non-randomized-trial"),
    "cohort": ("Observational Study",),
    "case-control": ("Observational Study",),
    "cross-sectional": ("Observational Study",),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that show a design; `unless` are words before or behind them that show they speak of another study."""

    design: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None = None


def _rule(design: str, pattern: str, unless: str | None = None) -> Rule:
    return Rule(design, re.compile(pattern), re.compile(unless) if unless else None)


TITLE_RULES: tuple[Rule, ...] = (
    _rule("other", r"\bbibliometric\b"),
    _rule(
        "protocol",
        r"\b(?:study|trial|review|research) protocol\b|\bprotocol (?:for|of) (?:a|an|the|two)\b|\btrial protocol\b|: (?:a )?protocol\b"
        r"|\bdesign and (?:rationale|methods?|baseline|protocol)\b|\brationale (?:and|&) (?:study )?(?:design|methods?)\b"
        r"|\b(?:trial|study) design\b|\bstatistical analysis plan\b|\bprotocol\.?\s*$",
        r"\binfusion protocol|anesthe\w+ protocol|treatment protocol\.?$|dosing protocol",
    ),
    _rule("meta-analysis", r"\bmeta-?\s?analy(?:s[ie]s|tic)\b|\bmeta-?regression\b|\bmeta-?analyses\b"),
    _rule(
        "systematic-review",
        r"\bsystematic(?:ally)? (?:\w+ ){0,3}(?:review|search|overview)|\bumbrella review|\bscoping review"
        r"|\bsystematic literature|\breview of systematic|\boverview of (?:systematic )?reviews|\brapid review|\bsystematic (?:qualitative |quantitative )?synthesis",
    ),
    _rule(
        "guideline",
        r"\bguidelines?\b(?! (?:adherence|concordan))|\bconsensus (?:statement|recommendation|report|guid)"
        r"|\bexpert consensus|\bposition (?:statement|paper)|\bclinical practice recommendations?|\bdelphi (?:consensus|study)",
    ),
    _rule(
        "secondary-analysis",
        r"\bpost[- ]?hoc\b|\bsecondary (?:\w+ ){0,2}anal[ys]|\bre-?analys[ie]s\b|\bpooled\b|\bsub-?group analys|\bsub-?analys|\bexploratory analys"
        r"|\bdata from (?:a|an|the|two|three|four|five|\d)\b(?=.{0,60}\btrials?\b)|\b(?:moderators?|mediators?|predictors?) of (?:\w+ ){0,4}(?:response|outcome|remission|relapse|improvement|efficacy)"
        r"|\bresults (?:from|of) (?:an? |the )?(?:pooled|secondary|two|three|four|five|[2-9])|\bre-?exploring\b|\bpatient-level data\b|\bindividual (?:patient|participant) data\b",
    ),
    _rule(
        "randomized-trial",
        r"\b(?:randomi[sz]ed|rct)\b(?!.{0,30}\b(?:trials|studies)\b)",
        r"\bnon-?\s?$|\bmendelian\s*$|\bfollow-?up (?:of|to) (?:a|the)\s*$|\btarget trial|\breviews? of (?:[\w-]+ ){0,3}$",
    ),
    _rule(
        "case-report",
        r"\bcase (?:reports?|series|study|studies|presentation|vignette)\b|\ba case of\b|\breport of (?:a|one|two|three|four|five|\d+) (?:\w+ ){0,2}cases?\b"
        r"|\b(?:two|three|four|five|\d) cases\b|\bin a (?:\w+ ){0,3}(?:patient|woman|man|girl|boy)\b|\bsingle[- ]case\b|\bn[- ]of[- ](?:1|one)\b|\bcase[- ]based\b",
    ),
    _rule(
        "qualitative",
        r"\bqualitative\b|\blived experiences?\b|\bthematic analysis\b|\binterview study\b|\bfocus groups?\b|\bphenomenolog\w+ (?:study|analysis|inquiry)|\bgrounded theory\b|\bethnograph"
        r"|\b(?:patients?'?|participants?'?|clinicians?'?|service[- ]users?'?) (?:\w+ )?(?:experiences?|perspectives?|views?|perceptions) (?:of|with|on|about)",
        r"\bquantitative and\s*$",
    ),
    _rule("case-control", r"\bcase[- ]control\b"),
    _rule("non-randomized-trial", r"\bopen[- ]label\b"),
    _rule(
        "cohort",
        r"\bcohort\b|\bretrospective\b|\breal[- ]world\b|\bchart review\b|\bobservational\b|\bnaturalistic\b|\bregistry\b|\bclaims\b"
        r"|\belectronic (?:health|medical) records?\b|\bemulat|\b\w+-year follow-?up\b|\blongitudinal (?:study|cohort)",
        r"\banti-?\s*$",
    ),
    _rule(
        "cross-sectional",
        r"\bcross[- ]sectional\b|\bsurvey\b|\bprevalence\b|\bpharmacovigilance\b|\bfaers\b|\bdisproportionality\b|\badverse event reporting system\b|\bemergency department (?:visits|presentations)",
    ),
    _rule(
        "non-randomized-trial",
        r"\bopen[- ]label\b|\bsingle[- ]arm\b|\bnon-?\s?randomi[sz]ed\b|\bproof[- ]of[- ]concept (?:study|trial)\b|\bpilot (?:study|trial)\b|\bfeasibility (?:study|trial)\b"
        r"|\bphase (?:[1-4]|i{1,3}v?)[ab]?\b(?=.{0,30}\b(?:study|trial)\b)|\bdose[- ](?:finding|escalation|ranging)\b|\bclinical trial\b(?!s)|\bextension (?:study|trial)\b",
    ),
    _rule(
        "narrative-review",
        r"\b(?:narrative|literature|critical|clinical|brief|mini|comprehensive|selective|integrative|updated?|state[- ]of[- ]the[- ]art|theoretical|conceptual|evidence) ?-?review\b"
        r"|: (?:a|an) (?:\w+ ){0,3}(?:review|overview|update|primer|perspective)\b|\breview of\b|\ba review\b|\boverview\b|\bprimer\b|\bwhat (?:do )?we know\b|\bcurrent (?:status|state|evidence|perspectives?)\b"
        r"|\bfuture (?:directions|perspectives)\b|\bfrom bench to bedside\b|\bperspectives?\b$|\bpast, present\b|\brecent (?:advances|developments|progress)\b",
    ),
    _rule(
        "comment",
        r"^(?:comment(?:ary)? on|re:|reply|response to|author'?s'? (?:reply|response)|editorial|letter to)\b|\bcommentary\b|\bin reply\b|: (?:reply|response)\.?$",
    ),
)

_ANOTHER_STUDY = (
    r"\b(?:previous|prior|earlier|future|further|larger?|recent|additional|published|several|many|other|more|existing|few|need|needs|needed|"
    r"numerous|various|warrant\w*|included|including|include|some|most|of|across|from|all|these|those|eligible|available|only|no)\W+(?:[\w-]+\W+){0,4}$"
)
ABSTRACT_RULES: tuple[Rule, ...] = (
    _rule(
        "meta-analysis",
        r"\b(?:we (?:\w+ ){0,3}(?:performed|conducted|undertook|did|carried out|report)|this|the present|present|current|our|systematic review and|a) (?:\w+[ -]){0,4}meta-?\s?analys[ie]s\b"
        r"|\bmeta-?\s?analys[ie]s (?:was|were) (?:\w+ )?(?:performed|conducted|carried|undertaken|used)|\bnetwork meta-analysis\b",
        _ANOTHER_STUDY + r"|\bcompared with (?:a )?(?:\w+ )?$",
    ),
    _rule(
        "systematic-review",
        r"\b(?:we|this|the present|present|current|our|a|an) (?:\w+[ -]){0,4}(?:systematic(?:ally)?|scoping|umbrella) (?:\w+ ){0,2}(?:review|search)\w*|\bprisma\b|\bprospero\b|\bcrd4\d{9,}"
        r"|\bsystematic(?:ally)? (?:\w+ ){0,2}(?:review|search)\w* (?:was|were|of|in)\b|\bdatabases were (?:\w+ )?searched\b|\b(?:pubmed|medline|embase)\b(?=.{0,150}\b(?:search|were|was)\b)|\b(?:retrieved|searched|identified) (?:[\w-]+[ ,()]+){0,8}(?:on|in|from|through) (?:the )?(?:pubmed|medline|embase)\b",
        r"\bcompared with\s*$",
    ),
)
REVIEW_WORDING = re.compile(
    r"\b(?:this|the present|present|current|our|the) (?:[\w-]+ ){0,3}(?:review|overview|article|chapter|paper)\b(?: (?:will|aims?|also|first|briefly|therefore|critically|then))?"
    r" (?:summari[sz]|discuss|describ|review|provid|outlin|highlight|explor|cover|examin|focus|present|synthesi|considers?|address|aim|evaluat|offer|integrat|looks|gives|is to|seeks)"
    r"|\bwe (?:\w+ ){0,3}(?:review|summari[sz]e|discuss|outline|overview|highlight)\b(?! (?:the )?(?:chart|record|medical))|\b(?:is|are) (?:reviewed|discussed|summari[sz]ed|described|outlined)\b"
    r"|\bliterature (?:review|search)\b|\breview(?:s|ed)? (?:the|of the|current|recent|available|existing) (?:[\w-]+ ){0,3}(?:literature|evidence|data|studies|research|knowledge|findings)\b|\bherein,? we\b(?=.{0,40}review)"
)
#: A text that calls itself a review is one, whatever studies it names.
THIS_REVIEW = re.compile(
    r"\b(?:this|the present|our|the current|present) (?:(?:narrative|brief|mini-?|short|clinical|critical|comprehensive|literature|selective|focused|updated) )*review (?:article )?(?:will |also |briefly |critically )?(?:summari[sz]|discuss|describ|provid|outlin|highlight|explor|cover|examin|focus|present|synthesi|considers?|address|aims?|offer|integrat|looks|evaluat)"
)
SECONDARY_WORDING = re.compile(
    r"\bpost[- ]?hoc\b(?=.{0,25}\b(?:analys|study|explor|evaluat|data|comparison of data))|\b(?:(?:secondary|ancillary|exploratory|pooled|sub-?group) ?-?(?:(?!factor)[\w-]+ ){0,2}|re-?)analys[ie]s (?:of|from|was|were|used|included|examined|using|combin|sought|investigat)"
    r"|\bdata (?:were|was) (?:pooled|derived|drawn|obtained|taken) from\b(?! (?:the )?(?:[\w-]+ ){0,6}(?:electronic|medical|patient|health|charts?|questionnaires?|survey|registr\w+|databases?|records|claims|register|cohort|hospitals?|clinics?)\b)|\bpooled (?:data|from|patient)|\bthis (?:\w+ ){0,2}(?:secondary|post[- ]?hoc|re-?analysis|sub-?study|sub-?analysis|analysis sought)"
    r"|\b(?:are|were|is|was) (?:\w+ )?(?:from|part of|drawn from|a sub-?(?:set|sample) of|participants (?:in|of|from)|participating in|derived from|embedded (?:in|within)|nested (?:in|within)) (?:a|an|the|our|one|two|three|four|five|\d|previous|this|larger|several) (?:[\w-]+[ ,]+){0,9}(?:trials?|rcts?)\b"
    r"|\b(?:us(?:ing|ed)|combin\w+|re-?analy[sz]ed|analy[sz]ed|integrat\w+) (?:the )?data (?:from|of) (?:a|an|the|our|two|three|four|five|six|\d|previous|several|multiple) (?:[\w-]+[ ,]+){0,8}(?:trials?|rcts?|studies)\b|\bre-?analy[sz]ed\b|\bsub-?analysis\b|\bsub-?study\b|\btrial sub-?(?:group|sample|set)\b"
)
#: Randomisation in words. "Double-blind, placebo-controlled" alone is no randomisation: of 37 such abstracts among the
#: labelled ones none was counted as a randomised trial by its readers.
RANDOM_WORDING = re.compile(
    r"\brandomi[sz](?:ed|ation|ing)\b(?! tests?\b)|\brandomly\b(?! (?:selected|chosen|sampled|drawn|picked))|\brandom (?:order|assignment|allocation|sequence)\b|\b(?:this|our) rct\b|\brandom number\b|\bby (?:a )?random\b"
    r"|\bassigned,? (?:[\w()=:,-]+ ){0,8}?in an? \d:\d"
)
#: Words before "randomised" that show it speaks of another study, of genes, or denies it.
RANDOM_UNLESS = re.compile(
    r"\b(?:non-? ?|mendelian |not |without )$|\b(?:previous|prior|earlier|future|further|larger|additional|several|existing|need for|numerous|published|"
    r"necessary|recent|most|many|other|next step (?:is|would be)|completed|complete|after|parent|following) (?:an? |the )?(?:[\w-]+[ ,-]+){0,4}$|\bwarrant\w*\b.{0,40}$|\bneed(?:ed|s)?\b.{0,40}$"
    r"|\b(?:data|findings|results|parameters|samples?|participants|sub-?set|sub-?group|sub-?sample|part|evidence|estimates|inputs) (?:[\w-]+ ){0,3}(?:from|of) (?:a|an|the|one|two|our) (?:[\w-]+[ ,-]+){0,4}$"
)
#: Words behind it that do: many trials are not this one.
RANDOM_UNLESS_AFTER = re.compile(
    r"^[ ,-]+(?:[\w-]+[ ,-]+){0,5}?(?:trials|studies|rcts)\b|^ (?:trials|studies) |^ (?:[\w-]+ ){0,2}trial (?:sub-?group|sub-?sample|data|sample)\b|^ (?:[\w-]+,? ){0,3}?(?:trials?|study|comparison) (?:[\w-]+ ){0,8}?(?:is|are|would be|should|seems?) (?:\w+ )?(?:next|needed|warranted|required|called|due|underway|follow|planned|justified)"
)
#: Designs that take other studies together.
SYNTHESES = frozenset({"meta-analysis", "systematic-review"})
REVIEWS = SYNTHESES | {"narrative-review"}
#: Designs that tell of other people's patients.
SECOND_HAND = REVIEWS | {"comment", "guideline"}
WITHOUT_PATIENTS = SECOND_HAND | {"preclinical"}
OPEN_TRIAL = re.compile(
    r"\bopen[- ]label\b|\bsingle[- ]arm\b|\bnon-?\s?randomi[sz]ed\b|\bopen (?:trial|study|clinical trial)\b|\bproof[- ]of[- ]concept\b|\bpilot (?:study|trial)\b|\bfeasibility (?:study|trial)\b|\bphase (?:[1-4]|i{1,3}v?)[ab]? (?:[\w-]+ ){0,3}(?:study|trial)\b|\b(?:clinical|prospective|controlled) trial\b|\bsingle-?blind\b"
)
#: Words before "clinical trial" that show it is one of the past, of the future or of a kind.
TRIAL_UNLESS = re.compile(
    r"\b(?:results of|findings of|previous|prior|earlier|past|several|larger?|future|further|typical\w*|initial|published|registration|small-scale) (?:a |an |the )?(?:[\w-]+ ){0,2}$"
)
COHORT_WORDING = re.compile(
    r"\b(?:retrospective(?:ly)?|naturalistic|real[- ](?:world|life) (?:[\w-]+ ){0,2}(?:study|data|evidence|cohort|analysis|effectiveness|setting|settings|patients|sample|outcomes)|observational|chart review|medical records?|health records?|claims data|registry data|cohort study|prospective(?:ly)? (?:\w+ )?(?:cohort|follow)|prospective (?:evaluation|audit)|service evaluation|national registr|(?:quality|national|nationwide|patient|disease|population|prescription|swedish|danish|norwegian|finnish|ect) regist(?:er|ers|ry|ries)|regist(?:er|ry)[- ]based|were followed (?:up )?(?:for|over)|insurance)\b"
)
#: The same where the limits of the study are told.
COHORT_TOLD = re.compile(
    r"\b(?:this|ours|the (?:present |current )?(?:study|analysis)) (?:was|is) (?:an? )?(?:[\w-]+,? )?(?:retrospective|observational|naturalistic)\b"
)
#: What follows a trial is a study of its own: everybody gets the drug.
EXTENSION_TITLE = re.compile(r"\bopen[- ]label (?:[\w-]+ )?extension\b|\b(?:long-term )?extension (?:study|trial)\b")
#: Titles that say only that it was small or new.
WEAK_TITLE = re.compile(r"\bproof[- ]of[- ]concept\b|\bpilot\b|\bfeasibility\b")
COHORT_UNLESS = re.compile(
    r"\b(?:limitation|limited by|future|further|larger|previous|prior|although|however|several|more)\b.{0,40}$"
)
CROSS_SECTIONAL_WORDING = re.compile(
    r"\bcross[- ]sectional(?:ly)?\b(?! (?:correlation|association|image))|\b(?:online|anonymous|web-based|internet|self-report|national|postal|email|population|household) (?:[\w-]+ ){0,2}(?:survey|questionnaire)\b|\bsurvey(?:ed|s)? (?:of|was|were|data|\d|respond)|\bfaers\b|\bvigibase\b|\bpoison (?:control|cent)|\badverse event reporting system\b|\bemergency (?:department|room) (?:visits|presentations|attendances|patients)|\b(?:admitted|presented|presenting) to (?:the |an )?(?:[\w-]+ ){0,2}emergency (?:department|room)|\b(?:completed|filled in) (?:an? )?(?:[\w-]+ )?survey\b|\bwas surveyed\b|\b(?:opened|answered|returned|responded to) (?:the |a |our )?(?:[\w-]+ )?(?:survey|questionnaire)"
)
CASE_WORDING = re.compile(
    r"\bwe (?:\w+ )?(?:report|describe|present) (?:on )?(?:here )?(?:a|an|the|two|three|four|five|six|seven|\d+)\b (?:[\w-]+ ){0,4}?(?:case|cases|patient|woman|man|male|female|girl|boy|individual|year|veteran|adolescent)|\bthis (?:[\w-]+ )?case (?:report|series|study)|\bcase (?:report|series) (?:of|describ|present|illustrat|report|demonstrat)"
    r"|\bthe (?:following|present) case\b|\ba? ?\d\d[- ]year[- ]old (?:[\w-]+ ){0,4}(?:woman|man|male|female|patient|girl|boy|lady|gentleman|veteran|adolescent|mother)|\ban? \d{2}[- ]year[- ]old\b(?! (?:[\w-]+ )?(?:adults|patients|children|cohort|data))|\bwe (?:report|describe|present) [^.;]{3,70} in an? (?:[\w-]+ ){0,4}(?:woman|man|patient|girl|boy|veteran|adolescent)\b|\bpresents a case (?:report|series|study)|\bour case report\b|\bin this case\b"
)
CASE_UNLESS = re.compile(
    r"\b(?:including|included|rcts?|trials?|reviews?|studies|,|and|or|one|several|some)\s+(?:[\w-]+ )?$"
)
QUALITATIVE_WORDING = re.compile(
    r"\bqualitative (?:\w+ )?(?:study|interview|analysis|research|data|approach|method|inquiry|investigation|content)|\bsemi-?structured (?:\w+ )?interviews?\b|\bthematic (?:content )?analys|\binterpretative phenomenological|\bgrounded theory\b|\bfocus groups?\b|\bin-?depth interviews\b|\bethnograph"
)
PROTOCOL_WORDING = re.compile(
    r"\bwill (?:\w+ )?(?:be (?:\w+ )?(?:randomi[sz]|recruit|enrol|administ|assess|includ|invit|allocat|assign|measur|evaluat|conduct|collect|analy[sz]|treated|given|compared|disseminat|performed|monitored|used|obtained|published)|receive|undergo|investigate|evaluate|test|compare|recruit|include|enrol|assess|examine|determine|complete)"
)
PROTOCOL_SURE = re.compile(
    r"\bethics and dissemination\b|\bmethods and analysis\b|\bthis (?:study )?protocol (?:describes|outlines|presents|reports)|\bwe (?:describe|present|report) (?:here )?(?:the |a )?(?:study )?(?:protocol|design)\b|\bstudy protocol\b|\bthis protocol\b|\btrial anticipates\b|\bparticipants will be\b|\bpatients will be\b"
)
#: An abstract that says that it is a letter on another article.
COMMENT_WORDING = re.compile(
    r"\b(?:this|the|our|present) (?:short )?(?:letter|commentary|correspondence|editorial)(?: to the editor)?\b(?! scale)|\bin response to the (?:recent )?(?:article|letter|commentary|paper)\b|\bletter to the editor\b"
)
#: Titles about people who take the drug by themselves: compared or counted, not treated.
USERS_TITLE = re.compile(r"\b(?:users|abusers|use among|self-reported|recreational)\b")
#: How people are counted or asked; a comparison of users in the laboratory is no survey.
ASKED = re.compile(
    r"\bsurvey|\bquestionnaires?\b|\binterview|\bself-?report|\bprevalence\b|\bfrequency of\b|\brecords\b|\brespondents\b|\breported by\b|\brates? of\b|\bepidemiolog|\bsample of (?:adults|users|people)|\brisk\b|\blatent class\b|\brecruited using\b"
)
#: The drug was given to those studied, and no word says to whom by chance or in which order: a treatment, an infusion
#: in the laboratory.
GIVEN_WORDING = re.compile(
    r"\b(?:received|receiving|given|administered|underwent|undergoing|infused|injected|treated with|provided with|completed|initiated|administration of|during|after|following|before and after|response to|infusions? of|injections? of|doses? of|challenged with) (?:(?!(?:or|not|no|chronic|recreational|repeated abuse)\b)[\w./()%+-]+[ ,]+){0,7}?(?:(?:es|ar|nor)?ketamine(?! (?:use|abuse|misuse|depend|addict|withdraw)\w*)|spravato)\b|\bketamine (?:\([^)]{1,60}\) )?(?:was|were|is) (?:\w+ )?(?:given|administered|infused|injected|used)|\bketamine (?:infusions?|injections?|administrations?|treatment|therapy|challenge|dosing|nasal spray)\b"
)
#: Words before it that speak of other people or other times.
GIVEN_UNLESS = re.compile(
    r"\b(?:previous|prior|earlier|studies|trials|literature|users?|animals?|models?|models of|rats|mice|evidence)\b[^.;]{0,40}$"
)
CASE_CONTROL_WORDING = re.compile(r"\bcase[- ]control\b")

ANIMAL_WORDING = re.compile(
    r"\b(?:mouse|mice|rats?|rodents?|murine|sprague|wistar|c57bl|zebrafish|macaques?|monkeys?|marmosets?|primates?|piglets?|pigs?|swine|dogs?|canine|cats?|feline|horses?|equine|sheep|"
    r"rabbits?|drosophila|in vitro|ex vivo|intraperitoneal(?:ly)?|i\.p\.|knockout|knock-out|organoids?|hippocampal slices?|brain slices?|cell (?:culture|line)s?|cultured|neurons? in culture|hek-?293|forced swim|"
    r"tail suspension|sucrose preference|novelty[- ]suppressed|social defeat|chronic unpredictable|chronic mild stress|learned helplessness|animal models?|mesencephalic neurons|ipsc|voles?|goats?|cattle|cows?|deer|xylazine)\b"
)
HUMAN_WORDING = re.compile(
    r"\b(?:patients?|participants?|humans?|volunteers?|women|men|adults|adolescents|children|persons|people|individuals|clinical trials?|outpatients?|inpatients?|veterans|subjects with|healthy subjects|parturients|randomi[sz]ed controlled|physicians|clinicians|users)\b"
)
#: Title words that settle it: the animal is the subject.
ANIMAL_TITLE = re.compile(
    r"\b(?:mouse|mice|rats?|rodents?|murine|zebrafish|macaques?|monkeys?|marmosets?|piglets?|pigs?|swine|dogs?|canine|cats?|feline|horses?|equine|sheep|rabbits?|drosophila|in vitro|voles?|goats?|"
    r"sprague-dawley|wistar|c57bl/6j?|cell lines?|cultured|neurons in culture|ipsc-derived|induced pluripotent|preclinical)\b"
)


def design_of(reading: Reading) -> DesignFact:
    """The study design with the words it was read from, and whether PubMed's publication types say the same."""
    value, hit = _read(reading)
    return DesignFact(
        value=value,
        confirmed=_confirmed(value, reading.citation),
        spans=(hit.span,) if hit else (),
    )


def stated_by_type(citation: Citation) -> str | None:
    """The design that PubMed's publication types state; None when they say only what kind of text it is."""
    types = frozenset(citation.publication_types)
    return next((design for name, design in PUBLICATION_TYPES if name in types), None)


def _confirmed(value: str, citation: Citation) -> bool:
    names = _CONFIRMED_BY.get(value) or tuple(name for name, design in PUBLICATION_TYPES if design == value)
    return any(name in citation.publication_types for name in names)


_Titled = tuple[str, Hit] | None
_Found = tuple[str, Hit | None] | None


def _read(reading: Reading) -> tuple[str, Hit | None]:
    """The first step that finds a design decides."""
    by_type = stated_by_type(reading.citation)
    titled = _by_title(reading)
    for step in _STEPS:
        found = step(reading, by_type, titled)
        if found:
            return found
    return _by_abstract(reading, titled, by_type)


def _notice_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    del by_type, titled
    title = reading.in_title(NOTICE_TITLE)
    return ("other", title) if title or set(NOTICE_TYPES) & set(reading.citation.publication_types) else None


def _protocol_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    hit = _protocol(reading, titled)
    return ("protocol", hit) if hit or by_type == "protocol" else None


def _pooling_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    if by_type in _POOLING:
        return by_type, titled[1] if titled and titled[0] == by_type else _words_for(by_type, reading)
    return titled if titled and titled[0] in _POOLING else None


def _preclinical_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    del by_type, titled
    hit = preclinical(reading)
    return ("preclinical", hit) if hit else None


def _comment_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    letter = reading.first(COMMENT_WORDING)
    if letter and not titled and not reading.first(CASE_WORDING):
        return "comment", letter
    if by_type != "comment" or (titled and titled[0] == "case-report"):
        return None
    return "comment", titled[1] if titled and titled[0] == "comment" else None


def _synthesis_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    del titled
    return _synthesis(reading) if by_type not in {"randomized-trial", "case-report"} else None


def _secondary_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    del by_type
    return _secondary(reading, titled)


def _type_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    weak = by_type is None or by_type in {"narrative-review", "cohort"}
    return None if weak or by_type is None else _settle_type(by_type, reading, titled)


def _title_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    """The title decides, save that cohorts and open trials may turn out to be randomised."""
    del by_type
    if not titled or titled[0] == "cohort":
        return None
    if EXTENSION_TITLE.search(reading.title_low):
        return titled
    if titled[0] == "non-randomized-trial" and (randomised(reading) or _is_small_and_observed(reading, titled[1])):
        return None
    return titled


def _is_small_and_observed(reading: Reading, title: Hit) -> bool:
    return bool(WEAK_TITLE.search(title.match.group()) and _outside(reading, COHORT_WORDING, COHORT_UNLESS))


def _review_step(reading: Reading, by_type: str | None, titled: _Titled) -> _Found:
    del titled
    return ("narrative-review", reading.first(REVIEW_WORDING)) if by_type == "narrative-review" else None


_POOLING = SYNTHESES | {"guideline"}
_STEPS: tuple[Callable[[Reading, str | None, _Titled], _Found], ...] = (
    _notice_step,
    _protocol_step,
    _pooling_step,
    _preclinical_step,
    _comment_step,
    _synthesis_step,
    _secondary_step,
    _type_step,
    _title_step,
    _review_step,
)


def _by_title(reading: Reading) -> tuple[str, Hit] | None:
    for rule in TITLE_RULES:
        hit = reading.in_title(rule.pattern)
        if hit and not (rule.unless and rule.unless.search(reading.title_low[: hit.start])):
            return rule.design, hit
    return None


def _protocol(reading: Reading, titled: tuple[str, Hit] | None) -> Hit | None:
    if titled and titled[0] == "protocol":
        return titled[1]
    if titled and titled[0] in {"meta-analysis", "systematic-review", "narrative-review", "comment"}:
        return None
    planned = [hit for hit in reading.hits(PROTOCOL_WORDING) if hit.zone not in {"conclusion", "background", "title"}]
    if not planned:
        return None
    sure = next((hit for hit in reading.hits(PROTOCOL_SURE) if hit.zone != "title"), None)
    if sure and (len(planned) >= 2 or "will be" in sure.match.group()):
        return sure
    has_results = any(sentence.zone == "results" for _, sentence in reading.sentences())
    return planned[0] if len(planned) >= 3 and not has_results else None


def _words_for(design: str, reading: Reading) -> Hit | None:
    rules = [rule for rule in (*TITLE_RULES, *ABSTRACT_RULES) if rule.design == design]
    return next((hit for rule in rules for hit in reading.hits(rule.pattern)), None)


def _synthesis(reading: Reading) -> tuple[str, Hit] | None:
    for rule in ABSTRACT_RULES:
        for hit in reading.hits(rule.pattern):
            if hit.zone in {"conclusion", "background", "title"} and not hit.in_title:
                continue
            if rule.unless and rule.unless.search(hit.before(80)):
                continue
            return rule.design, hit
    return None


def _secondary(reading: Reading, titled: tuple[str, Hit] | None) -> tuple[str, Hit] | None:
    if titled and titled[0] == "secondary-analysis":
        return titled
    for hit in reading.hits(SECONDARY_WORDING):
        if hit.beside(_RETROSPECTIVE) and not hit.beside(_TRIALS):
            continue
        if hit.zone in {"background", "objective", "methods", "open", "title"}:
            return "secondary-analysis", hit
    return None


#: A look back at patients of a clinic is a cohort, whatever the analysis is called.
_RETROSPECTIVE = re.compile(r"\bretrospective|\bclinic\b|\bcommunity-based\b|\breal[- ]world\b")
_TRIALS = re.compile(r"\btrials?\b|\brcts?\b|\brandomi[sz]ed\b")


#: Assigned to blinded arms: the word "random" is left out.
ASSIGNED_WORDING = re.compile(
    r"\b(?:were|was) (?:then |equally |evenly |subsequently )?(?:assigned|allocated|divided) (?:to|into|in|between)\b"
)
BLIND_WORDING = re.compile(
    r"\b(?:double|triple|single|observer|rater|assessor)[- ]?(?:blind|mask)\w*|\bsealed envelopes?\b|\bplacebo[- ]controlled\b"
)


def randomised(reading: Reading) -> Hit | None:
    """Words by which this study says that it was randomised, or assigned people to blinded arms."""
    for hit in reading.hits(RANDOM_WORDING):
        if hit.zone in {"background", "conclusion", "registration"}:
            continue
        if not RANDOM_UNLESS.search(hit.before(60)) and not RANDOM_UNLESS_AFTER.match(hit.after(60)):
            return hit
    if reading.low.search(BLIND_WORDING) is None:
        return None
    return next((hit for hit in reading.hits(ASSIGNED_WORDING) if hit.zone in {"methods", "open", "objective"}), None)


def _settle_type(by_type: str, reading: Reading, titled: tuple[str, Hit] | None) -> tuple[str, Hit | None]:
    """A phase or "Clinical Trial" type says nothing of randomisation: the words do."""
    if by_type == "non-randomized-trial":
        hit = titled[1] if titled and titled[0] == "randomized-trial" else randomised(reading)
        if hit:
            return "randomized-trial", hit
        return by_type, reading.first(OPEN_TRIAL)
    if titled and titled[0] == by_type:
        return titled
    words = {"randomized-trial": RANDOM_WORDING, "case-report": CASE_WORDING}.get(by_type)
    return by_type, reading.first(words) if words else None


def _by_abstract(reading: Reading, titled: _Titled, by_type: str | None) -> tuple[str, Hit | None]:
    review = None if titled else reading.first(THIS_REVIEW)
    if review:
        return "narrative-review", review
    case = _outside(reading, CASE_WORDING, CASE_UNLESS, zones=("background",)) if not titled else None
    if case:
        return "case-report", case
    trial = randomised(reading)
    if trial:
        return "randomized-trial", trial
    if titled and not (titled[0] == "non-randomized-trial" and _is_small_and_observed(reading, titled[1])):
        return titled
    for value, pattern, unless in _BY_WORDING:
        hit = reading.first(pattern) if pattern is COHORT_TOLD else _outside(reading, pattern, unless)
        if hit:
            return value, hit
    return (by_type, None) if by_type else _last_resort(reading)


_BY_WORDING: tuple[tuple[str, re.Pattern[str], re.Pattern[str] | None], ...] = (
    ("case-control", CASE_CONTROL_WORDING, None),
    ("qualitative", QUALITATIVE_WORDING, None),
    ("cohort", COHORT_WORDING, COHORT_UNLESS),
    ("cohort", COHORT_TOLD, None),
    ("cross-sectional", CROSS_SECTIONAL_WORDING, None),
    ("non-randomized-trial", OPEN_TRIAL, TRIAL_UNLESS),
)


def _last_resort(reading: Reading) -> tuple[str, Hit | None]:
    users = reading.in_title(USERS_TITLE)
    if users and reading.in_abstract(ASKED):
        return "cross-sectional", users
    given = _outside(reading, GIVEN_WORDING, GIVEN_UNLESS)
    if given:
        return "non-randomized-trial", given
    review = _outside(reading, REVIEW_WORDING, None, zones=("background", "conclusion"))
    return ("narrative-review", review) if review else ("other", None)


def _outside(
    reading: Reading,
    pattern: re.Pattern[str],
    unless: re.Pattern[str] | None,
    zones: tuple[str, ...] = (),
) -> Hit | None:
    """The first hit outside background and conclusion (unless these are allowed), not spoiled by the words before it."""
    barred = {"background", "conclusion", "registration"} - set(zones)
    for hit in reading.hits(pattern):
        if hit.zone not in barred and not (unless and unless.search(hit.before(60))):
            return hit
    return None


def preclinical(reading: Reading) -> Hit | None:
    """Animal or cell words that are the study's subject; MeSH "Animals" alone never decides."""
    animal = reading.in_title(ANIMAL_TITLE)
    people = reading.in_title(HUMAN_WORDING)
    if animal and not people:
        humans, animals = (
            sum(1 for _ in reading.low.finditer(words, len(reading.title.text)))
            for words in (HUMAN_WORDING, ANIMAL_WORDING)
        )
        if animals >= humans:
            return animal
    studied = (hit for hit in reading.hits(HUMAN_WORDING) if hit.zone not in {"background", "conclusion"})
    if people or next(studied, None):
        return None
    found = [hit for hit in reading.hits(ANIMAL_WORDING) if hit.zone not in {"background", "conclusion"}]
    mesh = {heading.descriptor for heading in reading.citation.mesh}
    enough = 2 if "Animals" in mesh and "Humans" not in mesh else 3
    return found[0] if len(found) >= enough else None
