"""British and American spellings: PubMed has no wildcard for one letter, so that a search needs both."""

from __future__ import annotations

import re

from aggregator.pubmed.words import plain

#: British and American, as the beginning of a word (^), its end ($), a whole word (^...$) or anywhere in it.
_PAIRS = """
behaviour behavior | colour$ color$ | ^colour ^color | tumour tumor | favour favor | ^labour ^labor | neighbour neighbor
^humour ^humor | ^odour ^odor | vapour vapor | ^harbour ^harbor | ^honour ^honor
anaesth anesth | paediatr pediatr | orthopaed orthoped | ^haema ^hema | ^haemo ^hemo | ^oesoph ^esoph | ^oestro ^estro
^oestra ^estra | oedema edema | ^foetal ^fetal | ^foetus ^fetus | anaemi anemi | ischaemi ischemi | glycaemi glycemi
leukaemi leukemi | uraemi uremi | ^bacteraemi ^bacteremi | ^septicaemi ^septicemi | natraemi natremi | kalaemi kalemi
lipidaemi lipidemi | diarrhoea diarrhea | gynaecol gynecol | ^caesar ^cesar | ^faecal ^fecal | ^faeces ^feces
^aetiolog ^etiolog | ^coeliac ^celiac | apnoea apnea | ^dyspnoea ^dyspnea | ^manoeuv ^maneuv
centre$ center$ | centres$ centers$ | ^centred$ ^centered$ | ^litre ^liter | ^fibre$ ^fiber$ | ^fibres$ ^fibers$
^catalogue ^catalog | ^analogue ^analog | ^dialogue ^dialog | ^programme$ ^program$ | ^programmes$ ^programs$
counsell counsel | ^labelled ^labeled | ^labelling ^labeling | signalling signaling | modelling modeling
^travelling ^traveling | ^travelled ^traveled | ^traveller ^traveler | focussed$ focused$ | focussing$ focusing$
^grey$ ^gray$ | ^sulph ^sulf | ^defence ^defense | ^licence ^license | ^sceptic ^skeptic
^ageing$ ^aging$ | ^mould ^mold | ^judgement ^judgment | ^skilful ^skillful
analyse$ analyze$ | analysed$ analyzed$ | analysing$ analyzing$ | paralysed$ paralyzed$ | isation ization
ised$ ized$ | ising$ izing$ | iser$ izer$ | isers$ izers$ | ise$ ize$ | ises$ izes$
alis$ aliz$ | eris$ eriz$ | omis$ omiz$ | ilis$ iliz$ | imis$ imiz$
"""

#: Words that look like one of a pair and are spelled one way everywhere.
_SAME = """
advertise advertised advertising advise advised advises advising arise arises arising bruise bruised bruises chastise
circumcise circumcised comprise comprised comprises comprising compromise compromised compromises compromising concise
despise devise devised devises devising disguise disguised enterprise enterprises excise excised exercise exercised
exercises exercising expertise franchise imprecise improvise improvised incise incised likewise merchandise noise
noises otherwise poise poised praise praised precise premise premises promise promised promises promising raise raised
raises raising revise revised revises revising rise rises rising supervise supervised supervises supervising surprise
surprised surprises surprising televise televised treatise unsupervised wise capsize prize prizes seize seized seizes
seizing size sized sizes sizing oversized undersized counsel counsels analogy dialogic digitalis syphilis chrysalis
"""
_SAME_EVERYWHERE = frozenset(_SAME.split())


def _directions() -> tuple[tuple[re.Pattern[str], str], ...]:
    pairs = [pair.split() for line in _PAIRS.strip().splitlines() for pair in line.split(" | ")]
    both = [(one, other) for british, american in pairs for one, other in ((british, american), (american, british))]
    return tuple((re.compile(one), other.strip("^$")) for one, other in both)


_DIRECTIONS = _directions()


def twin(word: str) -> str | None:
    """The other spelling of a lower-case word: behaviour for behavior; None where there is but one."""
    if word in _SAME_EVERYWHERE:
        return None
    for pattern, other in _DIRECTIONS:
        if pattern.search(word):
            return pattern.sub(other, word, count=1)
    return None


def twin_phrase(text: str) -> str | None:
    """A phrase with each of its words in the other spelling; None where no word has one."""
    written = plain(text).split()
    changed = [twin(word) or word for word in written]
    return " ".join(changed) if changed != written else None
