"""The command line: verbs, flags and exit codes. The only reader of the clock and of the settings file."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aggregator import config, logs
from aggregator.errors import (
    AggregatorError,
    QueryRejected,
    QuerySyntaxError,
    SettingsError,
    TopicError,
)
from aggregator.exits import DONE, FAILED, MISUSE
from aggregator.files import told_by_the_system
from aggregator.subscribers import CADENCES

if TYPE_CHECKING:
    from aggregator.house import House

#: What `--format` accepts; kept beside the parser, so that --help loads none of the writers.
FORMATS = ("table", "csv", "jsonl", "parquet", "ris", "bibtex", "csl", "nbib")
LOG_FORMATS = ("table", "csv", "json", "jsonl")
CHECK_FORMATS = ("table", "json")
EXPLAIN_FORMATS = ("tree", "json")

EPILOG = """\
exit codes: 0 done; 1 failed; 2 misuse or bad settings; 3 done in part (what is missing is named)
secrets come from the environment: NCBI_API_KEY, AGGREGATOR_SMTP_PASSWORD, AGGREGATOR_IMAP_PASSWORD"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb and answers its exit code; every foreseen failure becomes one clear line."""
    options = parser().parse_args(arguments)
    _open_streams()
    logs.to_people(verbose=options.verbose, is_quiet=options.quiet)
    try:
        return run(options)
    except (SettingsError, TopicError, QueryRejected, QuerySyntaxError) as error:
        _complain(error)
        return MISUSE
    except AggregatorError as error:
        _complain(error)
        return FAILED
    except KeyboardInterrupt:
        print("stopped; what was stored so far is kept", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of a pipe (head, less) has gone; nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        _complain(SettingsError(told_by_the_system(error)))
        return FAILED


def _open_streams() -> None:
    """Python leaves a stream out that its caller has closed (`>&-`); what is said to it goes nowhere."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as the process
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as the process


def run(options: argparse.Namespace) -> int:
    """Reads settings and clock, and hands them to the verb."""
    verb = getattr(import_module(options.module), options.function)
    if options.makes_settings:
        # What makes the settings opens the house when they are there.
        made: int = verb(lambda: _house(options), options)
        return made
    house = _house(options)
    with _logged(house, options) if _does_a_job(options) else nullcontext():
        if not _tells_operator(options):
            code: int = verb(house, options)
            return code
        from aggregator.after_run import telling_operator

        return telling_operator(house, options.verb, lambda: verb(house, options))


def _does_a_job(options: argparse.Namespace) -> bool:
    """Whether the verb may run where nobody looks, so that a log is kept of it."""
    return (
        options.verb in ("schedule", "weekly", "update")
        or (options.verb == "digest" and options.send)
        or _tells_operator(options)
    )


def _tells_operator(options: argparse.Namespace) -> bool:
    return bool(getattr(options, "tell_operator", False))


@contextmanager
def _logged(house: House, options: argparse.Namespace) -> Iterator[None]:
    """Keeps a log of what the verb does and how it ends; a log that cannot be written is told of and stops nothing."""
    with (
        logs.logging_to(house.log_file, form=house.settings.log.format, secrets=house.secrets),
        logs.as_run(uuid4().hex),
    ):
        logs.said(f"{options.verb} begins (process {os.getpid()})", verb=options.verb)
        try:
            yield
        except AggregatorError as error:
            logs.said(f"{options.verb} failed: {error}", logging.ERROR)
            raise
        except OSError as error:
            logs.said(f"{options.verb} failed: {told_by_the_system(error)}", logging.ERROR)
            raise
        except BaseException as error:
            logs.said(f"{options.verb} was ended: {type(error).__name__}", logging.ERROR, exc_info=error)
            raise
        logs.said(f"{options.verb} ends", verb=options.verb)
        if words := logs.trouble():
            house.warn(words)


def _house(options: argparse.Namespace) -> House:
    from aggregator import scheduler
    from aggregator.house import House

    file = options.config or (config.DEFAULT_FILE if config.DEFAULT_FILE.exists() else None)
    settings = config.load(file, environ=os.environ, workspace=options.workspace)
    for rule in (settings.schedule.update, settings.schedule.digest):
        scheduler.parse_rule(rule)
    now = datetime.now(UTC)
    if options.now:
        from aggregator.dates import parse_moment

        try:
            now = parse_moment(options.now, settings.schedule.timezone)
        except ValueError as error:
            raise SettingsError(f"--now {options.now} is no moment; write it as 2026-11-22T18:00") from error
    return House(settings=settings, now=now.astimezone(UTC), is_rehearsal=bool(options.now), is_quiet=options.quiet)


def _complain(error: Exception) -> None:
    print(f"aggregator: {error}", file=sys.stderr)
    if isinstance(error, QuerySyntaxError):
        print(error.pointed(), file=sys.stderr)


# -- the parser -------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """All verbs and flags; the global ones may stand before or after the verb."""
    top = argparse.ArgumentParser(
        prog="aggregator",
        description="Ketamine evidence from PubMed: a weekly digest, a browsable report, ad-hoc queries.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _global_options(top, is_top=True)
    verbs = top.add_subparsers(title="verbs", metavar="VERB", required=True, dest="verb")
    _pipeline_verbs(verbs)
    _asking_verbs(verbs)
    _keeping_verbs(verbs)
    _mailing_list_verbs(verbs)
    _service_verbs(verbs)
    _safekeeping_verbs(verbs)
    _installing_verbs(verbs)
    return top


def _global_options(to: argparse.ArgumentParser, *, is_top: bool) -> None:
    """The options of every verb. A sub-parser must not put its defaults over what stood before the verb."""

    def default(value: object) -> object:
        return value if is_top else argparse.SUPPRESS

    group = to.add_argument_group("for every verb") if not is_top else to
    group.add_argument(
        "--config", type=Path, metavar="FILE", default=default(None), help="settings (default ./aggregator.toml)"
    )
    group.add_argument(
        "--workspace",
        type=Path,
        metavar="DIR",
        default=default(None),
        help="library, site, digests (default ./workspace)",
    )
    group.add_argument("--now", metavar="ISO-8601", default=default(None), help="the clock, for rehearsals and tests")
    group.add_argument("-v", "--verbose", action="count", default=default(0), help="tell more; twice for all")
    group.add_argument("--quiet", action="store_true", default=default(False), help="only errors on stderr")


def _verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    help_text: str,
    *,
    module: str = "verbs",
    function: str | None = None,
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=help_text, description=help_text[0].upper() + help_text[1:] + ".")
    _global_options(verb, is_top=False)
    function = function or name.replace("import", "import_files")
    verb.set_defaults(module=f"aggregator.{module}", function=function, makes_settings=False)
    return verb


def _pipeline_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    weekly = _verb(verbs, "weekly", "the main job: update, then digest and report, then mail")
    weekly.add_argument("--send", action="store_true", help="mail the digest to the subscribers")
    _off_peak_option(weekly)
    _operator_option(weekly)
    update = _verb(verbs, "update", "ask PubMed; remember what is new, changed, retracted")
    update.add_argument("topic", nargs="*", metavar="TOPIC", help="only these topics (default: all)")
    _off_peak_option(update)
    _operator_option(update)
    report = _verb(verbs, "report", "build the browsable report in workspace/site")
    report.add_argument("--open", action="store_true", help="show it in the browser")
    digest = _verb(verbs, "digest", "write the digest; without --send nothing leaves the house")
    period = digest.add_mutually_exclusive_group()
    period.add_argument("--week", metavar="2026-W47", help="the digest of that ISO week (default: this week)")
    period.add_argument("--since", type=_day, metavar="DATE", help="everything from that day on")
    sending = digest.add_mutually_exclusive_group()
    sending.add_argument("--send", action="store_true", help="mail it to the subscribers who have not got it")
    sending.add_argument(
        "--test", type=_setting("subscriber", "email"), metavar="ADDRESS", help="mail it to this one address only"
    )
    _operator_option(digest)


def _operator_option(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--tell-operator", action="store_true", help="mail [operator] when it fails and when it works again (for cron)"
    )


def _off_peak_option(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--off-peak", action="store_true", help="a topic's first run waits for NCBI's quiet hours (21:00-5:00 Eastern)"
    )


def _asking_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    search = _verb(verbs, "search", "ask PubMed now (or, --local, the library); stores nothing")
    search.add_argument("query", metavar="QUERY", help="as in PubMed's search box")
    search.add_argument("--limit", type=_positive, default=20, metavar="N", help="how many studies (default 20)")
    search.add_argument("--local", action="store_true", help="search the library, without network")
    _output_options(search)
    show = _verb(verbs, "show", "one study in full")
    show.add_argument("pmid", metavar="PMID")
    explain = _verb(verbs, "explain", "which clauses of a query match one study, with the words", module="explaining")
    explain.add_argument("query", metavar="QUERY", help="as in PubMed's search box")
    explain.add_argument("pmid", metavar="PMID", help="of the library, or else asked of PubMed")
    explain.add_argument("--format", choices=EXPLAIN_FORMATS, default="tree")
    export = _verb(verbs, "export", "studies of the library in any format")
    export.add_argument("--topic", metavar="T", help="only this topic")
    export.add_argument("--query", metavar="Q", help="only what this PubMed query matches")
    _output_options(export)


def _keeping_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    importing = _verb(verbs, "import", "keep what a topic matches of PubMed files (.xml, .xml.gz, .nbib)")
    importing.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file, or a folder of NLM's files")
    how = importing.add_mutually_exclusive_group()
    how.add_argument("--all", action="store_true", help="keep every record")
    how.add_argument("--scheduler", metavar="ADDRESS", help="share the files out to a Dask cluster (tcp://host:8786)")
    _verb(verbs, "resummarise", "read everything held again with the present extractor; say what changed")
    topics = _verb(verbs, "topics", "what we watch, with counts")
    topics.add_argument("--check", action="store_true", help="say what is wrong in queries/, and where")
    topics.add_argument("--recall", action="store_true", help="say which landmark studies a topic misses")
    topics.add_argument("--local", action="store_true", help="with --recall: look in the library, not in PubMed")
    log = _verb(verbs, "log", "searches made: dates, queries, translations, counts")
    log.add_argument("--format", choices=LOG_FORMATS, default="table")
    log.add_argument("-o", "--output", type=Path, metavar="FILE")


def _service_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    schedule = _verb(verbs, "schedule", "keep going: update and digest at the settings' times", module="scheduling")
    how = schedule.add_mutually_exclusive_group()
    how.add_argument("--once", action="store_true", help="do what is due and end (for cron)")
    how.add_argument("--list", action="store_true", help="what runs next and when, and what came of the last runs")
    schedule.add_argument("--format", choices=("table", "json"), default="table", help="of the list")
    simulate = _verb(verbs, "simulate", "a PubMed on localhost that serves these records", module="service")
    simulate.add_argument(
        "--corpus", nargs="+", type=Path, metavar="FILE", required=True, help="PubMed XML, .gz or not"
    )
    simulate.add_argument("--port", type=_port, default=8900, metavar="N", help="default 8900; 0 takes a free one")
    _verb(verbs, "demo", "the main job for two weeks with invented studies: needs no network", module="service")
    doctor = _verb(
        verbs, "doctor", "check settings, PubMed, mail, disk, library and jobs; say what to do", module="doctor"
    )
    doctor.add_argument("--format", choices=CHECK_FORMATS, default="table")


def _safekeeping_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    copying = _verb(verbs, "backup", "a sound copy of the library", module="safekeeping", function="make_backup")
    copying.add_argument("file", type=Path, metavar="FILE", help="or a folder, in which it is named for the date")
    copying.add_argument("--force", action="store_true", help="replace a file that is there")
    restore = _verb(verbs, "restore", "put a backup in the library's place; keeps what was there", module="safekeeping")
    restore.add_argument("file", type=Path, metavar="FILE", help="a backup")
    check = _verb(verbs, "check", "look at everything in the library; say what is wrong", module="safekeeping")
    check.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a backup (default: the library)")
    check.add_argument("--format", choices=CHECK_FORMATS, default="table")


def _installing_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    init = _verb(verbs, "init", "ask a few questions and write aggregator.toml", module="installing")
    init.set_defaults(makes_settings=True)

    def answer(flag: str, table: str, key: str, metavar: str, help_text: str, **more: Any) -> None:
        init.add_argument(
            flag, dest=f"{table}.{key}", type=_written(table, key), metavar=metavar, help=help_text, **more
        )

    answer("--email", "pubmed", "email", "ADDRESS", "whom NCBI may write to")
    answer("--timezone", "schedule", "timezone", "ZONE", "Europe/Berlin, ...; default: this machine's")
    answer("--update", "schedule", "update", "RULE", 'when PubMed is asked: "daily 05:30"')
    answer("--digest", "schedule", "digest", "RULE", 'when the digest is sent: "monday 07:00"')
    answer("--mail-host", "mail", "host", "HOST", "the mail server; default: digests are written, not sent")
    answer("--mail-port", "mail", "port", "N", "default: the usual one")
    answer("--mail-security", "mail", "security", "S", "starttls, tls or none")
    answer("--mail-user", "mail", "username", "NAME", "the login; the password stays in the environment")
    answer("--sender", "mail", "sender", "ADDRESS", "whom the digest comes from")
    answer("--subscriber", "subscriber", "email", "ADDRESS", "the first reader of the digest")
    answer("--backups", "workspace", "backups", "N", "weekly copies of the library that are kept (default 4)")
    init.add_argument("--yes", action="store_true", help="ask nothing: what no option says keeps its default")
    init.add_argument("--force", action="store_true", help="replace settings that are there")
    init.add_argument("--try", action="store_true", dest="tries", help="try PubMed and the mail login at the end")
    service = _verb(verbs, "service", "have systemd, cron or Windows run the schedule", module="installing")
    actions = service.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")

    def action(name: str, help_text: str) -> argparse.ArgumentParser:
        return _verb(actions, name, help_text, module="installing", function=f"service_{name}")

    install = action("install", "write a systemd unit that keeps to the schedule; --timer: one that is started hourly")
    install.add_argument("--force", action="store_true", help="replace a unit that was changed by hand")
    uninstall = action("uninstall", "take the units away")
    for one in (install, uninstall, action("show", "print the units, and write nothing")):
        _systemd_options(one, with_kind=one is not uninstall)
    action("cron", "print the line of a crontab")
    windows = action("windows", "print the command for Windows' Task Scheduler")
    windows.add_argument("--xml", action="store_true", help="as a file that schtasks /XML takes")


def _systemd_options(verb: argparse.ArgumentParser, *, with_kind: bool) -> None:
    whose = verb.add_mutually_exclusive_group()
    whose.add_argument("--user", action="store_true", help="your own systemd (default, but for root)")
    whose.add_argument("--system", action="store_true", help="the machine's systemd (default for root)")
    verb.add_argument("--into", type=Path, metavar="DIR", help="the folder of the units (default: systemd's)")
    if with_kind:
        verb.add_argument("--timer", action="store_true", help="a timer that runs `schedule --once` every hour")
        verb.add_argument("--run-as", metavar="NAME", help="with --system: the user (default: whose the settings are)")


def _mailing_list_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    subscribers = _verb(verbs, "subscribers", "who gets the digest: add, list, pause, remove, export, erase")
    actions = subscribers.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")

    def action(name: str, help_text: str, *, function: str | None = None) -> argparse.ArgumentParser:
        return _verb(actions, name, help_text, module="subscribing", function=function or name)

    def one(name: str, help_text: str) -> None:
        action(name, help_text).add_argument("email", type=_setting("subscriber", "email"), metavar="ADDRESS")

    _adding_options(action("add", "enrol someone who agreed, or change what she wants"))
    action("list", "everybody, with state, wishes and last letter", function="list_all").add_argument(
        "--format", choices=("table", "json"), default="table"
    )
    one("pause", "no letters until resumed; the next then tells of everything since")
    one("resume", "end a pause")
    one("remove", "take someone off for good, whatever an old settings file says")
    one("erase", "remove someone and everything known of her, the ledger included")
    exporting = action("export", "everything known of one subscriber, or of all, as JSON")
    exporting.add_argument("email", nargs="?", type=_setting("subscriber", "email"), metavar="ADDRESS")
    exporting.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: stdout")
    mailbox = action("unsubscribes", "read the mailbox that takes wishes to unsubscribe, and obey them")
    where = mailbox.add_mutually_exclusive_group(required=True)
    where.add_argument("--mbox", type=Path, metavar="FILE", help="a mailbox as a file")
    where.add_argument("--imap", action="store_true", help="the mailbox of [mailbox] in the settings")
    serve = _verb(verbs, "serve", "the address that unsubscribes with one click (RFC 8058)", module="subscribing")
    serve.add_argument("--address", default="127.0.0.1", metavar="A", help="where to listen (default 127.0.0.1)")
    serve.add_argument("--port", type=_port, default=8901, metavar="N", help="default 8901; 0 takes a free one")
    serve.add_argument("--trust-proxy", action="store_true", help="a proxy in front says who asks (X-Forwarded-For)")


def _adding_options(adding: argparse.ArgumentParser) -> None:
    def many(key: str) -> Callable[[str], Any]:
        return lambda text: _setting("subscriber", key)([word.strip() for word in text.split(",") if word.strip()])

    adding.add_argument("email", type=_setting("subscriber", "email"), metavar="ADDRESS")
    adding.add_argument("--source", required=True, metavar="TEXT", help='how she agreed: "sign-up sheet, 12 Nov"')
    adding.add_argument("--consented", type=_day, metavar="DATE", help="the day she agreed (default: today)")
    adding.add_argument("--name", type=_setting("subscriber", "name"), metavar="NAME", help="on the mail")
    adding.add_argument("--topics", type=many("topics"), default=(), metavar="T,T", help="default: all")
    adding.add_argument("--designs", type=many("designs"), default=(), metavar="D,D", help="default: all")
    adding.add_argument("--cadence", choices=tuple(CADENCES), default="weekly", help="default: weekly")
    adding.add_argument(
        "--timezone", type=_setting("subscriber", "timezone"), metavar="ZONE", help="Europe/Berlin, ..."
    )
    adding.add_argument("--items", type=_number("subscriber", "items"), metavar="N", help="studies a digest, at most")


def _output_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--format", choices=FORMATS, help="default: the file's ending, else a table")
    verb.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: stdout")


def _setting(table: str, key: str) -> Callable[[Any], Any]:
    """An option that is read as the key of the settings file is."""

    def read(text: Any) -> Any:
        try:
            return config.reader(table, key)(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read


def _written(table: str, key: str) -> Callable[[str], Any]:
    """An option that is to be written into the settings file: checked as there, and kept as it is written there."""

    def read(text: str) -> Any:
        value = int(text) if text.isdigit() else text
        _setting(table, key)(value)
        return value

    return read


def _number(table: str, key: str) -> Callable[[str], Any]:
    return lambda text: _setting(table, key)(int(text) if text.isdigit() else text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no day; write it as 2026-11-22") from error


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is no port; choose a number from 0 to 65535")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number above 0")
    return int(text)
