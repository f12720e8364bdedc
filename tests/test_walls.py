"""The walls of the house, read from the imports themselves."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "aggregator"

#: Rooms by floor; a room imports only from floors below, or from its own room.
FLOORS = {
    1: (
        "accuracy",
        "addresses",
        "dates",
        "errors",
        "assets",
        "beside",
        "called",
        "cycles",
        "files",
        "hosts",
        "job_run",
        "limiter",
        "listening",
        "locks",
        "stopping",
        "logs",
        "vocabulary",
        "exits",
        "plain",
        "lexicon",
    ),
    2: (
        "citation",
        "demo_data",
        "edition",
        "heartbeat",
        "operator_mail",
        "endpoint",
        "summary",
        "study",
        "topics",
        "config",
        "claims",
        "mail",
        "mailserver",
        "scheduler",
        "subscribers",
        "unsubscribe",
        "units",
    ),
    3: ("pubmed", "formats", "health"),
    4: ("evidence", "demo_data", "demo_world"),
    5: ("digest", "report", "archive", "search_calendar", "library", "topic_check", "claim_evidence", "estimates"),
    6: ("render", "charts", "notebook", "__init__"),
    7: ("harvest", "importing", "jobs", "local_search", "picking", "summarising", "delivery"),
    8: (
        *("house", "terminal", "verbs", "explaining", "subscribing", "safekeeping", "installing"),
        *("after_run", "scheduling", "service", "timetable", "doctor", "cli"),
    ),
    9: ("__main__",),
}
FLOOR_OF = {room: floor for floor, rooms in FLOORS.items() for room in rooms}

#: Within these rooms nothing is read or written and no clock is looked at.
PURE = (
    "citation",
    "summary",
    "study",
    "vocabulary",
    "edition",
    "evidence",
    "digest",
    "report",
    "archive",
    "health",
    "operator_mail",
    "search_calendar",
    "formats/feeds",
    "claim_evidence",
    "estimates",
    "pubmed/records",
    "pubmed/language",
    "pubmed/mesh",
    "pubmed/query_check",
    "pubmed/query_fields",
    "pubmed/query_filters",
    "pubmed/query_index",
    "pubmed/query_parser",
    "pubmed/query_remarks",
    "pubmed/query_tree",
    "pubmed/query_words",
    "pubmed/spellings",
    "pubmed/words",
    "pubmed/query_keys",
    "pubmed/query_bounds",
    "pubmed/explain",
    "pubmed/word_places",
)
FORBIDDEN_IN_PURE = {"os", "pathlib", "io.open", "requests", "sqlite3", "socket", "time", "subprocess", "urllib"}

#: Packages with the only places that may use them.
HOMES = {
    # What the client of PubMed knows of pace, retries and answers holds for NCBI only; the heartbeat is one plain GET.
    "requests": ("pubmed/eutils", "heartbeat"),
    "Bio": ("pubmed/answers", "pubmed/medline"),
    "jinja2": ("render/",),
    "schedule": ("scheduler",),
    "pandas": ("library/tables", "library/library", "formats/", "notebook", "verbs"),
    "sqlite3": ("library/",),
    "smtplib": ("mail",),
    "imaplib": ("unsubscribe",),
    "lxml": ("pubmed/", "demo_data/"),
}

CALLS = re.compile(r"(?<![\w.])(?:open|print)\(|(?:datetime|date)\.(?:now|today|utcnow)\(")

MODULES = sorted(path for path in PACKAGE.rglob("*.py"))


def name_of(path):
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def imports_of(path, *, at_runtime_only=False):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if at_runtime_only and id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "aggregator":
                yield from (f"aggregator.{alias.name}" for alias in node.names)
            else:
                yield node.module


def room_of(name):
    return name.split("/")[0]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_room_imports_only_from_the_floors_below(path):
    own = room_of(name_of(path))
    assert own in FLOOR_OF, f"{own} has no floor: give it one in this test"
    for module in imports_of(path):
        if module.startswith("aggregator."):
            other = module.split(".")[1]
            if other == "__version__" or other == own:
                continue
            assert FLOOR_OF[other] <= FLOOR_OF[own], f"{own} imports {other} from a floor above"


@pytest.mark.parametrize("room", ["pubmed", "library", "formats", "mail"])
def test_the_edges_do_not_know_each_other(room):
    edges = {"pubmed", "library", "formats", "mail"} - {room}
    for path in MODULES:
        if room_of(name_of(path)) == room:
            found = {module.split(".")[1] for module in imports_of(path) if module.startswith("aggregator.")}
            assert not found & edges, f"{name_of(path)} knows {found & edges}"


@pytest.mark.parametrize("pure", PURE)
def test_pure_rooms_do_no_input_or_output_and_read_no_clock(pure):
    paths = [path for path in MODULES if name_of(path) == pure or name_of(path).startswith(f"{pure}/")]
    assert paths
    for path in paths:
        found = {module.split(".")[0] for module in imports_of(path, at_runtime_only=True)}
        assert not found & FORBIDDEN_IN_PURE, f"{name_of(path)} imports {found & FORBIDDEN_IN_PURE}"
        assert not CALLS.findall(path.read_text(encoding="utf-8")), (
            f"{name_of(path)} reads a file or a clock, or prints"
        )


def test_only_the_command_line_and_the_house_see_settings():
    for path in MODULES:
        if name_of(path) not in ("config", "cli", "house", "service", "installing"):
            assert "aggregator.config" not in set(imports_of(path)), name_of(path)


@pytest.mark.parametrize("package", HOMES)
def test_a_package_is_used_in_its_room_only(package):
    for path in MODULES:
        if any(module.split(".")[0] == package for module in imports_of(path, at_runtime_only=True)):
            assert name_of(path).startswith(HOMES[package]), f"{name_of(path)} uses {package}"


def test_queries_and_reports_hold_no_python():
    top = PACKAGE.parent
    assert not [*(top / "queries").rglob("*.py"), *(top / "reports").rglob("*.py")]
