"""init asks, writes settings that load and keeps secrets out of them; service writes what systemd, cron and Windows run."""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from aggregator import config, installing
from aggregator.cli import main
from aggregator.pubmed.simulator import Simulator
from tests.crash_world import worlds
from tests.ports import free_port

TOP = Path(__file__).resolve().parent.parent
NOW = ["--now", "2026-11-28T12:00:00+00:00"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A folder of its own, no secrets, and a machine in Berlin."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    for variable in ("NCBI_EMAIL", "NCBI_API_KEY", "AGGREGATOR_SMTP_PASSWORD", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


class Person(io.StringIO):
    """Somebody who sits at a terminal and types these lines."""

    def isatty(self):
        return True


@pytest.fixture
def typing(monkeypatch):
    def types(*lines):
        monkeypatch.setattr(sys, "stdin", Person("".join(f"{line}\n" for line in lines)))

    return types


def held(file="aggregator.toml"):
    return tomllib.loads(Path(file).read_text(encoding="utf-8"))


def mode(file):
    return stat.S_IMODE(Path(file).stat().st_mode)


# -- init -------------------------------------------------------------------------------------------


def test_without_a_terminal_nothing_is_asked_and_every_key_stands_there_with_its_meaning(capsys):
    assert main(["init", "--email", "you@clinic.example", *NOW]) == 0
    assert held() == {
        "pubmed": {"email": "you@clinic.example"},
        "workspace": {"backups": 4},
        "schedule": {"timezone": "Europe/Berlin", "update": "daily 05:30", "digest": "monday 07:00"},
        "report": {},
        "digest": {},
        "operator": {},
        "log": {},
    }
    text = Path("aggregator.toml").read_text(encoding="utf-8")
    for key in config.KEYS:
        assert re.search(rf"^#?{key.name} = ", text, re.MULTILINE), key.name
    said = capsys.readouterr().err
    assert "PubMed is asked next on Sun 2026-11-29 05:30 CET" in said
    assert "the digest is written next on Mon 2026-11-30 07:00 CET" in said
    assert "aggregator doctor" in said


def test_what_is_commented_out_is_what_holds_without_it(monkeypatch):
    assert main(["init", "--yes"]) == 0
    text = Path("aggregator.toml").read_text(encoding="utf-8")
    opened, here = [], ""
    for line in text.splitlines():
        table = re.match(r"#?\[+(\w+)\]+$", line)
        here = table[1] if table else here
        key = re.match(r"#(\w+) = ", line)
        is_default = key and here not in ("mail", "mailbox", "subscriber") and config.default(here, key[1]) is not None
        opened.append(line[1:] if is_default else line)
    one, other = (config.understand("\n".join(lines), file=None, environ={}) for lines in (opened, text.splitlines()))
    assert one == other


def test_settings_and_secrets_are_for_their_owners_eyes_alone_and_the_secrets_file_sets_nothing():
    assert main(["init", "--yes"]) == 0
    assert mode("aggregator.toml") == mode("aggregator.env") == 0o600
    lines = Path("aggregator.env").read_text().splitlines()
    assert all(not line or line.startswith("#") for line in lines)
    assert {"#NCBI_API_KEY=", "#AGGREGATOR_SMTP_PASSWORD=", "#AGGREGATOR_IMAP_PASSWORD="} <= set(lines)


def test_settings_that_are_there_are_replaced_with_force_only_and_secrets_never(capsys):
    Path("aggregator.toml").write_text("[broken")
    Path("aggregator.env").write_text("NCBI_API_KEY=held\n")
    assert main(["init", "--yes"]) == 2
    assert "aggregator.toml is there already; edit it, or replace it with --force" in capsys.readouterr().err
    assert Path("aggregator.toml").read_text() == "[broken"
    assert main(["init", "--yes", "--force"]) == 0
    assert held()["workspace"] == {"backups": 4}
    assert Path("aggregator.env").read_text() == "NCBI_API_KEY=held\n"


def test_a_secret_in_the_environment_never_comes_into_the_file(monkeypatch):
    monkeypatch.setenv("NCBI_API_KEY", "5ec4e7feed")
    monkeypatch.setenv("AGGREGATOR_SMTP_PASSWORD", "invented-password")
    assert main(["init", "--yes", "--mail-host", "smtp.clinic.example", "--sender", "digest@clinic.example"]) == 0
    for file in Path().iterdir():
        assert "5ec4e7feed" not in file.read_text()
        assert "invented-password" not in file.read_text()


EVERYTHING = (
    *("--email", "you@clinic.example", "--timezone", "Asia/Kolkata", "--update", "hourly", "--digest", "friday 16:00"),
    *("--mail-host", "smtp.clinic.example", "--mail-port", "2525", "--mail-security", "tls", "--mail-user", "digest"),
    *("--sender", 'Clinic "Évidence" 🧠 <digest@clinic.example>', "--subscriber", "a.doctor@clinic.example"),
    *("--backups", "0"),
)
ALL_OF_IT = {
    "pubmed": {"email": "you@clinic.example"},
    "workspace": {"backups": 0},
    "schedule": {"timezone": "Asia/Kolkata", "update": "hourly", "digest": "friday 16:00"},
    "report": {},
    "digest": {},
    "operator": {"email": "you@clinic.example"},
    "log": {},
    "mail": {
        "host": "smtp.clinic.example",
        "port": 2525,
        "security": "tls",
        "username": "digest",
        "sender": 'Clinic "Évidence" 🧠 <digest@clinic.example>',
    },
    "subscriber": [{"email": "a.doctor@clinic.example"}],
}


def test_every_answer_can_be_given_as_an_option():
    assert main(["init", *EVERYTHING]) == 0
    assert held() == ALL_OF_IT


def test_the_same_answers_can_be_typed(typing, capsys):
    typing(
        "you@clinic.example",
        "Asia/Kolkata",
        "hourly",
        "friday 16:00",
        "smtp.clinic.example",
        "tls",
        "2525",
        "digest",
        'Clinic "Évidence" 🧠 <digest@clinic.example>',
        "a.doctor@clinic.example",
        "n",
        "n",
    )
    assert main(["init", "--backups", "0"]) == 0
    assert held() == ALL_OF_IT
    assert "Time zone [Europe/Berlin]: " in capsys.readouterr().err


def test_empty_answers_take_the_defaults_and_without_a_mail_server_nothing_more_is_asked_of_mail(typing, capsys):
    typing("", "", "", "", "", "", "n")
    assert main(["init", *NOW]) == 0
    assert held()["schedule"] == {"timezone": "Europe/Berlin", "update": "daily 05:30", "digest": "monday 07:00"}
    assert "mail" not in held()
    said = capsys.readouterr().err
    assert "security" not in said
    assert "first put your email address under [pubmed]" in said


def test_an_answer_that_cannot_be_used_is_asked_for_again_with_the_reason(typing, capsys):
    typing("nobody", "you@clinic.example", "Berlin", "Europe/Berlin", "now and then", "hourly", "", "smtp.x.example")
    with_mail = Person(sys.stdin.getvalue() + "ssl\nstarttls\n99999\n\n\n\ndigest@clinic.example\n\nn\nn\n")
    sys.stdin = with_mail
    assert main(["init"]) == 0
    said = capsys.readouterr().err
    for reason in ("must be one mail address", "is no time zone", "no time for a job", "'ssl' is not known", "65535"):
        assert reason in said
    assert held()["mail"] == {
        "host": "smtp.x.example",
        "port": 587,
        "security": "starttls",
        "sender": "digest@clinic.example",
    }


def test_who_goes_away_in_the_middle_leaves_nothing_behind(typing, capsys):
    typing("you@clinic.example", "")
    assert main(["init"]) == 2
    assert "nothing was written; run `init` again" in capsys.readouterr().err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--mail-port", "25"], "a mail server is needed for [mail] port; add --mail-host"),
        (["--mail-host", "smtp.clinic.example"], "[mail] needs sender; add --sender"),
        (
            ["--mail-host", "smtp.clinic.example", "--mail-security", "none", "--sender", "digest@clinic.example"],
            "'security' may be none only for a server on this machine",
        ),
        (["--update", "never"], "is no time for a job; write it as"),
    ],
    ids=["a port without a server", "no sender", "no security", "no rule"],
)
def test_options_that_cannot_be_used_are_refused_and_nothing_is_written(words, reason, capsys):
    assert main(["init", "--yes", *words]) == 2
    assert reason in capsys.readouterr().err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [["--email", "x"], ["--timezone", "Berlin"], ["--mail-port", "0"], ["--backups", "many"]],
    ids=lambda w: w[0],
)
def test_an_option_is_checked_as_the_key_of_the_file_is(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["init", "--yes", *words])
    assert ended.value.code == 2
    assert "must be" in capsys.readouterr().err or words[0] == "--timezone"


def test_the_file_and_the_workspace_may_be_anywhere(tmp_path):
    file = tmp_path / "etc" / "a b" / "clinic.toml"
    assert main(["init", "--yes", "--config", str(file), "--workspace", "data"]) == 0
    assert held(file)["workspace"] == {"path": str(tmp_path / "data"), "backups": 4}
    assert mode(file.with_name("aggregator.env")) == 0o600


def test_a_place_that_cannot_be_written_is_named(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert main(["init", "--yes", "--config", str(tmp_path / "file" / "aggregator.toml")]) == 1
    assert "Traceback" not in capsys.readouterr().err


ZONES = [
    ("the environment", {"TZ": ":Asia/Tokyo"}, "Asia/Tokyo"),
    ("no zone of ours", {"TZ": "CET-1CEST,M3.5.0"}, None),
    ("nothing", {"TZ": ""}, None),
]


@pytest.mark.parametrize(("_", "environ", "zone"), ZONES, ids=[row[0] for row in ZONES])
def test_the_machines_time_zone_is_told_by_its_name_or_else_the_default(_, environ, zone, monkeypatch):
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    found = installing.this_machines_zone()
    config.reader("schedule", "timezone")(found)
    if zone:
        assert found == zone


def test_the_time_zone_is_read_from_the_link_that_machines_keep(monkeypatch):
    monkeypatch.setattr(installing.Path, "read_text", lambda *_, **__: "")
    monkeypatch.setattr(installing.os.path, "realpath", lambda _: "/usr/share/zoneinfo/America/Argentina/Ushuaia")
    monkeypatch.delenv("TZ")
    assert installing.this_machines_zone() == "America/Argentina/Ushuaia"


class Guard:
    """A mail server's door."""

    def __call__(self, server, session, envelope, mechanism, data):
        return AuthResult(success=data.password == b"invented-password")


@pytest.fixture
def mail_server():
    port = free_port()
    controller = Controller(None, hostname="127.0.0.1", port=port, authenticator=Guard(), auth_require_tls=False)
    controller.start()
    yield str(port)
    controller.stop()


def with_server(port):
    words = ["--mail-host", "127.0.0.1", "--mail-port", port, "--mail-security", "none", "--mail-user", "digest"]
    return ["init", "--email", "you@clinic.example", *words, "--sender", "digest@clinic.example"]


@pytest.fixture
def no_pubmed(monkeypatch):
    """The first world's PubMed in the place of the real one."""
    with Simulator(next(worlds())) as simulator:
        house_of = installing.House.pubmed
        monkeypatch.setattr(
            installing.House,
            "pubmed",
            lambda house: house_of(
                installing.House(
                    settings=config.understand(
                        f'[pubmed]\nemail = "you@clinic.example"\nurl = "{simulator.url}"', file=None, environ={}
                    ),
                    now=house.now,
                )
            ),
        )
        yield


def test_the_login_is_tried_when_it_is_wished(mail_server, no_pubmed, monkeypatch, capsys):
    monkeypatch.setenv("AGGREGATOR_SMTP_PASSWORD", "invented-password")
    assert main([*with_server(mail_server), "--try"]) == 0
    said = capsys.readouterr().err
    assert "mail: 127.0.0.1 takes our login" in said
    assert "PubMed: " in said


def test_a_wrong_password_is_said_and_the_settings_stay(mail_server, no_pubmed, monkeypatch, capsys):
    monkeypatch.setenv("AGGREGATOR_SMTP_PASSWORD", "wrong")
    assert main([*with_server(mail_server), "--try"]) == 3
    assert "mail: " in capsys.readouterr().err
    assert held()["mail"]["username"] == "digest"


def test_without_the_password_it_is_said_where_it_belongs(mail_server, no_pubmed, typing, capsys):
    typing(*[""] * 20)
    assert main([*with_server(mail_server)]) == 3
    said = capsys.readouterr().err
    assert "AGGREGATOR_SMTP_PASSWORD is not set" in said
    assert "Try mail now? [Y/n]: " in said
    place = re.search(r"run `(set -a; \. .*; set \+a)`", said)[1]
    Path("aggregator.env").write_text("AGGREGATOR_SMTP_PASSWORD='p w'\n")
    done = subprocess.run(
        ["/bin/sh", "-c", f"cd /; {place}; env"],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert "AGGREGATOR_SMTP_PASSWORD=p w\n" in done.stdout


# -- service ----------------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path):
    assert main(["init", "--yes", "--quiet"]) == 0
    return tmp_path / "units"


def service(*words, into=None):
    return main(["service", *words, *(["--into", str(into)] if into else [])])


@pytest.mark.parametrize(
    ("words", "names", "next_words"),
    [
        (["--user"], ["ketamine-aggregator.service"], ["systemctl --user daemon-reload", "loginctl enable-linger"]),
        (
            ["--user", "--timer"],
            ["ketamine-aggregator.service", "ketamine-aggregator.timer"],
            ["enable --now ketamine-aggregator.timer"],
        ),
        (["--system", "--run-as", "nobody"], ["ketamine-aggregator.service"], ["systemctl daemon-reload"]),
    ],
    ids=["user", "timer", "system"],
)
def test_the_units_are_written_and_what_to_type_next_is_said(installed, capsys, words, names, next_words):
    assert service("install", *words, into=installed) == 0
    said = capsys.readouterr().err
    assert sorted(path.name for path in installed.iterdir()) == names
    for each in next_words:
        assert each in said
    assert ("loginctl" in said) == ("--user" in words)
    text = (installed / names[0]).read_text()
    assert f'"{sys.executable}"' in text
    assert f'"--config" "{Path("aggregator.toml").absolute()}" "schedule"' in text
    assert f"EnvironmentFile=-{Path('aggregator.env').absolute()}\n" in text
    assert Path("workspace").is_dir()


def test_show_prints_what_install_writes_and_writes_nothing(installed, capsys):
    assert service("show", "--user", into=installed) == 0
    shown = capsys.readouterr().out
    assert not installed.exists()
    assert not Path("workspace").exists()
    assert service("install", "--user", into=installed) == 0
    file = installed / "ketamine-aggregator.service"
    assert shown == f"# {file}\n{file.read_text()}\n"


def test_installing_again_changes_nothing_and_a_unit_changed_by_hand_is_replaced_with_force_only(installed, capsys):
    assert service("install", "--user", into=installed) == 0
    assert service("install", "--user", into=installed) == 0
    file = installed / "ketamine-aggregator.service"
    made = file.read_text()
    file.write_text(made.replace("RestartSec=60", "RestartSec=5"))
    assert service("install", "--user", into=installed) == 2
    assert "is there and says something else" in capsys.readouterr().err
    assert "RestartSec=5\n" in file.read_text()
    assert service("install", "--user", "--force", into=installed) == 0
    assert file.read_text() == made


def test_the_lasting_service_takes_the_place_of_the_timer(installed):
    assert service("install", "--user", "--timer", into=installed) == 0
    (installed / "timers.target.wants").mkdir()
    (installed / "timers.target.wants" / "ketamine-aggregator.timer").symlink_to(
        installed / "ketamine-aggregator.timer"
    )
    assert service("install", "--user", "--force", into=installed) == 0
    assert sorted(path.name for path in installed.iterdir()) == ["ketamine-aggregator.service", "timers.target.wants"]
    assert list((installed / "timers.target.wants").iterdir()) == []


def test_uninstalling_takes_away_what_was_installed_and_nothing_else(installed, capsys):
    assert service("install", "--user", "--timer", into=installed) == 0
    (installed / "other.service").write_text("of somebody else")
    Path("workspace/library.sqlite").write_text("invented")
    assert service("uninstall", "--user", into=installed) == 0
    said = capsys.readouterr().err
    assert "systemctl --user stop ketamine-aggregator.timer ketamine-aggregator.service" in said
    assert [path.name for path in installed.iterdir()] == ["other.service"]
    assert Path("workspace/library.sqlite").exists()
    assert Path("aggregator.toml").exists()
    assert service("uninstall", "--user", into=installed) == 0
    assert "there is no unit of ours" in capsys.readouterr().err


def test_a_unit_that_we_have_not_written_stays(installed):
    installed.mkdir()
    file = installed / "ketamine-aggregator.service"
    file.write_text("[Service]\nExecStart=/bin/true\n")
    assert service("uninstall", "--user", into=installed) == 0
    assert file.exists()


@pytest.mark.parametrize("action", ["install", "show", "cron", "windows"])
def test_without_settings_there_is_nothing_to_serve(action, capsys):
    assert service(action) == 2
    assert "run `init` first, or name them with --config" in capsys.readouterr().err


def test_a_user_is_named_only_to_the_machines_systemd(installed, capsys):
    assert service("install", "--user", "--run-as", "digest", into=installed) == 2
    assert "--run-as is for --system" in capsys.readouterr().err


def test_a_user_that_is_not_there_is_said(installed, capsys):
    if os.geteuid() != 0:
        pytest.skip("only root gives a folder away")
    assert service("install", "--system", "--run-as", "no-such-user", into=installed) == 2
    assert "there is no user no-such-user; make it with `useradd" in capsys.readouterr().err


def test_a_place_for_units_that_cannot_be_written_is_named(installed, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert service("install", "--user", into=tmp_path / "file" / "units") == 1
    assert "Traceback" not in capsys.readouterr().err


def test_the_line_for_cron_runs_the_schedule_once(installed, capsys):
    """With a PubMed of its own and the shell that cron uses."""
    text = Path("aggregator.toml").read_text()
    with Simulator(next(worlds())) as simulator:
        Path("aggregator.toml").write_text(
            text.replace("[pubmed]\n", f'[pubmed]\nurl = "{simulator.url}"\nrequests_per_second = 1000\n')
        )
        assert service("cron") == 0
        command = capsys.readouterr().out.split(" ", 5)[5].replace("\\%", "%")
        environ = {"PATH": os.environ["PATH"], "HOME": str(Path.cwd())}
        done = subprocess.run(
            ["/bin/sh", "-c", command], check=False, capture_output=True, text=True, env=environ, cwd="/"
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert Path("workspace/site/index.html").exists()


def test_windows_is_told_by_a_line_or_a_file(installed, capsys):
    assert service("windows") in (0, 2)
    assert service("windows", "--xml") == 0
    said = capsys.readouterr()
    assert "<Task version=" in said.out
    assert "schtasks /Create /TN ketamine-aggregator /XML task.xml" in said.err


# -- a systemd that runs it -------------------------------------------------------------------------

#: A user's systemd in namespaces of its own; the machine's is not touched.
MANAGER = """\
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system /run/user/0 && chmod 700 /run/user/0
export XDG_RUNTIME_DIR=/run/user/0
/usr/lib/systemd/systemd --user >/dev/null 2>&1 &
manager=$!
for _ in $(seq 100); do systemctl --user is-system-running 2>/dev/null | grep -q running && break; sleep 0.1; done
{steps}
kill $manager; wait
"""


def can_run_systemd():
    if os.geteuid() != 0 or not shutil.which("unshare") or not Path("/usr/lib/systemd/systemd").exists():
        return False
    steps = MANAGER.format(steps="systemctl --user is-system-running")
    done = subprocess.run(["unshare", "-mpf", "--mount-proc", "sh", "-c", steps], check=False, capture_output=True)
    return b"running" in done.stdout


@pytest.mark.parametrize("is_timer", [False, True], ids=["service", "timer"])
def test_a_real_systemd_runs_the_unit_with_its_secrets_and_stops_it_in_peace(tmp_path, monkeypatch, capsys, is_timer):
    if not can_run_systemd():
        pytest.skip("no user's systemd can be started here (root, unshare and Debian's package systemd are needed)")
    place = tmp_path / 'the "clinic\'s" 100% $HOME \\x'
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    assert main(["init", "--yes", "--email", "you@clinic.example"]) == 0
    Path("aggregator.env").write_text("NCBI_API_KEY='a b$c'\n")
    unit = "ketamine-aggregator.timer" if is_timer else "ketamine-aggregator.service"
    ran = "systemctl --user start ketamine-aggregator.service" if is_timer else WAITS_FOR_THE_SITE
    with Simulator(next(worlds())) as simulator:
        text = Path("aggregator.toml").read_text()
        pubmed = f'[pubmed]\nurl = "{simulator.url}"\nrequests_per_second = 1000\n'
        Path("aggregator.toml").write_text(text.replace("[pubmed]\n", pubmed))
        assert service("install", "--user", *(["--timer"] if is_timer else [])) == 0
        typed = re.findall(r"^systemctl .*$", capsys.readouterr().err, re.MULTILINE)
        assert typed == ["systemctl --user daemon-reload", f"systemctl --user enable --now {unit}"]
        steps = "\n".join(
            [*typed, ran, "systemctl --user is-active " + unit, TELLS, f"systemctl --user stop {unit}", ENDED]
        )
        done = subprocess.run(
            ["unshare", "-mpf", "--mount-proc", "sh", "-c", MANAGER.format(steps=steps)],
            check=False,
            capture_output=True,
            text=True,
        )
    assert "active" in done.stdout.splitlines(), done.stdout + done.stderr
    assert "Result=success\nExecMainStatus=0\n" in done.stdout, done.stdout + done.stderr
    assert Path("workspace/site/index.html").exists()
    if not is_timer:
        assert "NCBI_API_KEY=a b$c\n" in done.stdout
        assert f"cwd={place}\n" in done.stdout


WAITS_FOR_THE_SITE = "for _ in $(seq 600); do [ -e workspace/site/index.html ] && break; sleep 0.1; done"
TELLS = """\
pid=$(systemctl --user show -p MainPID --value ketamine-aggregator.service)
[ "$pid" = 0 ] || { tr '\\0' '\\n' </proc/$pid/environ | grep NCBI; echo "cwd=$(readlink /proc/$pid/cwd)"; }
"""
ENDED = "systemctl --user show -p Result -p ExecMainStatus ketamine-aggregator.service"
