"""The texts that make a machine run the schedule: systemd units, a line of a crontab, a task of Windows.

Each has a language of its own for a path with spaces, quotes or signs in it; what it cannot say is refused.
Nothing is written here.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from subprocess import list2cmdline
from xml.sax.saxutils import escape

from aggregator.errors import SettingsError
from aggregator.scheduler import spread_of

#: What the units and the task are called.
NAME = "ketamine-aggregator"
#: The first line of every unit, by which `service uninstall` knows its own.
MARK = "# Written by `aggregator service install`; changes belong into a drop-in: systemctl edit."
#: The folder of the pace that all processes share, below the cache.
CACHE = "ketamine-literature-aggregator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is to be run, and where; every path is absolute."""

    #: The words before the options, such as (python, -m, aggregator).
    program: tuple[str, ...]
    settings: str
    workspace: str
    #: The file with the secrets, as VARIABLE=value; it need not be there.
    environment: str
    #: The folder of the settings.
    folder: str
    #: The machine's name.
    machine: str

    @property
    def minute(self) -> int:
        """Of each hour, from 1 to 59, at which it looks for what is due: its own, so that not all ask NCBI at once."""
        spread = spread_of(f"{self.machine}\n{self.settings}", "every hour", most=timedelta(minutes=58))
        return 1 + spread // timedelta(minutes=1)

    def command(self, *verb: str) -> tuple[str, ...]:
        """The words that run a verb."""
        return (*self.program, "--config", self.settings, *verb)


def check_paths(paths: Iterable[str]) -> None:
    """Raises SettingsError for a path that none of these languages can say."""
    for path in paths:
        if any(ord(sign) < 32 or ord(sign) == 127 for sign in path):
            raise SettingsError(f"{path!r} has a line break or another control character; rename it")


# -- systemd ----------------------------------------------------------------------------------------


def units(there: Installation, *, user: str | None, is_timer: bool) -> dict[str, str]:
    """The units by their file names: a service that keeps going, or one that a timer starts every hour.

    `user`: for the machine's systemd, and as whom it runs; None: for a user's own systemd, which grants less.
    """
    check_paths((*there.command(), there.workspace, there.environment, there.folder))
    if there.folder.endswith((" ", "\\")):
        raise SettingsError(f"{there.folder!r} ends with a sign that systemd would not keep; rename the folder")
    service = _timed(there) if is_timer else _lasting(there)
    sections = {
        "Unit": _description(is_timer=is_timer) | ({} if user is None else _NETWORK),
        "Service": service | ({} if user is None else _as(user, there)) | _HARDENING,
    }
    if not is_timer:
        sections["Install"] = {"WantedBy": "default.target" if user is None else "multi-user.target"}
        return {f"{NAME}.service": _unit(sections)}
    return {f"{NAME}.service": _unit(sections), f"{NAME}.timer": _unit(_timer(there))}


def _description(*, is_timer: bool) -> dict[str, str]:
    what = "what is due of" if is_timer else "keeps to"
    return {"Description": f"Ketamine literature aggregator: {what} the schedule (PubMed, report, digest)"}


_NETWORK = {"Wants": "network-online.target", "After": "network-online.target"}


def _lasting(there: Installation) -> dict[str, str]:
    return {
        "Type": "exec",
        **_running(there, "schedule"),
        "Restart": "on-failure",
        "RestartSec": "60",
        # Settings that cannot be used do not become better by trying again.
        "RestartPreventExitStatus": "2",
    }


def _timed(there: Installation) -> dict[str, str]:
    return {"Type": "oneshot", **_running(there, "schedule", "--once"), "TimeoutStartSec": "6h"}


def _running(there: Installation, *verb: str) -> dict[str, str]:
    return {
        "ExecStart": _command_line(there.command(*verb)),
        "WorkingDirectory": _specifiers(there.folder),
        "EnvironmentFile": f"-{_glob(_specifiers(there.environment))}",
        "KillSignal": "SIGTERM",
        # Its helpers end with it; a job at work comes to its end, or is made up by the next start.
        "KillMode": "mixed",
        "TimeoutStopSec": "180",
    }


def _as(user: str, there: Installation) -> dict[str, str]:
    """What only the machine's systemd may grant: a user, and a file system that can be read, but for two folders."""
    return {
        "User": user,
        "ProtectSystem": "strict",
        "ProtectHome": "read-only",
        "ReadWritePaths": _words_with_escapes_kept(_specifiers(there.workspace)),
        # The pace that NCBI is asked at is shared by all processes of a user.
        "CacheDirectory": CACHE,
        "CacheDirectoryMode": "0700",
        "Environment": "XDG_CACHE_HOME=%C",
        "PrivateTmp": "yes",
        "PrivateDevices": "yes",
        "ProtectClock": "yes",
        "ProtectControlGroups": "yes",
        "ProtectHostname": "yes",
        "ProtectKernelLogs": "yes",
        "ProtectKernelModules": "yes",
        "ProtectKernelTunables": "yes",
        "CapabilityBoundingSet": "",
    }


_HARDENING = {
    "NoNewPrivileges": "yes",
    "LockPersonality": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service",
    "SystemCallErrorNumber": "EPERM",
}


def _timer(there: Installation) -> Mapping[str, Mapping[str, str]]:
    return {
        "Unit": {"Description": "Ketamine literature aggregator: looks every hour for what is due"},
        "Timer": {
            "OnCalendar": f"*-*-* *:{there.minute:02}:00",
            "Persistent": "true",
            "RandomizedDelaySec": "10min",
        },
        "Install": {"WantedBy": "timers.target"},
    }


def _unit(sections: Mapping[str, Mapping[str, str]]) -> str:
    blocks = (
        "\n".join([f"[{name}]", *(f"{key}={value}" for key, value in keys.items())]) for name, keys in sections.items()
    )
    return f"{MARK}\n" + "\n\n".join(blocks) + "\n"


def _specifiers(text: str) -> str:
    """%h and the like stand for something (systemd.unit(5), Specifiers)."""
    return text.replace("%", "%%")


#: Signs that systemd refuses in the path of an executable, or reads otherwise there than in the words after it.
_NOT_IN_AN_EXECUTABLE = frozenset("\\\"'$")


def _command_line(command: tuple[str, ...]) -> str:
    """The words of a command (systemd.service(5), Command lines): quoted, without specifiers or variables."""
    program = command[0]
    if _NOT_IN_AN_EXECUTABLE & set(program):
        if "=" in program:
            raise SettingsError(f"{program}: systemd cannot start a program with such signs in its path; move it")
        command = ("/usr/bin/env", *command)
    return " ".join(map(_quoted, command))


def _quoted(word: str) -> str:
    quoted = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{_specifiers(quoted)}"'


def _glob(path: str) -> str:
    """EnvironmentFile= takes a pattern (glob(7))."""
    return "".join(f"\\{sign}" if sign in "\\*?[" else sign for sign in path)


def _words_with_escapes_kept(path: str) -> str:
    """A word of ReadWritePaths=, where a backslash is a sign like others, so that no quote can be escaped."""
    if '"' not in path:
        return f'"{path}"'
    return "".join(f"'{part}'" if part == '"' else f'"{part}"' for part in _split_at_quotes(path))


def _split_at_quotes(path: str) -> list[str]:
    parts: list[str] = []
    for index, part in enumerate(path.split('"')):
        parts += ['"'] * (index > 0) + [part] * bool(part)
    return parts


# -- cron -------------------------------------------------------------------------------------------


def cron_line(there: Installation) -> str:
    """A line of a crontab that does every hour what is due; only what goes wrong is said, which cron mails."""
    check_paths((*there.command(), there.environment))
    secrets = shlex.quote(there.environment)
    verb = " ".join(map(shlex.quote, there.command("--quiet", "schedule", "--once")))
    shell = f"set -a; [ ! -r {secrets} ] || . {secrets}; set +a; exec {verb}"
    # An unescaped % ends the command (crontab(5)).
    return f"{there.minute} * * * * {shell.replace('%', chr(92) + '%')}\n"


# -- Windows ----------------------------------------------------------------------------------------

#: `schtasks /TR` takes no more.
_LONGEST = 261


def schtasks_line(there: Installation) -> str:
    """A command that makes Task Scheduler do every hour what is due, to be typed at a prompt."""
    action = list2cmdline(_windows(there).command("schedule", "--once"))
    if len(action) > _LONGEST:
        raise SettingsError(
            f"the command is longer than the {_LONGEST} characters that schtasks takes; use `service windows --xml`"
        )
    return f"{list2cmdline(['schtasks', '/Create', '/TN', NAME, '/SC', 'HOURLY', '/TR', action])}\n"


def task_xml(there: Installation) -> str:
    """The same as a file for `schtasks /Create /TN NAME /XML FILE`; it also makes up what the machine slept through.

    Without a declaration, so that it may be saved as UTF-8 or as UTF-16.
    """
    first, *rest = _windows(there).command("schedule", "--once")
    return f"""\
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Ketamine literature aggregator: does every hour what is due</Description>
  </RegistrationInfo>
  <Triggers>
    <TimeTrigger>
      <StartBoundary>2026-01-01T00:{there.minute:02}:00</StartBoundary>
      <Repetition>
        <Interval>PT1H</Interval>
      </Repetition>
      <RandomDelay>PT10M</RandomDelay>
    </TimeTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>true</RunOnlyIfNetworkAvailable>
    <ExecutionTimeLimit>PT6H</ExecutionTimeLimit>
  </Settings>
  <Actions>
    <Exec>
      <Command>{escape(first)}</Command>
      <Arguments>{escape(list2cmdline(rest))}</Arguments>
      <WorkingDirectory>{escape(there.folder)}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


def _windows(there: Installation) -> Installation:
    paths = (*there.command(), there.folder)
    check_paths(paths)
    for path in paths:
        if "%" in path:
            raise SettingsError(f"{path}: Task Scheduler takes %...% for a variable; choose a folder without %")
    return there


# -- the secrets ------------------------------------------------------------------------------------


def environment_template(variables: Mapping[str, str]) -> str:
    """The file that holds the secrets: each variable with what it is for, to be filled in."""
    lines = [
        "# Secrets of the ketamine literature aggregator, for its owner's eyes alone (mode 600).",
        "# systemd, cron and Docker read it as it is: VARIABLE=value, a value with spaces or signs in 'single quotes'",
        "# (Docker takes quotes for part of the value). Take the # away from what you need.",
    ]
    for variable, meaning in variables.items():
        lines += ["", f"# {meaning}", f"#{variable}="]
    return "\n".join(lines) + "\n"
