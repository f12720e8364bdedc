"""The verbs that install: init, which writes the settings, and service, which has systemd, cron or Windows run them."""

from __future__ import annotations

import os
import shlex
import socket
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aggregator import called, config, scheduler, units
from aggregator.dates import moment_in_words
from aggregator.errors import AggregatorError, SettingsError
from aggregator.exits import DONE, IN_PART
from aggregator.files import write_whole
from aggregator.house import House
from aggregator.units import Installation

#: The file with the secrets, beside the settings.
ENVIRONMENT_FILE = "aggregator.env"

#: What may stand in it.
_VARIABLES = {
    config.API_KEY_VARIABLE: "NCBI's API key: 10 requests a second instead of 3 (https://account.ncbi.nlm.nih.gov/settings/).",
    config.SMTP_VARIABLE: "The password of [mail] username.",
    config.IMAP_VARIABLE: "The password of [mailbox] username.",
}


# -- init -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of `init`: the key that the answer goes into, and what an empty answer means."""

    table: str
    key: str
    words: str
    #: Given the answers so far; None: an empty answer leaves the key out.
    default: Callable[[Mapping[str, Any]], Any] = lambda _: None
    #: The table is asked about only when this one of its keys was answered.
    needs: str | None = None
    #: Without an answer its table cannot be used.
    is_needed: bool = False

    @property
    def name(self) -> str:
        return f"{self.table}.{self.key}"


QUESTIONS = (
    Question(
        table="pubmed",
        key="email",
        words="Your email address, which NCBI asks of everyone who uses PubMed by program",
        default=lambda _: os.environ.get(config.EMAIL_VARIABLE, "").strip() or None,
    ),
    Question(table="schedule", key="timezone", words="Time zone", default=lambda _: this_machines_zone()),
    Question(
        table="schedule",
        key="update",
        words="When is PubMed asked",
        default=lambda _: config.default("schedule", "update"),
    ),
    Question(
        table="schedule",
        key="digest",
        words="When is the digest written and sent",
        default=lambda _: config.default("schedule", "digest"),
    ),
    Question(table="mail", key="host", words="Mail server (empty: digests are written, not sent)"),
    Question(
        table="mail",
        key="security",
        words="Its security: starttls, tls or none",
        default=lambda _: "starttls",
        needs="host",
    ),
    Question(
        table="mail",
        key="port",
        words="Its port",
        default=lambda answers: config.PORTS.get(answers["mail.security"]),
        needs="host",
    ),
    Question(table="mail", key="username", words="Your login there (empty: none is needed)", needs="host"),
    Question(
        table="mail",
        key="sender",
        words='Whom the digest comes from, such as "Ketamine evidence <digest@clinic.example>"',
        needs="host",
        is_needed=True,
    ),
    Question(table="subscriber", key="email", words="The first reader's address (empty: add readers later)"),
)


def init(open_house: Callable[[], House], options: Namespace) -> int:
    """Writes aggregator.toml from answers or options, and a file for secrets beside it; says what comes next."""
    file = options.config or config.DEFAULT_FILE
    if file.exists() and not options.force:
        raise SettingsError(f"{file} is there already; edit it, or replace it with --force")
    is_asking = not options.yes and sys.stdin is not None and sys.stdin.isatty()
    text = config.started(_by_table(_answers(options, is_asking=is_asking)))
    # What cannot be used is told before anything is written.
    settings = config.understand(text, file=file, environ=os.environ)
    _rules(settings)
    write_whole(file, text, mode=0o600)
    secrets = file.parent / ENVIRONMENT_FILE
    if not secrets.exists():
        write_whole(secrets, units.environment_template(_VARIABLES), mode=0o600)
    options.config = file
    house = open_house()
    house.say(f"written: {file}, and {secrets} for passwords and keys; both can be read by you alone")
    is_well = _tried(house, secrets, is_asking=is_asking, is_wanted=options.tries)
    house.say(_what_is_next(house))
    return DONE if is_well else IN_PART


def _rules(settings: config.Settings) -> tuple[scheduler.Rule, scheduler.Rule]:
    return scheduler.parse_rule(settings.schedule.update), scheduler.parse_rule(settings.schedule.digest)


def _answers(options: Namespace, *, is_asking: bool) -> dict[str, Any]:
    """Every key with its answer: the option's, the person's, or the default."""
    answers: dict[str, Any] = {}
    given = vars(options)
    for question in QUESTIONS:
        if question.needs and answers.get(f"{question.table}.{question.needs}") is None:
            if given.get(question.name) is not None:
                raise SettingsError(f"a mail server is needed for [{question.table}] {question.key}; add --mail-host")
            continue
        answer = given.get(question.name)
        if answer is None:
            default = question.default(answers)
            answer = _asked(question, default) if is_asking else default
        if answer is None and question.is_needed:
            raise SettingsError(f"[{question.table}] needs {question.key}; add --{question.key} or run without --yes")
        answers[question.name] = answer
    kept = given.get("workspace.backups")
    answers["workspace.backups"] = _BACKUPS if kept is None else kept
    if answers.get("mail.host"):
        # Whoever installs it is whom a job that fails concerns.
        answers["operator.email"] = answers["pubmed.email"]
    if options.workspace:
        answers["workspace.path"] = str(options.workspace.absolute())
    return answers


#: Weekly copies that a new installation keeps: a month.
_BACKUPS = 4


def _asked(question: Question, default: Any) -> Any:
    """A person's answer, asked for until it can be used."""
    while True:
        print(f"{question.words}{'' if default is None else f' [{default}]'}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise SettingsError("there was no answer, and nothing was written; run `init` again")
        text = line.strip()
        if not text and not (question.is_needed and default is None):
            return default
        value: Any = int(text) if text.isdigit() else text
        try:
            config.reader(question.table, question.key)(value)
            if question.table == "schedule" and question.key != "timezone":
                scheduler.parse_rule(text)
        except (ValueError, SettingsError) as error:
            print(f"  {error}", file=sys.stderr)
        else:
            return value


def _by_table(answers: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = {}
    for name, value in answers.items():
        if value is not None:
            table, _, key = name.partition(".")
            tables.setdefault(table, {})[key] = value
    return tables


def this_machines_zone() -> str:
    """The time zone that this machine keeps, by its name; the settings' default where it cannot be told."""
    for name in _zone_names():
        try:
            config.reader("schedule", "timezone")(name)
        except ValueError:
            continue
        return name
    return str(config.default("schedule", "timezone"))


def _zone_names() -> Iterator[str]:
    yield os.environ.get("TZ", "").lstrip(":")
    with suppress(OSError, UnicodeDecodeError):
        yield Path("/etc/timezone").read_text(encoding="utf-8").strip()
    # A link such as ../usr/share/zoneinfo/Europe/Berlin.
    yield os.path.realpath("/etc/localtime").rpartition("/zoneinfo/")[2]


def _tried(house: House, secrets: Path, *, is_asking: bool, is_wanted: bool) -> bool:
    """Whether PubMed and the mail server, where they were tried, answered well."""
    is_well = True
    checks: dict[str, Callable[[], str]] = {
        "PubMed": lambda: house.pubmed().info(),
        "mail": lambda: _login(house, secrets),
    }
    for name, check in checks.items():
        if name == "mail" and house.settings.mail is None:
            continue
        if is_wanted or (is_asking and _agrees(f"Try {name} now? [Y/n]: ")):
            try:
                house.say(f"{name}: {check()}")
            except AggregatorError as error:
                house.warn(f"{name}: {error}")
                is_well = False
    return is_well


def _agrees(words: str) -> bool:
    print(words, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() not in ("n", "no")


def _login(house: House, secrets: Path) -> str:
    mail = house.settings.mail
    if mail and mail.username and not mail.password:
        place = shlex.quote(str(secrets.absolute()))
        raise SettingsError(
            f"{config.SMTP_VARIABLE} is not set, so that no login was tried; write {config.SMTP_VARIABLE}=... into "
            f"{secrets}, run `set -a; . {place}; set +a` in a shell, then `doctor`"
        )
    with house.mailer() as mailer:
        mailer.check()
    return f"{mail.host if mail else ''} takes our login"


def _what_is_next(house: House) -> str:
    file = house.settings.file
    call = called.command() + ("" if file == config.DEFAULT_FILE else f" --config {shlex.quote(str(file))}")
    rules = zip(("PubMed is asked", "the digest is written"), _rules(house.settings), strict=True)
    lines = [
        f"{what} next on {moment_in_words(rule.next_due(house.now, house.zone), house.zone)}" for what, rule in rules
    ]
    if house.settings.email is None:
        lines.append(f"first put your email address under [pubmed] in {file}: NCBI asks for it")
    lines += [
        f"try it:     {call} doctor",
        f"first run:  {call} weekly",
        f"for good:   {call} service install   (or: service cron, service windows)",
    ]
    return "\n".join(lines)


# -- service ----------------------------------------------------------------------------------------


def service_show(house: House, options: Namespace) -> int:
    """Prints the units, and writes nothing."""
    folder = _folder(options)
    for name, text in _units(house, options, _user(house, options)).items():
        print(f"# {folder / name}\n{text}")
    return DONE


def service_install(house: House, options: Namespace) -> int:
    """Writes the units and says what to type next."""
    folder, user = _folder(options), _user(house, options)
    wanted = _units(house, options, user)
    for name, text in wanted.items():
        if not options.force and _differs(folder / name, text):
            raise SettingsError(
                f"{folder / name} is there and says something else; see `service show`, or replace it with --force"
            )
    for name in _NAMES - wanted.keys():
        _take_away(folder, name)
    _make_workspace(house, user)
    for name, text in wanted.items():
        write_whole(folder / name, text)
        house.say(f"written: {folder / name}")
    house.say(_commands(options, next(reversed(wanted))))
    return DONE


#: The units that there may be.
_NAMES = frozenset({f"{units.NAME}.service", f"{units.NAME}.timer"})


def _differs(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8", errors="replace") != text


def service_uninstall(house: House, options: Namespace) -> int:
    """Takes the units away and says what to type next."""
    folder = _folder(options)
    gone = [folder / name for name in sorted(_NAMES) if _take_away(folder, name)]
    if not gone:
        house.say(f"there is no unit of ours in {folder}")
        return DONE
    for file in gone:
        house.say(f"taken away: {file}")
    systemctl = _systemctl(options)
    house.say(f"next:\n{systemctl} stop {' '.join(file.name for file in reversed(gone))}\n{systemctl} daemon-reload")
    house.say(f"the settings and {house.workspace} are as they were")
    return DONE


def _take_away(folder: Path, name: str) -> bool:
    """Deletes a unit of ours and what enabled it; False where there was none."""
    file = folder / name
    if not file.is_file() or not file.read_text(encoding="utf-8", errors="replace").startswith(units.MARK):
        return False
    for link in folder.glob(f"*.wants/{name}"):
        link.unlink()
    file.unlink()
    return True


def service_cron(house: House, _: Namespace) -> int:
    """Prints the line of a crontab; no lock is needed, since two runs keep out of each other's way by themselves."""
    print(units.cron_line(_installation(house)), end="")
    house.say("add it with `crontab -e`; what goes wrong is mailed to you by cron (MAILTO)")
    return DONE


def service_windows(house: House, options: Namespace) -> int:
    """Prints what Task Scheduler is told, in words for the prompt or as a file."""
    there = _installation(house)
    print(units.task_xml(there) if options.xml else units.schtasks_line(there), end="")
    if options.xml:
        house.say(f"save it as task.xml, then: schtasks /Create /TN {units.NAME} /XML task.xml")
    house.say(f"passwords and keys are variables of your account: setx {config.SMTP_VARIABLE} ...")
    return DONE


def _units(house: House, options: Namespace, user: str | None) -> dict[str, str]:
    return units.units(_installation(house), user=user, is_timer=options.timer)


def _installation(house: House) -> Installation:
    """What is to be run with which settings, by paths that hold wherever it is started."""
    file = house.settings.file
    if file is None:
        raise SettingsError("a service needs settings of its own; run `init` first, or name them with --config")
    folder = file.absolute().parent
    return Installation(
        program=_program(),
        settings=str(file.absolute()),
        workspace=str(house.workspace.absolute()),
        environment=str(folder / ENVIRONMENT_FILE),
        folder=str(folder),
        machine=socket.gethostname(),
    )


def _program() -> tuple[str, ...]:
    """This very interpreter, whose environment has what we need; in a checkout the door beside the package."""
    door = Path(__file__).resolve().parent.parent / "run.py"
    return (sys.executable, str(door)) if door.exists() else (sys.executable, "-m", "aggregator")


def _is_system(options: Namespace) -> bool:
    return bool(options.system or (not options.user and hasattr(os, "geteuid") and os.geteuid() == 0))


def _folder(options: Namespace) -> Path:
    """Where systemd looks for units (systemd.unit(5), Unit File Load Path)."""
    if options.into:
        return Path(options.into)
    if _is_system(options):
        return Path("/etc/systemd/system")
    configuration = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(configuration) / "systemd" / "user"


def _user(house: House, options: Namespace) -> str | None:
    """As whom the machine's systemd runs it: whose the settings are, unless another is named."""
    if not _is_system(options):
        if options.run_as:
            raise SettingsError("--run-as is for --system; your own systemd runs everything as you")
        return None
    named = options.run_as or (house.settings.file.owner() if house.settings.file else None)
    if named == "root":
        house.warn(
            "the service would run as root, since the settings are root's; better make a user of its own (`useradd "
            f"--system {units.NAME}`), give it settings and workspace (`chown`), and add --run-as {units.NAME}"
        )
    return named


def _make_workspace(house: House, user: str | None) -> None:
    """The folder that the service may write to must be there before it starts."""
    if house.workspace.exists():
        return
    house.workspace.mkdir(parents=True)
    if user and hasattr(os, "geteuid") and os.geteuid() == 0:
        import shutil

        try:
            shutil.chown(house.workspace, user)
        except LookupError as error:
            raise SettingsError(f"there is no user {user}; make it with `useradd --system {user}`") from error


def _systemctl(options: Namespace) -> str:
    return "systemctl" if _is_system(options) else "systemctl --user"


def _commands(options: Namespace, unit: str) -> str:
    systemctl = _systemctl(options)
    lines = ["next:", f"{systemctl} daemon-reload", f"{systemctl} enable --now {unit}"]
    if not _is_system(options):
        lines.append("loginctl enable-linger    # so that it runs while you are not logged in")
    journal = "journalctl" if _is_system(options) else "journalctl --user"
    return "\n".join([*lines, f"{journal} -u {units.NAME} -f    # what it does"])
