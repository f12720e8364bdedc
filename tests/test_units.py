"""Units, crontab lines and tasks say a path as it is, whatever signs it has, to those who read them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator import units
from aggregator.errors import SettingsError
from aggregator.units import Installation

#: Signs that one of the languages gives a meaning to.
SIGNS = " \t%$\"'\\`*?[]{}();&|<>#!~^=,:@é🧠-"
NAMES = st.text(alphabet=SIGNS.replace("\t", "") + "aB1.", min_size=1, max_size=12).filter(
    lambda name: name.strip() == name and name not in (".", "..") and not name.endswith("\\")
)
ODD = (
    "plain",
    "with spaces",
    "100 % and %h",
    "$HOME ${HOME}",
    'the "best"',
    "the clinic's",
    "both \"'",
    "back\\slash \\n",
    "glob *?[a-z]",
    "; rm -rf | & > <",
    "# no comment",
    "naïve 🧠",
)


def installation(name, *, root="/srv"):
    folder = f"{root}/{name}"
    return Installation(
        program=(f"{folder}/bin/python", "-m", "aggregator"),
        settings=f"{folder}/aggregator.toml",
        workspace=f"{folder}/workspace",
        environment=f"{folder}/aggregator.env",
        folder=folder,
        machine="clinic",
    )


def keys_of(unit):
    """The last value of each key, as systemd reads a unit's lines."""
    lines = [line for line in unit.splitlines() if "=" in line and not line.startswith(("#", ";"))]
    return dict(line.split("=", 1) for line in lines)


# -- systemd, read as its manual says ---------------------------------------------------------------


def specified(text):
    """systemd.unit(5): %% is a %; any other specifier would be put in."""
    assert not re.search(r"(?<!%)(%%)*%(?!%)", text), f"a specifier is left in {text}"
    return text.replace("%%", "%")


def words(text, *, keeps_escapes):
    """systemd.syntax(7), Quoting: words at blanks; quotes hold them together; a backslash takes the next sign's meaning."""
    found, word, quote, signs = [], None, None, iter(text)
    for sign in signs:
        if sign == "\\" and not keeps_escapes:
            word = (word or "") + next(signs)
        elif quote:
            word, quote = (word, None) if sign == quote else (word + sign, quote)
        elif sign in "\"'":
            word, quote = word or "", sign
        elif sign == " ":
            found += [word] if word is not None else []
            word = None
        else:
            word = (word or "") + sign
    assert quote is None, f"a quote is left open in {text}"
    return found + ([word] if word is not None else [])


def commanded(line):
    """systemd.service(5), Command lines: $$ is a dollar and any other would be a variable, but not in the path of the
    executable, which has neither dollars nor quotes nor backslashes. Where the program's has, env(1) starts it.
    """
    path, *found = words(specified(line), keeps_escapes=False)
    assert not set("$\"'\\") & set(path)
    assert not any(re.search(r"(?<!\$)(\$\$)*\$(?!\$)", word) for word in found), f"a variable is left in {line}"
    found = [word.replace("$$", "$") for word in found]
    return found if path == "/usr/bin/env" else [path, *found]


def check_unit(name, *, user, is_timer):
    there = installation(name)
    keys = keys_of(units.units(there, user=user, is_timer=is_timer)["ketamine-aggregator.service"])
    verb = ("schedule", "--once") if is_timer else ("schedule",)
    assert commanded(keys["ExecStart"]) == list(there.command(*verb))
    assert specified(keys["WorkingDirectory"]) == there.folder
    environment = specified(keys["EnvironmentFile"])
    assert re.sub(r"\\(.)", r"\1", environment.removeprefix("-")) == there.environment
    assert not re.search(r"(?<!\\)(\\\\)*[*?\[]", environment), "a pattern"
    if user:
        assert words(specified(keys["ReadWritePaths"]), keeps_escapes=True) == [there.workspace]


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize(("user", "is_timer"), [(None, False), (None, True), ("digest", False), ("digest", True)])
def test_a_unit_says_each_path_as_it_is(name, user, is_timer):
    check_unit(name, user=user, is_timer=is_timer)


def test_a_program_that_systemd_cannot_start_is_refused():
    with pytest.raises(SettingsError, match="systemd cannot start"):
        units.units(installation("a = 'b'"), user=None, is_timer=False)


@settings(deadline=None)
@given(NAMES.filter(lambda name: "=" not in name))
@example("%%$$\\\\\"''\"")
def test_a_unit_says_any_path_as_it_is(name):
    check_unit(name, user="digest", is_timer=False)


@pytest.mark.parametrize("name", ["two\nlines", "bell\a", "tab\there", "null\0"])
@pytest.mark.parametrize(
    "make",
    [
        lambda there: units.units(there, user=None, is_timer=False),
        units.cron_line,
        units.schtasks_line,
        units.task_xml,
    ],
    ids=["unit", "cron", "schtasks", "task"],
)
def test_a_path_that_no_line_can_hold_is_refused(name, make):
    with pytest.raises(SettingsError, match="control character; rename it"):
        make(installation(name))


@pytest.mark.parametrize("name", ["ends with a space ", "ends with a backslash\\"])
def test_a_folder_whose_last_sign_systemd_would_drop_is_refused(name):
    with pytest.raises(SettingsError, match="rename the folder"):
        units.units(installation(name), user=None, is_timer=False)


def test_the_lasting_service_comes_back_after_a_failure_but_not_with_settings_that_cannot_be_used():
    (unit,) = units.units(installation("x"), user=None, is_timer=False).values()
    keys = keys_of(unit)
    assert (keys["Restart"], keys["RestartPreventExitStatus"]) == ("on-failure", "2")
    assert (keys["KillSignal"], keys["WantedBy"]) == ("SIGTERM", "default.target")
    assert int(keys["TimeoutStopSec"]) > 60


def test_the_timer_makes_up_what_was_missed_and_does_not_come_at_a_full_hour():
    made = units.units(installation("x"), user="digest", is_timer=True)
    assert list(made) == ["ketamine-aggregator.service", "ketamine-aggregator.timer"]
    timer, service = keys_of(made["ketamine-aggregator.timer"]), keys_of(made["ketamine-aggregator.service"])
    assert timer["Persistent"] == "true"
    assert re.fullmatch(r"\*-\*-\* \*:[0-5]\d:00", timer["OnCalendar"])
    assert not timer["OnCalendar"].endswith(":00:00")
    assert (service["Type"], timer["WantedBy"]) == ("oneshot", "timers.target")
    assert "WantedBy" not in service


def test_each_machine_and_folder_has_a_minute_of_its_own_which_stays():
    there = installation("x")
    minutes = [replace(there, machine=f"clinic-{number}").minute for number in range(600)]
    assert set(range(1, 59)) <= set(minutes) <= set(range(1, 60))
    assert [replace(there, machine=f"clinic-{number}").minute for number in range(600)] == minutes
    assert len({installation(f"x{number}").minute for number in range(60)}) > 20
    assert units.cron_line(there).startswith(f"{there.minute} * * * * ")
    assert f"T00:{on_windows('x').minute:02}:00" in units.task_xml(on_windows("x"))


def test_your_own_systemd_is_asked_for_nothing_that_needs_a_mount_and_the_machines_for_all_of_it():
    (mine,) = units.units(installation("x"), user=None, is_timer=False).values()
    (machines,) = units.units(installation("x"), user="digest", is_timer=False).values()
    needing_mounts = {"ProtectSystem", "ProtectHome", "ReadWritePaths", "PrivateTmp", "PrivateDevices", "User"}
    assert not needing_mounts & keys_of(mine).keys()
    assert needing_mounts <= keys_of(machines).keys()
    assert keys_of(mine)["NoNewPrivileges"] == keys_of(machines)["NoNewPrivileges"] == "yes"


def make_interpreter(folder):
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return folder


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("is_timer", [False, True], ids=["service", "timer"])
@pytest.mark.parametrize("user", [None, "root"], ids=["user", "system"])
def test_systemd_itself_finds_nothing_wrong_and_the_interpreter_at_its_path(tmp_path, name, is_timer, user):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here (Debian's package systemd has it)")
    make_interpreter(tmp_path / name)
    for file, text in units.units(installation(name, root=tmp_path), user=user, is_timer=is_timer).items():
        (tmp_path / file).write_text(text)
        # It looks for the executable, so that a wrong quote shows.
        command = ["systemd-analyze", "verify", "--user" if user is None else "--system", "--man=no", tmp_path / file]
        # It also looks whether other units' sockets can have their names there, of which 100 letters are too many.
        with tempfile.TemporaryDirectory(dir="/tmp") as short:
            done = subprocess.run(
                command, check=False, capture_output=True, text=True, env=os.environ | {"XDG_RUNTIME_DIR": short}
            )
        assert done.stdout + done.stderr == ""
        assert done.returncode == 0


# -- cron -------------------------------------------------------------------------------------------


def as_cron_does(line):
    """crontab(5): five fields, and a command up to the first % that has no backslash, which is taken away."""
    command = line.rstrip("\n").split(" ", 5)[5]
    assert not re.search(r"(?<!\\)%", command), "the command ends early"
    return command.replace("\\%", "%")


def check_cron(tmp_path, name):
    """What a shell makes of it: the words that the program gets, and the secrets in its environment."""
    folder = tmp_path / name.replace("/", "_")
    folder.mkdir()
    listener = folder / "listener.py"
    listener.write_text("import json, os, sys; print(json.dumps([sys.argv[1:], os.environ.get('SECRET')]))")
    (folder / "aggregator.env").write_text("SECRET='p %a$$ \"word'\n")
    there = Installation(
        program=(sys.executable, str(listener)),
        settings=f"{folder}/aggregator.toml",
        workspace=f"{folder}/workspace",
        environment=f"{folder}/aggregator.env",
        folder=str(folder),
        machine="clinic",
    )
    line = units.cron_line(there)
    assert line.count("\n") == 1
    done = subprocess.run(["/bin/sh", "-c", as_cron_does(line)], check=True, capture_output=True, text=True)
    heard, secret = json.loads(done.stdout)
    assert heard == ["--config", there.settings, "--quiet", "schedule", "--once"]
    assert secret == 'p %a$$ "word'
    (folder / "aggregator.env").unlink()
    done = subprocess.run(["/bin/sh", "-c", as_cron_does(line)], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout)[1] is None


@pytest.mark.parametrize("name", ODD)
def test_a_crontabs_line_gives_each_word_as_it_is_to_the_program(tmp_path, name):
    check_cron(tmp_path, name)


@settings(deadline=None)
@given(NAMES)
def test_a_crontabs_line_can_be_read_back_by_a_shells_rules(name):
    there = installation(name)
    read = shlex.split(as_cron_does(units.cron_line(there)))
    assert read[-len(there.command("--quiet", "schedule", "--once")) :] == list(
        there.command("--quiet", "schedule", "--once")
    )


# -- Windows ----------------------------------------------------------------------------------------


def windows_words(line):
    """What a program gets of a command line there: the documented rules of CommandLineToArgvW."""
    found, word, in_quotes, position = [], "", False, 0
    has_word = False
    while position < len(line):
        backslashes = re.match(r"\\*", line[position:]).end()
        position += backslashes
        sign = line[position : position + 1]
        if sign == '"':
            word += "\\" * (backslashes // 2)
            has_word = True
            if backslashes % 2:
                word += '"'
            else:
                in_quotes = not in_quotes
            position += 1
            continue
        word += "\\" * backslashes
        has_word |= bool(backslashes)
        if sign in (" ", "\t") and not in_quotes:
            found += [word] if has_word else []
            word, has_word = "", False
        elif sign:
            word, has_word = word + sign, True
        position += 1
    return found + ([word] if has_word else [])


def on_windows(name):
    folder = f"C:\\Users\\{name}"
    return Installation(
        program=(f"{folder}\\python.exe", "-m", "aggregator"),
        settings=f"{folder}\\aggregator.toml",
        workspace=f"{folder}\\workspace",
        environment=f"{folder}\\aggregator.env",
        folder=folder,
        machine="clinic",
    )


#: A name of a file there has none of these.
WINDOWS = [name for name in ODD if not set('%"*?<>|') & set(name)]


@pytest.mark.parametrize("name", WINDOWS)
def test_the_task_gets_each_word_as_it_is(name):
    there = on_windows(name)
    line = windows_words(units.schtasks_line(there).rstrip("\n"))
    assert line[:-1] == ["schtasks", "/Create", "/TN", "ketamine-aggregator", "/SC", "HOURLY", "/TR"]
    assert windows_words(line[-1]) == list(there.command("schedule", "--once"))


@pytest.mark.parametrize("name", [*WINDOWS, "A & B <clinic>"])
def test_the_tasks_file_says_each_word_as_it_is_and_makes_up_what_was_missed(name):
    there = on_windows(name)
    task = ET.fromstring(units.task_xml(there))
    said = {element.tag.partition("}")[2]: element.text for element in task.iter()}
    assert [said["Command"], *windows_words(said["Arguments"])] == list(there.command("schedule", "--once"))
    assert said["WorkingDirectory"] == there.folder
    assert (said["StartWhenAvailable"], said["MultipleInstancesPolicy"]) == ("true", "IgnoreNew")


def test_what_task_scheduler_would_take_for_a_variable_is_refused():
    for make in (units.schtasks_line, units.task_xml):
        with pytest.raises(SettingsError, match="choose a folder without %"):
            make(on_windows("100%"))


def test_a_command_that_is_too_long_for_schtasks_is_sent_to_the_file():
    with pytest.raises(SettingsError, match="use `service windows --xml`"):
        units.schtasks_line(on_windows("x" * 120))
    assert "x" * 120 in units.task_xml(on_windows("x" * 120))


# -- the secrets ------------------------------------------------------------------------------------


def test_the_template_of_secrets_sets_nothing_until_it_is_filled_in():
    text = units.environment_template({"NCBI_API_KEY": "A key.", "AGGREGATOR_SMTP_PASSWORD": "A password."})
    done = subprocess.run(["/bin/sh", "-c", f"set -a; {text} env"], check=True, capture_output=True, text=True, env={})
    assert not {"NCBI_API_KEY", "AGGREGATOR_SMTP_PASSWORD"} & {
        line.partition("=")[0] for line in done.stdout.splitlines()
    }
    assert "#NCBI_API_KEY=\n" in text
