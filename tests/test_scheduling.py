"""The service as its operator sees it: what a run notes, what the list tells, who may be there, and whose eyes only."""

import json
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator import config, scheduling
from aggregator.cli import main
from aggregator.demo_world import DEMO_WEEKS, demo_world
from aggregator.errors import PubMedUnavailable
from aggregator.harvest import UpdateOutcome
from aggregator.house import House
from aggregator.job_run import JobRun, Result
from aggregator.library import Library
from aggregator.locks import Holder, Occupied, Seen, holder_of, holding
from aggregator.pubmed.simulator import Simulator
from aggregator.scheduling import STOPPED, Work, is_at_work, missing_searches, run_job, scheduled_jobs
from aggregator.stopping import Stopped
from aggregator.study import Search
from aggregator.timetable import in_short
from tests.scripted_smtp import ScriptedServer

SUNDAY = DEMO_WEEKS[0].astimezone(UTC)
DUE = SUNDAY - timedelta(hours=1)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Simulator(demo_world(DEMO_WEEKS[0])) as simulator:
        (tmp_path / "aggregator.toml").write_text(
            f'[pubmed]\nurl = "{simulator.url}"\nrequests_per_second = 1000\nattempts = 1\n'
        )
        yield simulator


class Watch:
    """A clock that moves when somebody works."""

    def __init__(self):
        self.now = SUNDAY

    def __call__(self):
        return self.now


@pytest.fixture
def house(tmp_path):
    watch = Watch()
    settings = config.load(None, environ={}, workspace=tmp_path / "workspace")
    return House(settings=settings, now=SUNDAY - timedelta(days=9), clock=watch, is_quiet=True)


def noted(house):
    with house.library() as library:
        return library.runs.all()


# -- one run --------------------------------------------------------------------------------------


def test_a_run_is_noted_when_it_begins_and_when_it_ends_with_its_due_moment(house):
    during = []

    def work(current):
        during.extend(noted(house))
        assert current.now == SUNDAY, "it works at the present moment, not when the service began"
        house.clock.now += timedelta(minutes=3)
        return Work()

    run = run_job(house, "update", DUE, work)
    (begun,) = during
    assert (begun.job, begun.due, begun.started, begun.ended, begun.result) == ("update", DUE, SUNDAY, None, None)
    assert noted(house) == (run,)
    assert run == replace(begun, ended=SUNDAY + timedelta(minutes=3), result=Result.DONE)
    assert run.took == timedelta(minutes=3)


def fails(error):
    def work(_):
        raise error

    return work


@pytest.mark.parametrize(
    ("work", "result", "problem"),
    [
        pytest.param(lambda _: Work(), Result.DONE, None, id="done"),
        pytest.param(
            lambda _: Work(result=Result.IN_PART, problems=("ptsd: try again", "safety: try again")),
            Result.IN_PART,
            "ptsd: try again\nsafety: try again",
            id="in part: a line for each",
        ),
        pytest.param(
            fails(PubMedUnavailable("down; wait")), Result.FAILED, "down; wait", id="a failure that was foreseen"
        ),
        pytest.param(
            fails(OSError(28, "No space left on device")),
            Result.FAILED,
            "the disk is full; nothing was lost, free some space and run again",
            id="what the system says, with what to do",
        ),
        pytest.param(
            fails(ZeroDivisionError("oh")),
            Result.FAILED,
            "ZeroDivisionError: oh: a defect; please report it, with the lines of the log",
            id="a defect",
        ),
        pytest.param(lambda _: Work(result=Result.FAILED), Result.FAILED, "see the log", id="nothing is said"),
    ],
)
def test_whatever_a_run_comes_to_is_noted_with_what_to_do_and_nothing_is_raised(house, work, result, problem):
    told = []
    run = run_job(house, "update", DUE, work, after=lambda at, ended: told.append((at, ended)))
    assert (run.result, run.problem) == (result, problem)
    assert noted(house) == (run,)
    assert [ended for _, ended in told] == [run], "whoever follows a run is told once it is noted"


def test_a_run_that_is_stopped_is_noted_as_that_and_the_stop_goes_on(house):
    with pytest.raises(Stopped):
        run_job(house, "update", DUE, fails(Stopped()), after=lambda *_: pytest.fail("it has not ended by itself"))
    (run,) = noted(house)
    assert (run.result, run.problem, run.ended) == (Result.STOPPED, STOPPED, SUNDAY)


def test_a_report_stopped_while_it_reads_the_library_is_noted_all_the_same(place, tmp_path):
    """A reading that was left half done must not keep the library from being written."""
    assert once() == 0
    settings = config.load(tmp_path / "aggregator.toml", environ={})
    house = House(settings=settings, now=SUNDAY, is_rehearsal=True, is_quiet=True)
    house.stop.ask()

    def report(current):
        with current.library() as library:
            return scheduling._report(current, library)

    with pytest.raises(Stopped):
        run_job(house, "digest", DUE, report)
    assert runs("digest")[-1].result is Result.STOPPED


def test_a_defect_in_what_follows_a_run_costs_nothing(house, caplog):
    run = run_job(house, "update", DUE, lambda _: Work(), after=lambda *_: 1 / 0)
    assert noted(house) == (run,)
    assert "what follows a run of update failed by a defect" in caplog.text


def test_a_long_problem_is_cut_to_what_a_person_reads(house):
    problems = tuple(f"topic-{number}: {'x' * 900}" for number in range(50))
    run = run_job(house, "update", DUE, lambda _: Work(result=Result.IN_PART, problems=problems))
    lines = run.problem.splitlines()
    assert len(lines) == 21
    assert max(map(len, lines)) < 410
    assert lines[-1] == "and 30 more; see the log"


def search(topic, problem=None, found=3):
    return Search(
        topic=topic, query="q", started=SUNDAY, found=found, new=0, changed=0, complete=problem is None, problem=problem
    )


def test_what_is_incomplete_is_named_with_the_reason_and_each_reason_once():
    away = "the server could not be reached; check the network"
    searches = (search("ptsd", away), search("safety"), search("depression", away), search("panic", "a list was short"))
    outcome = UpdateOutcome(searches=searches, new=(), changed=(), problems=("fetching everything held again: later",))
    assert missing_searches(outcome) == (
        f"ptsd, depression: {away}",
        "panic: a list was short",
        "fetching everything held again: later",
    )


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (Result.DONE, Result.DONE, Result.DONE),
        (Result.FAILED, Result.FAILED, Result.FAILED),
        (Result.FAILED, Result.DONE, Result.IN_PART),
        (Result.DONE, Result.IN_PART, Result.IN_PART),
    ],
)
def test_two_parts_of_a_job_make_one_result(one, other, both):
    assert (Work(result=one) + Work(result=other, problems=("x",))) == Work(result=both, problems=("x",))


# -- the jobs -------------------------------------------------------------------------------------


def write_mail(port, *readers):
    text = f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "digest@clinic.example"\n'
    text += "".join(f'[[subscriber]]\nemail = "{reader}"\n' for reader in readers)
    with Path("aggregator.toml").open("a") as file:
        file.write(text)


def once(moment=SUNDAY):
    return main(["schedule", "--once", "--quiet", "--now", moment.isoformat()])


def runs(job=None):
    with Library(Path("workspace/library.sqlite")) as library:
        return library.runs.all(job)


def test_an_incomplete_update_says_which_topics_and_why_and_the_digest_goes_out(place):
    place.faults.add("esearch", "server-error", times=1)
    assert once() == 3
    update, digest = runs()
    assert update.result is Result.IN_PART
    assert update.problem.startswith("ptsd: ")
    assert "HTTP 500" in update.problem or "error" in update.problem
    assert "try again later" in update.problem
    assert digest.result is Result.DONE


def test_letters_that_did_not_arrive_are_named_masked_with_the_servers_words(place):
    with ScriptedServer(faults={"RCPT": ["550 no such mailbox"]}) as server:
        write_mail(server.port, "a.doctor@clinic.example", "b.nurse@clinic.example")
        assert once() == 3
    (run,) = runs("digest")
    assert run.result is Result.IN_PART
    assert run.problem.startswith("no letter to a***@clinic.example: ")
    assert "550 no such mailbox" in run.problem
    assert "a.doctor" not in run.problem


def test_a_report_that_cannot_be_built_holds_no_letter_back(place, tmp_path):
    with ScriptedServer() as server:
        write_mail(server.port, "a.doctor@clinic.example")
        (tmp_path / "reports/site").mkdir(parents=True)
        (tmp_path / "reports/site/methods.html").write_text("{% wrong %}")
        assert once() == 3
        assert server.recipients == ["a.doctor@clinic.example"]
    (run,) = runs("digest")
    assert run.result is Result.IN_PART
    assert run.problem.startswith("the report stays as it was: ")
    assert "methods.html, line 1" in run.problem


def test_a_failed_run_is_not_made_again_before_its_pause_and_once_says_so(place, capfd):
    place.faults.add("esearch", "server-error", times=None)
    once()
    place.faults.clear()
    capfd.readouterr()
    soon = SUNDAY + timedelta(minutes=5)
    assert main(["schedule", "--once", "--now", soon.isoformat()]) == 0
    assert "nothing is due; update has failed and is tried again from Sun 18:10 EST on" in capfd.readouterr().err
    assert once(SUNDAY + timedelta(minutes=10)) == 0
    assert [run.result for run in runs("update")] == [Result.FAILED, Result.DONE]


def test_updates_are_spread_by_installation_letters_are_not_and_a_setting_turns_it_off(place, tmp_path):
    def spreads(jitter):
        text = f"[schedule]\njitter = {jitter}\n"
        (tmp_path / "other.toml").write_text(text)
        settings = config.load(tmp_path / "other.toml", environ={}, workspace=tmp_path / "workspace")
        house = House(settings=settings, now=SUNDAY)
        return [job.spread for job in scheduled_jobs(house)]

    assert spreads(30) == [timedelta(), timedelta()], "an installation without a name has none yet"
    with Library(tmp_path / "workspace/library.sqlite") as library:
        assert library.name_installation("an installation") == "an installation"
        assert library.name_installation("another") == "an installation"
    update, digest = spreads(30)
    assert timedelta() < update < timedelta(minutes=30)
    assert digest == timedelta()
    assert spreads(30)[0] == update
    assert spreads(0)[0] == timedelta()


@pytest.mark.parametrize("jitter", ["-1", "31", "2.5", '"much"'])
def test_a_jitter_that_is_none_is_refused(jitter, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("aggregator.toml").write_text(f"[schedule]\njitter = {jitter}\n")
    assert main(["schedule", "--list"]) == 2
    assert "'jitter' must be a whole number from 0 to 30" in capfd.readouterr().err


# -- the list -------------------------------------------------------------------------------------


def listed(capfd, *words, now=SUNDAY):
    capfd.readouterr()
    assert main(["schedule", "--list", "--now", now.isoformat(), *words]) == 0
    return capfd.readouterr().out


def test_the_list_of_a_new_installation_makes_nothing(place, capfd):
    out = listed(capfd)
    assert [line.split() for line in out.splitlines()[:3]] == [
        ["job", "next", "last", "run", "took", "result"],
        ["update", "now", "never"],
        ["digest", "now", "never"],
    ]
    assert "No service is running: start `aggregator schedule`" in out
    assert not Path("workspace").exists()


def remember(*kept):
    with Library(Path("workspace/library.sqlite")) as library:
        for run in kept:
            library.runs.remember(run)


def ran(job="update", *, started=SUNDAY, minutes=2, result=Result.DONE, problem=None, due=DUE):
    ended = None if result is None else started + timedelta(minutes=minutes)
    return JobRun(id=f"{job} {started}", job=job, due=due, started=started, ended=ended, result=result, problem=problem)


SOON = SUNDAY + timedelta(hours=2)


def test_the_list_fits_a_terminal_of_80_columns_and_tells_what_to_do(place, capfd):
    write_mail(25, "a@clinic.example")
    with Path("aggregator.toml").open("a") as file:
        file.write('cadence = "monthly"\ntimezone = "America/Argentina/ComodRivadavia"\n')
    problem = "ptsd, social-anxiety, depression, other-anxiety: " + "the server could not be reached; " * 3 + "wait"
    remember(ran(minutes=75, result=Result.IN_PART, problem=problem), ran("digest", result=None))
    out = listed(capfd, now=SOON)
    assert max(map(len, out.splitlines())) <= 80
    update = next(line for line in out.splitlines() if line.startswith("update"))
    assert update.split() == ["update", "now", "Sun", "15", "Nov", "18:00", "1", "h", "15", "in", "part"]
    assert "broken off" in next(line for line in out.splitlines() if line.startswith("digest"))
    assert "the process was killed, or the machine went off" in out
    assert "  ptsd, social-anxiety, depression, other-anxiety: the server could not be" in out


def test_a_run_is_under_way_only_while_the_service_that_began_it_lives(place, capfd, tmp_path):
    workspace = tmp_path / "workspace"
    remember(ran(result=None))
    with holding(workspace, "service", "schedule", now=SUNDAY - timedelta(minutes=1)):
        assert "under way" in listed(capfd, now=SOON)
        assert f"`schedule` (process {os.getpid()}) is at work, since Sun 2026-11-15 17:59 EST." in listed(
            capfd, now=SOON
        )
    assert "broken off" in listed(capfd, now=SOON)
    with holding(workspace, "service", "schedule", now=SUNDAY + timedelta(minutes=1)):
        assert "broken off" in listed(capfd, now=SOON), "this one began after that run"


def test_an_update_that_waits_for_the_night_names_what_waits_for_it(place, capfd, tmp_path):
    file = tmp_path / "aggregator.toml"
    file.write_text(file.read_text() + "off_peak = true\n")
    monday = datetime(2026, 11, 16, 13, 0, tzinfo=UTC)
    assert main(["schedule", "--once", "--now", monday.isoformat()]) == 0
    said = "waiting for NCBI's quiet hours, until Mon 2026-11-16 21:00 EST, to fill "
    for heard in (capfd.readouterr().err, (tmp_path / "workspace/logs/aggregator.log").read_text()):
        line = next(line for line in heard.splitlines() if said in line)
        assert "ptsd" in line
        assert line.endswith("for the first time (`off_peak`); digest waits for it")
    assert main(["schedule", "--once", "--now", (monday + timedelta(days=1)).isoformat()]) == 0
    assert said not in capfd.readouterr().err


SERVICE = Holder(verb="schedule", process=12, since=SUNDAY)


@pytest.mark.parametrize(
    ("begun", "service", "expected"),
    [
        pytest.param(SUNDAY, Seen(holder=SERVICE), True, id="begun by the service that lives"),
        pytest.param(SUNDAY - timedelta(hours=1), Seen(holder=SERVICE), False, id="begun by one before it"),
        pytest.param(SUNDAY, Seen(), False, id="no service lives"),
        pytest.param(SUNDAY, Seen(holder=SERVICE, is_certain=False), None, id="its lock cannot be tried"),
        pytest.param(SUNDAY, Seen(is_certain=False), None, id="nor its note be read"),
        pytest.param(
            SUNDAY - timedelta(hours=1),
            Seen(holder=SERVICE, is_certain=False),
            False,
            id="another service has been here since",
        ),
    ],
)
def test_whether_a_run_goes_on_follows_from_the_services_lock(begun, service, expected):
    assert is_at_work(JobRun(id="1", job="update", started=begun), service) is expected
    ended = JobRun(id="1", job="update", started=begun, ended=begun, result=Result.DONE)
    assert is_at_work(ended, service) is False


def test_a_lock_that_cannot_be_tried_is_no_proof(place, capfd, tmp_path):
    with Library(tmp_path / "workspace/library.sqlite") as library:
        library.runs.remember(JobRun(id="1", job="update", started=SUNDAY))
    # As a workspace of somebody else's is: the lock cannot be opened.
    (tmp_path / "workspace/.service.lock").mkdir()
    out = listed(capfd, now=SOON)
    assert "Whether a service is running cannot be known from here" in out
    assert "not known" in out
    assert main(["doctor", "--now", SOON.isoformat()]) in (0, 1)
    assert "whether its process lives cannot be known from here" in capfd.readouterr().out


def test_the_list_as_json_has_all_that_a_program_needs(place, capfd):
    remember(ran(minutes=2, result=Result.FAILED, problem="down; wait", due=datetime(2026, 11, 15, 10, 30, tzinfo=UTC)))
    told = json.loads(listed(capfd, "--format", "json", now=SUNDAY + timedelta(minutes=3)))
    assert told["service"] is None
    update, digest = told["jobs"]
    assert update == {
        "job": "update",
        "rule": "daily 05:30",
        "timezone": "America/New_York",
        "jitter_seconds": 0,
        "next": "2026-11-15T18:12:00-05:00",
        "overdue_since": "2026-11-15T10:30:00+00:00",
        "failures": 1,
        "last": {
            "id": f"update {SUNDAY}",
            "due": "2026-11-15T10:30:00+00:00",
            "started": "2026-11-15T23:00:00+00:00",
            "ended": "2026-11-15T23:02:00+00:00",
            "seconds": 120.0,
            "result": "failed",
            "problem": "down; wait",
        },
    }
    assert digest["last"] is None


def test_the_next_time_that_is_listed_has_the_installations_own_minute(place, capfd):
    with Library(Path("workspace/library.sqlite")) as library:
        library.name_installation("an installation")
    remember(ran(due=datetime(2026, 11, 15, 10, 30, tzinfo=UTC)))
    update = json.loads(listed(capfd, "--format", "json", now=SOON))["jobs"][0]
    delay = timedelta(seconds=update["jitter_seconds"])
    assert timedelta() < delay <= timedelta(minutes=5)
    assert datetime.fromisoformat(update["next"]) == datetime(2026, 11, 16, 10, 30, tzinfo=UTC) + delay


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3540, "59 min"),
        (3600, "1 h 00"),
        (4500, "1 h 15"),
        (90000, "25 h 00"),
    ],
)
def test_spans_are_told_shortly(seconds, words):
    assert in_short(timedelta(seconds=seconds)) == words


def test_the_list_and_once_exclude_each_other(place, capfd):
    with pytest.raises(SystemExit) as ended:
        main(["schedule", "--list", "--once"])
    assert ended.value.code == 2


# -- who is there, and whose eyes only ------------------------------------------------------------


def test_the_lock_says_who_has_it_and_is_free_again_afterwards(tmp_path):
    with holding(tmp_path, "service", "schedule", now=SUNDAY):
        assert (holder_of(tmp_path, "service").verb, holder_of(tmp_path, "service").process) == (
            "schedule",
            os.getpid(),
        )
        with pytest.raises(Occupied, match=r"`schedule` \(process \d+\) is working here since 2026-11-15 23:00 UTC"):
            holding(tmp_path, "service", "schedule --once", now=SUNDAY).__enter__()
        assert holder_of(tmp_path, "writer") is None, "each lock is one of its own"
    assert holder_of(tmp_path, "service") is None


@pytest.mark.parametrize(
    "note", [None, b"", b"half a no", b'{"verb": 5}'], ids=["none", "empty", "broken", "another's"]
)
def test_a_note_that_cannot_be_read_does_not_open_the_lock(tmp_path, note):
    with holding(tmp_path, "service", "schedule", now=SUNDAY):
        (tmp_path / ".service").unlink()
        if note is not None:
            (tmp_path / ".service").write_bytes(note)
        assert holder_of(tmp_path, "service") is not None
        with pytest.raises(Occupied, match="another run is working here; wait"):
            holding(tmp_path, "service", "schedule", now=SUNDAY).__enter__()


def test_a_note_that_a_killed_process_has_left_says_nothing(tmp_path):
    (tmp_path / ".service.lock").touch()
    (tmp_path / ".service").write_text('{"verb": "schedule", "process": 4711, "since": "2026-11-15T23:00:00Z"}')
    assert holder_of(tmp_path, "service") is None


@pytest.mark.skipif(os.name != "posix", reason="rights as POSIX has them")
@pytest.mark.parametrize("umask", [0o022, 0o002, 0o000], ids=oct)
def test_the_workspace_is_its_owners_alone_and_the_pages_in_it_can_be_read(place, umask):
    before = os.umask(umask)
    try:
        assert once() == 0
    finally:
        os.umask(before)
    workspace = Path("workspace")
    assert stat.S_IMODE(workspace.stat().st_mode) == 0o700
    private = {".service.lock", ".writer.lock", "library.sqlite"}
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in workspace.iterdir() if path.is_file()}
    assert modes == dict.fromkeys(private, 0o600)
    assert stat.S_IMODE((workspace / "site/index.html").stat().st_mode) == 0o666 & ~umask
    assert stat.S_IMODE((workspace / "site").stat().st_mode) == 0o777 & ~umask


@pytest.mark.skipif(os.name != "posix", reason="rights as POSIX has them")
def test_a_workspace_that_others_may_enter_stays_as_its_owner_has_made_it(place):
    Path("workspace").mkdir(mode=0o711)
    Path("workspace").chmod(0o711)
    assert once() == 0
    assert stat.S_IMODE(Path("workspace").stat().st_mode) == 0o711


def test_a_service_is_told_of_settings_that_cannot_be_used_before_it_begins(place, tmp_path, capfd):
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries/ptsd.toml").write_text("title = ")
    assert main(["schedule"]) == 2
    assert "ptsd.toml" in capfd.readouterr().err
    assert not Path("workspace").exists()


def test_doctor_and_the_service_name_the_same_times(place, house):
    told = scheduling.timetable(scheduled_jobs(house), replace(house, now=SUNDAY))
    assert told == "update: next at Mon 2026-11-16 05:30 EST\ndigest: next at Mon 2026-11-16 07:00 EST"
