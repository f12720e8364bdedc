"""Who invented studies are by, and where they appear: names of plants and birds, journals that do not exist."""
# ruff: noqa: E501, SIM905 - sentences and tables of words read best on one line

from __future__ import annotations

from random import Random

from aggregator.demo_data.record import Periodical, Person

_LAST_NAMES = """Alder Amaranth Anemone Aspen Aster Avocet Balsam Bittern Bluebell Bramble Bryony Bunting Buzzard Campion
Celandine Chaffinch Clover Columbine Cormorant Corncrake Cowslip Cranesbill Crossbill Curlew Cypress Dabchick Dotterel
Dunlin Dunnock Eider Elder Fern Fieldfare Firecrest Foxglove Fulmar Gadwall Gannet Gentian Godwit Goldcrest Goosander
Gorse Goshawk Greenfinch Guillemot Hawthorn Hazel Heather Hellebore Hemlock Hoopoe Hornbeam Jackdaw Juniper Kestrel
Kingfisher Kittiwake Knapweed Lapwing Larch Larkspur Lavender Linnet Lovage Lupin Mallow Marigold Merlin Mistle Moorhen
Mugwort Nightjar Nuthatch Oriole Osprey Ouzel Oxlip Parsley Partridge Pennywort Petrel Phalarope Pimpernel Pintail Pipit
Plover Pochard Poplar Primrose Puffin Quail Ragwort Razorbill Redshank Redstart Rosemary Rowan Ruff Samphire Sanderling
Saxifrage Sedge Serin Shearwater Siskin Skua Skylark Snipe Sorrel Speedwell Spindle Spruce Starling Stonechat Swallow
Sycamore Tamarisk Tansy Teasel Thistle Thrift Thrush Treecreeper Turnstone Twite Valerian Vetch Wagtail Warbler Waxwing
Wheatear Whimbrel Whinchat Wigeon Willow Woodruff Wren Wryneck Yarrow Yew""".split()

_FORE_NAMES = """Ada Amara Anton Beatriz Boris Carmen Chidi Clara Dario Elin Emeka Farid Fatou Goran Hana Ines Ivo Jana
Joon Kaia Kofi Lale Leif Lin Luca Maren Mateo Mina Nadia Noor Olga Omar Petra Priya Rafael Rosa Sana Sofia Tariq Tomas
Uma Vera Wei Xavier Yara Yuki Zeno Zofia""".split()

_TOWNS = (
    "Northmoor",
    "Saltmarsh",
    "Eastwold",
    "Fennick",
    "Harrowdale",
    "Lindholme",
    "Quarrybank",
    "Thornby",
    "Westerlake",
    "Oakhaven",
)
_DEPARTMENTS = (
    "Department of Psychiatry",
    "Institute of Mental Health Research",
    "Mood Disorders Clinic",
    "Department of Anaesthesiology",
    "Division of Clinical Neuroscience",
    "School of Psychology",
    "Interventional Psychiatry Service",
)
_GROUPS = ("LANTERN Study Group", "HEDGEROW Investigators", "MOORLAND Trial Collaborators", "TIDEPOOL Consortium")


def _journal(number: int, title: str, abbreviation: str, manner: str = "uk") -> Periodical:
    return Periodical(
        title=title, abbreviation=abbreviation, issn=f"0000-{number:04d}", nlm_id=f"99{number:07d}", manner=manner
    )


#: General psychiatry.
CLINICAL = (
    _journal(11, "Invented Archives of Psychiatry", "Invent Arch Psychiatry", "us"),
    _journal(12, "Invented Journal of Mood Medicine", "Invent J Mood Med"),
    _journal(13, "The Invented Bulletin of Psychological Medicine", "Invent Bull Psychol Med"),
    _journal(14, "Invented Annals of Clinical Psychopharmacology", "Invent Ann Clin Psychopharmacol", "us"),
    _journal(15, "Invented Acta Psychiatrica Borealis", "Invent Acta Psychiatr Boreal"),
    _journal(16, "Invented Journal of Rapid-Acting Treatments", "Invent J Rapid Act Treat", "us"),
    _journal(17, "Invented Open Psychiatry", "Invent Open Psychiatry"),
)
TRAUMA_AND_ANXIETY = (
    _journal(21, "Invented Journal of Anxiety and Fear", "Invent J Anxiety Fear", "us"),
    _journal(22, "Invented Journal of Trauma Recovery", "Invent J Trauma Recovery"),
)
NEUROSCIENCE = (
    _journal(31, "Invented Reports in Translational Psychiatry", "Invent Rep Transl Psychiatry"),
    _journal(32, "Invented NeuroImaging", "Invent Neuroimaging", "us"),
    _journal(33, "Invented Journal of Synapse Biology", "Invent J Synapse Biol", "us"),
)
PERIOPERATIVE = (
    _journal(41, "Invented Journal of Anaesthesia", "Invent J Anaesth"),
    _journal(42, "Invented Perioperative Medicine", "Invent Perioper Med", "us"),
)
PSYCHOTHERAPY = (_journal(51, "Invented Journal of Psychotherapy Research", "Invent J Psychother Res"),)
SAFETY = (
    _journal(61, "Invented Drug Safety Reports", "Invent Drug Saf Rep"),
    _journal(62, "Invented Journal of Urology and Toxicology", "Invent J Urol Toxicol", "us"),
)
PREPRINTS = (
    Periodical(
        title="InventRxiv: the preprint server for invented health sciences",
        abbreviation="InventRxiv",
        issn="0000-0071",
        nlm_id="990000071",
        is_preprint_server=True,
    ),
)
BOOK = Periodical(
    title="InventPearls: an invented handbook of psychiatry",
    abbreviation="InventPearls",
    issn="0000-0081",
    nlm_id="990000081",
)


def authors(random: Random, *, fewest: int = 2, most: int = 9, group: bool = False) -> tuple[Person, ...]:
    """People with different last names, the first with an affiliation."""
    names = random.sample(_LAST_NAMES, random.randint(fewest, most))
    people = []
    for place, last_name in enumerate(names):
        fore_name, middle = random.choice(_FORE_NAMES), random.choice("ABCDEFGHJKLMNPRSTVW")
        has_middle = random.random() < 0.6
        people.append(
            Person(
                last_name=last_name,
                fore_name=f"{fore_name} {middle}" if has_middle else fore_name,
                initials=fore_name[0] + (middle if has_middle else ""),
                affiliation=affiliation(random) if place in (0, len(names) - 1) else "",
            )
        )
    return (*people, Person(collective=random.choice(_GROUPS))) if group else tuple(people)


def affiliation(random: Random) -> str:
    """An address at an invented university."""
    town = random.choice(_TOWNS)
    return f"{random.choice(_DEPARTMENTS)}, Invented University of {town}, {town}."
