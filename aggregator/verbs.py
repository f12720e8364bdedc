"""The verbs of the command line that ask, keep and show; each answers an exit code."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aggregator import __version__
from aggregator.beside import in_thread
from aggregator.dates import moment_in_words, off_peak_from, period_in_words
from aggregator.errors import SettingsError
from aggregator.exits import DONE, FAILED, IN_PART, MISUSE
from aggregator.files import write_whole
from aggregator.harvest import UpdateOutcome
from aggregator.harvest import update as update_library
from aggregator.house import House
from aggregator.scheduler import parse_rule
from aggregator.topics import LANDMARKS_FILE, Landmark, Topic, choose, load_landmarks

if TYPE_CHECKING:
    import pandas as pd

    from aggregator import delivery, jobs
    from aggregator.importing import ImportOutcome
    from aggregator.library import Library
    from aggregator.local_search import LocalSearch
    from aggregator.render.letter import Letter
    from aggregator.study import Search, Study
    from aggregator.subscribers import Subscriber
    from aggregator.topic_check import Finds


#: Seconds that a mail server has to take the letter under way when we are asked to stop.
_GRACE = 5.0
#: PMIDs that did not come, as many as a terminal's reader looks at; the log has them all.
_MISSING_SHOWN = 20


# -- the weekly job ---------------------------------------------------------------------------------


def weekly(house: House, options: Namespace) -> int:
    """Update, then the digest's edition and the report, whose archive has it; then the letters that point there."""
    from aggregator import jobs

    if options.send:
        check_sending(house)
    house = _at_a_quiet_hour(
        house,
        house.topics,
        is_asked_for=options.off_peak,
        held_up=lambda _: "; digest and report are made after it",
    )
    with house.alone("weekly"), house.library() as library:
        outcome = run_update(house, library, house.topics)
        plan = jobs.plan_digest(library, now=house.now, zone=house.zone)
        make_digest(house, library, plan)
        build_report(house, library)
        delivered = run_send(house, library, plan) if options.send else DONE
    return DONE if outcome.is_complete and delivered == DONE else IN_PART


def update(house: House, options: Namespace) -> int:
    outcome = update_topics(house, choose(house.topics, options.topic), is_off_peak=options.off_peak)
    if outcome.is_complete:
        return DONE
    return IN_PART if outcome.has_asked else FAILED


def update_topics(
    house: House,
    topics: Sequence[Topic],
    *,
    is_off_peak: bool = False,
    held_up: Callable[[datetime], str] = lambda _: "",
) -> UpdateOutcome:
    """Asks PubMed for these topics, in NCBI's quiet hours where that is wished, and says what came of it.

    `held_up` names what else waits until then.
    """
    house = _at_a_quiet_hour(house, topics, is_asked_for=is_off_peak, held_up=held_up)
    with house.alone("update"), house.library() as library:
        return run_update(house, library, topics)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """What a first run waits for, where that is wished."""

    until: datetime
    #: The topics that are to be filled for the first time.
    topics: tuple[str, ...]

    def in_words(self, zone: ZoneInfo) -> str:
        return (
            f"NCBI's quiet hours, until {moment_in_words(self.until, zone)}, to fill {', '.join(self.topics)} for the "
            "first time (`off_peak`)"
        )


def quiet_hours(library: Library, topics: Sequence[Topic], moment: datetime) -> QuietHours | None:
    """What an update of that moment would wait for; None: it has nothing to fill, or the hours are quiet."""
    unfilled = tuple(topic.slug for topic in topics if not library.last_complete(topic.slug))
    start = off_peak_from(moment)
    return QuietHours(until=start, topics=unfilled) if unfilled and start > moment else None


def _at_a_quiet_hour(
    house: House, topics: Sequence[Topic], *, is_asked_for: bool, held_up: Callable[[datetime], str]
) -> House:
    """Waits for NCBI's quiet hours, where that is wished and a topic is to be filled for the first time."""
    if not (is_asked_for or house.settings.pubmed.off_peak):
        return house
    with house.library() as library:
        hours = quiet_hours(library, topics, house.now)
    if hours is None:
        return house
    house.say(f"waiting for {hours.in_words(house.zone)}{held_up(hours.until)}")
    return house.at(hours.until)


def run_update(house: House, library: Library, topics: Sequence[Topic]) -> UpdateOutcome:
    """Asks PubMed and says on stderr what came of it; what is not known is named, never counted as nothing."""
    from aggregator.terminal import progress

    with progress(is_quiet=house.is_quiet) as show:

        def stored(doing: str, done: int, whole: int) -> None:
            show(doing, done, whole)
            house.stop.check()

        outcome = update_library(
            library,
            topics,
            house.pubmed(),
            now=house.now,
            refetch_every=timedelta(days=house.settings.pubmed.refetch_days),
            progress=stored,
        )
    if not outcome.has_asked:
        house.warn(f"NOT SEARCHED: {outcome.searches[0].problem}")
        house.warn(f"Whether there is anything new is not known for: {', '.join(s.topic for s in outcome.searches)}")
        return outcome
    for search in outcome.searches:
        _tell_search(house, search)
    for problem in outcome.problems:
        house.warn(f"INCOMPLETE: {problem}")
    if outcome.is_complete:
        house.say(f"{len(outcome.new):,} new, {len(outcome.changed):,} changed, {len(library):,} studies held")
    return outcome


def _tell_search(house: House, search: Search) -> None:
    if search.complete:
        house.say(f"{search.topic}: {search.found:,} found, {search.new:,} new, {search.changed:,} changed")
    else:
        house.warn(f"{search.topic}: INCOMPLETE: {search.problem}")
    if search.missing:
        more = len(search.missing) - _MISSING_SHOWN
        shown = ", ".join(search.missing[:_MISSING_SHOWN]) + (f" and {more:,} more (see `log`)" if more > 0 else "")
        house.warn(f"{search.topic}: PMIDs missing: {shown}")
    for warning in search.warnings:
        house.warn(f"{search.topic}: PubMed says: {warning}")


def report(house: House, options: Namespace) -> int:
    with house.alone("report"), house.library() as library:
        build_report(house, library)
    if options.open:
        import webbrowser

        webbrowser.open((house.site / "index.html").resolve().as_uri())
    return DONE


def build_report(house: House, library: Library) -> None:
    """Builds workspace/site and says where it is."""
    from aggregator import jobs

    count = jobs.publish(
        library,
        house.topics,
        into=house.site,
        looks=house.looks,
        now=house.now.astimezone(house.zone),
        version=__version__,
        abstracts=house.settings.report.abstracts,
        banner=house.banner,
        url=house.settings.report.url,
        due=parse_rule(house.settings.schedule.update),
        claims=house.claims,
        stop=house.stop,
    )
    house.say(f"report: {count:,} studies in {house.site / 'index.html'}")


def digest(house: House, options: Namespace) -> int:
    if options.send:
        check_sending(house)
    with house.alone("digest"), house.library() as library:
        try:
            plan = _plan(house, library, options)
        except ValueError as error:
            raise SettingsError(str(error)) from error
        written = make_digest(house, library, plan)
        if options.test:
            return _send_test(house, plan.name, written, options.test)
        is_given = bool(options.week or options.since)
        return run_send(house, library, plan, is_given=is_given) if options.send else DONE


def _plan(house: House, library: Library, options: Namespace) -> jobs.DigestPlan:
    from aggregator import jobs

    if options.since:
        return jobs.plan_since(library, options.since, now=house.now, zone=house.zone)
    if options.week:
        return jobs.plan_week(library, options.week, now=house.now, zone=house.zone)
    return jobs.plan_digest(library, now=house.now, zone=house.zone)


def make_digest(house: House, library: Library, plan: jobs.DigestPlan) -> Letter:
    """Writes the general edition, for every topic and design, and says what is in it."""
    from aggregator import jobs
    from aggregator.render.letter import letter

    composed = jobs.compose_digest(
        library, house.topics, plan, now=house.now, caps=house.preferences(), banner=house.banner
    )
    house.stop.check()
    written = letter(composed, folder=house.looks, report_url=report_url(house), postal_address=house.postal_address)
    message = house.sample(plan.name, written).as_bytes()
    files = jobs.write_digest(written, message, house.digests / plan.name)
    jobs.remember_edition(library, plan, written.digest)
    if composed.unknown:
        names = ", ".join(gap.topic.slug for gap in composed.unknown)
        house.warn(f"digest {plan.name}: whether there is anything new is not known for {names}; run `update`")
    house.say(f"digest {plan.name} ({period_in_words(plan.period)}): {written.subject}")
    house.say("\n".join(f"  {file}" for file in files))
    return written


def report_url(house: House) -> str:
    """Where the report is served, else the local site: a mail or file that we write must link somewhere."""
    return house.settings.report.url or (house.site.resolve().as_uri() + "/")


# -- sending ----------------------------------------------------------------------------------------


def check_sending(house: House) -> None:
    """SettingsError where nothing can be sent: nobody to send to, a topic that nobody watches, no mail server."""
    with house.library() as library:
        if not house.recipients(library) and not house.settings.subscribers:
            raise SettingsError(
                "nobody to send to: enrol someone with `subscribers add`, or add a [[subscriber]] table to the settings"
            )
    house.mailer()


def run_send(
    house: House,
    library: Library,
    plan: jobs.DigestPlan,
    *,
    is_given: bool = False,
) -> int:
    """Sends to those who have not got it; names, masked, whom it did not reach."""
    outcome = send_letters(house, library, plan, is_given=is_given)
    if not outcome.failed:
        return DONE
    return IN_PART if outcome.has_reached else FAILED


def send_letters(
    house: House,
    library: Library,
    plan: jobs.DigestPlan,
    *,
    is_given: bool = False,
    chosen: Callable[[Subscriber], bool] = lambda _: True,
) -> delivery.SendOutcome:
    """Sends to those of the `chosen` who have not got it, and says what came of it.

    `is_given`: everybody gets this very digest, which was asked for by its week or day. Asked to stop, it leaves after
    the letter under way, or after the few seconds that a server is given to take it.
    """
    from aggregator import delivery
    from aggregator.mail import mask

    with house.mailer() as mailer:

        def deliver(name: str, reader: Subscriber, written: Letter) -> str:
            token = library.mailing_list.token_of(reader.address)
            letter = house.message(name, reader, written, token=token)
            return house.stop.result(in_thread(lambda: mailer.send(letter)), grace=_GRACE)

        outcome = delivery.send_digest(
            library,
            house.topics,
            house.stop.each(each for each in house.recipients(library) if chosen(each.subscriber)),
            general=plan,
            is_given=is_given,
            now=house.now,
            zone=house.zone,
            deliver=deliver,
            looks=house.looks,
            report_url=house.settings.report.url,
            postal_address=house.postal_address,
            is_silent_when_quiet=house.settings.digest.quiet == "silence",
            banner=house.banner,
        )
    house.say(_how_it_went(outcome))
    for address, reason in outcome.failed:
        house.warn(f"NOT SENT to {mask(address)}: {reason}")
    return outcome


def _how_it_went(outcome: delivery.SendOutcome) -> str:
    words = f"sent to {len(outcome.sent)}, {len(outcome.had_it)} had it already, {len(outcome.failed)} failed"
    if outcome.quiet:
        words += f", no letter to {len(outcome.quiet)} because nothing is new"
    return words + (f", {len(outcome.left)} left meanwhile" if outcome.left else "")


def _send_test(house: House, issue: str, written: Letter, address: str) -> int:
    """The general edition to one address; nothing is remembered of it."""
    from aggregator.mail import mask

    with house.mailer() as mailer:
        answer = mailer.send(house.sample(issue, written, recipient=address))
    house.say(f"sent a test to {mask(address)}: {answer}")
    return DONE


# -- asking -----------------------------------------------------------------------------------------


def search(house: House, options: Namespace) -> int:
    chosen = _format(options, default="table")
    if options.local:
        return _search_local(house, options, chosen)
    studies, count, is_whole = _search_pubmed(house, options)
    _write(chosen, studies, options.output)
    if studies or is_whole:
        _say_count(house, len(studies), count, limit=options.limit)
    return DONE if is_whole else IN_PART


def _search_local(house: House, options: Namespace, chosen: str) -> int:
    """What is shown is shown before the rest is counted."""
    _tell_remarks(house, options.query)
    with house.library() as library, _searching(house, library) as local:
        pmids = local.pmids(options.query, today=house.today)
        studies = list(local.studies(islice(pmids, options.limit)))
        _write(chosen, studies, options.output)
        _say_count(house, len(studies), len(studies) + sum(1 for _ in pmids), limit=options.limit)
    return DONE


def _tell_remarks(house: House, query: str) -> None:
    """Where the library is searched plainer than PubMed would."""
    from aggregator.pubmed.language import remarks

    for remark in remarks(query):
        house.warn(f"the query, from character {remark.start + 1}: {remark.message}")


def _say_count(house: House, shown: int, count: int, *, limit: int) -> None:
    if count > limit:
        house.say(f"{shown:,} of {count:,} matches; --limit {count} shows all")
    elif not shown:
        house.say("no match")


@contextmanager
def _searching(house: House, library: Library) -> Iterator[LocalSearch]:
    from aggregator.local_search import searching
    from aggregator.terminal import progress

    with (
        progress(is_quiet=house.is_quiet) as show_progress,
        searching(library, house.search_index_file, progress=show_progress, warn=house.warn) as local,
    ):
        yield local


def _search_pubmed(house: House, options: Namespace) -> tuple[list[Study], int, bool]:
    """Studies, the number of matches, and whether everything asked for came."""
    from aggregator.evidence import summarise
    from aggregator.pubmed import language
    from aggregator.study import Study

    # PubMed tells a query that it cannot read from a server that failed only by failing for ever.
    for problem in language.read(options.query).problems:
        house.warn(f"the query: {problem.message}")
    pubmed = house.pubmed()
    answer = pubmed.search(options.query, limit=options.limit)
    for warning in answer.warnings:
        house.warn(f"PubMed says: {warning}")
    if not answer.count and (spelling := pubmed.spelling(options.query)) and spelling != options.query:
        house.say(f"PubMed proposes: {spelling}")
    topics_of = _topic_finder(house)
    studies = []
    missing: list[str] = []
    for batch in pubmed.fetch(answer.pmids):
        missing += batch.missing
        for record in batch.records:
            citation = record.citation
            studies.append(Study(citation=citation, summary=summarise(citation), topics=topics_of(citation)))
    if missing:
        house.warn(f"PubMed listed {len(missing)} records and did not deliver them: {', '.join(missing)}; search again")
    if not answer.is_complete:
        house.warn(f"PubMed counted {answer.count:,} matches and listed {len(answer.pmids):,}; search again")
    return studies, answer.count, answer.is_complete and not missing


def _topic_finder(house: House) -> Callable[[object], tuple[str, ...]]:
    """A function from a citation to the slugs of the topics that match it."""
    from aggregator.pubmed.language import compile_query

    questions = [(topic.slug, compile_query(topic.query, today=house.today)) for topic in house.topics]
    return lambda citation: tuple(sorted(slug for slug, matches in questions if matches(citation)))  # type: ignore[arg-type]


def show(house: House, options: Namespace) -> int:
    from aggregator.terminal import print_study

    study = study_of(house, options.pmid)
    if study is None:
        return FAILED
    print_study(study)
    return DONE


def study_of(house: House, written: str) -> Study | None:
    """The study with this PMID, from the library or else from PubMed; None, and it is said, where neither has it."""
    pmid = written.removeprefix("PMID").strip(": ")
    if not pmid.isdigit():
        raise SettingsError(f"'{written}' is not a PMID; a PMID is a number such as 90000001")
    with house.library() as library:
        study = library.study(pmid)
    if study is None:
        house.say(f"PMID {pmid} is not in the library; asking PubMed")
        namespace = Namespace(query=f"{pmid}[uid]", limit=1)
        study = next(iter(_search_pubmed(house, namespace)[0]), None)
    if study is None:
        house.warn(f"PubMed has no record with PMID {pmid}")
    return study


def export(house: House, options: Namespace) -> int:
    chosen = _format(options, default="table" if options.output is None and sys.stdout.isatty() else "csv")
    if options.topic:
        choose(house.topics, [options.topic])
    with house.library() as library:
        studies = _exported(house, library, options)
    _write(chosen, studies, options.output)
    house.say(f"{len(studies):,} studies")
    return DONE


def _exported(house: House, library: Library, options: Namespace) -> list[Study]:
    if options.query is None:
        return list(library.studies(topic=options.topic))
    _tell_remarks(house, options.query)
    with _searching(house, library) as local:
        return list(local.studies(local.pmids(options.query, today=house.today, topic=options.topic)))


# -- writing ----------------------------------------------------------------------------------------


def _format(options: Namespace, *, default: str) -> str:
    """The format asked for, else the one that the file's ending names."""
    from aggregator.formats import FORMATS

    if options.format:
        return str(options.format)
    if options.output:
        ending = options.output.suffix.lower()
        named = next((name for name, kind in FORMATS.items() if kind.suffix == ending), None)
        if named is None:
            raise SettingsError(f"the ending of {options.output} names no format; say --format {'|'.join(FORMATS)}")
        return named
    return default


def _write(name: str, studies: Sequence[Study], output: Path | None) -> None:
    from aggregator import formats
    from aggregator.terminal import console

    if name == "table" and output is None:
        from aggregator.formats import table

        sys.stdout.write(table.write(studies, width=console().width))
        return
    content = formats.get(name).write(studies)
    data = content if isinstance(content, bytes) else content.encode()
    if output is not None:
        if not output.absolute().parent.is_dir():
            raise SettingsError(f"there is no folder {output.absolute().parent}; make it, or choose another -o FILE")
        write_whole(output, data)
        return
    if isinstance(content, bytes) and sys.stdout.isatty():
        raise SettingsError(f"{name} is no text for a terminal; say -o FILE")
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


# -- keeping ----------------------------------------------------------------------------------------


def import_files(house: House, options: Namespace) -> int:
    """Files or folders of PubMed records: keeps what a topic matches, in the order of NLM's numbers."""
    from aggregator import importing
    from aggregator.terminal import progress_in_bytes

    files = importing.files_in(options.files)
    codes, read, known = set(), 0, 0
    with house.alone("import"), house.library() as library, progress_in_bytes(is_quiet=house.is_quiet) as show:
        began = monotonic()
        for missing in importing.gaps([*files, *map(Path, library.imported())]):
            house.warn(f"Not among the files: {missing}; what NLM changed and deleted there is not known")
        for outcome in importing.import_files(
            library,
            files,
            house.topics,
            now=house.now,
            keep_all=options.all,
            scheduler=options.scheduler,
            progress=show,
        ):
            codes.add(_import_code(outcome))
            read, known = read + outcome.read, known + outcome.is_known
            if not outcome.is_known:
                _tell_import(house, outcome)
    if known:
        house.say(f"{known:,} of {len(files):,} imported before and unchanged since: nothing to do for these")
    if len(files) - known > 1:
        house.say(f"{read:,} records in {monotonic() - began:,.0f} s")
    return codes.pop() if len(codes) == 1 else IN_PART


def _import_code(outcome: ImportOutcome) -> int:
    if outcome.problem is None and not outcome.unreadable:
        return DONE
    return IN_PART if outcome.read > len(outcome.unreadable) else FAILED


def resummarise(house: House, _: Namespace) -> int:
    """Applies the present reader and extractor to everything held, and says what became different."""
    from aggregator import jobs
    from aggregator.terminal import print_table, progress

    with house.alone("resummarise"), house.library() as library, progress(is_quiet=house.is_quiet) as show:
        outcome = jobs.resummarise(library, progress=show)
    if outcome.changed:
        rows = ((name, f"{len(pmids):,}", ", ".join(pmids[:5])) for name, pmids in outcome.changed.items())
        print_table(("field", "studies", "for example PMID"), rows)
    studies = {pmid for pmids in outcome.changed.values() for pmid in pmids}
    house.say(f"{outcome.read:,} records read again, {len(studies):,} summaries changed")
    for pmid, reason in outcome.unreadable:
        house.warn(f"PMID {pmid} keeps its old summary: {reason}")
    return IN_PART if outcome.unreadable else DONE


def _tell_import(house: House, outcome: ImportOutcome) -> None:
    file = outcome.file
    for pmid, reason in outcome.unreadable:
        house.warn(f"{file}: PMID {pmid or 'unknown'} cannot be read: {reason}")
    if outcome.problem:
        house.warn(f"aggregator: {outcome.problem}")
    if outcome.read or not outcome.problem:
        house.say(
            f"{file}: {outcome.read:,} read, {len(outcome.added.new):,} new, {len(outcome.added.changed):,} changed, "
            f"{outcome.left_aside:,} left aside because no topic matches, {len(outcome.deleted):,} marked as deleted"
        )


# -- looking after ----------------------------------------------------------------------------------


def topics(house: House, options: Namespace) -> int:
    if options.check:
        return _check_topics(house)
    if options.recall:
        return _recall(house, options)
    return _list_topics(house)


def _list_topics(house: House) -> int:
    from aggregator.terminal import print_table

    with house.library() as library:
        counts = library.counts()
        rows = [
            (
                topic.slug,
                f"{counts.get(topic.slug, 0):,}",
                _when(library.last_complete(topic.slug), house),
                topic.title,
            )
            for topic in house.topics
        ]
    print_table(("topic", "studies", "last complete search", "title"), rows)
    return DONE


def _when(moment: object, house: House) -> str:
    from datetime import datetime

    return moment.astimezone(house.zone).strftime("%Y-%m-%d %H:%M") if isinstance(moment, datetime) else "never"


def _check_topics(house: House) -> int:
    from aggregator.topic_check import check

    answered = {}
    if house.library_file.exists():
        with house.library() as library:
            answered = {search.topic: search.warnings for search in library.last_searches()}
    faults = check(house.queries, answered)
    for fault in faults:
        print(fault)
    errors = sum(fault.severity == "error" for fault in faults)
    house.say(f"{house.queries}: {errors} errors, {len(faults) - errors} warnings")
    return MISUSE if errors else DONE


def _recall(house: House, options: Namespace) -> int:
    """Whether each topic finds its landmark studies, asked of PubMed or of the library."""
    from aggregator.terminal import print_table
    from aggregator.topic_check import recall

    landmarks = load_landmarks(house.queries)
    finds = _in_library(house, [landmark.pmid for landmark in landmarks]) if options.local else _in_pubmed(house)
    results = recall(house.topics, landmarks, finds)
    where = "the library" if options.local else "PubMed"
    rows = (
        (
            result.topic,
            str(len(result.found) + len(result.missed) + len(result.absent)),
            *(str(len(group)) for group in (result.found, result.missed, result.absent)),
        )
        for result in results
    )
    print_table(("topic", "landmarks", "found", "missed", f"not in {where}"), rows)
    for result in results:
        for loss in result.losses:
            place = f"{result.topic}.toml:{loss.line}" if loss.line else result.topic
            verb = "takes it away" if loss.takes_away else "does not find it"
            print(f"{place}: misses {_named(loss.landmark)}: {loss.clause} {verb}")
        for landmark in () if options.local else result.absent:
            print(f"{result.topic}: PubMed has no record of {_named(landmark)}; check its PMID in {LANDMARKS_FILE}")
    is_whole = not any(result.missed or (result.absent and not options.local) for result in results)
    return DONE if is_whole else FAILED


def _named(landmark: Landmark) -> str:
    return f"PMID {landmark.pmid} ({landmark.author} {landmark.year or ''})".replace(" )", ")")


def _in_pubmed(house: House) -> Finds:
    pubmed = house.pubmed()

    def finds(query: str, pmids: frozenset[str]) -> frozenset[str]:
        uids = " OR ".join(f"{pmid}[uid]" for pmid in sorted(pmids))
        return frozenset(pubmed.search(f"({query}) AND ({uids})").pmids)

    return finds


def _in_library(house: House, pmids: Sequence[str]) -> Finds:
    from aggregator.topic_check import among

    with house.library() as library:
        citations = [study.citation for study in library.studies(pmids)]
    return among(citations, today=house.today)


def log(house: House, options: Namespace) -> int:
    from aggregator.terminal import print_table

    with house.library() as library:
        table = library.searches_table()
    if options.format == "table" and options.output is None:
        heads = ("database", "started", "topic", "found", "new", "changed", "missing", "complete", "remarks")
        print_table(heads, _log_rows(house, table))
        house.say("the queries as sent and PubMed's translations: log --format csv or json")
        return DONE
    text = _log_text(table, "csv" if options.format == "table" else options.format)
    if options.output:
        write_whole(options.output, text)
    else:
        sys.stdout.write(text)
    return DONE


def _log_rows(house: House, table: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    for row in table.to_dict("records"):
        remarks = [*row["warnings"], *([row["problem"]] if isinstance(row["problem"], str) else [])]
        yield (
            row["database"],
            row["started"].astimezone(house.zone).strftime("%Y-%m-%d %H:%M %Z"),
            row["topic"],
            "not known" if row["found"] is None or row["found"] != row["found"] else f"{row['found']:,}",
            f"{row['new']:,}",
            f"{row['changed']:,}",
            f"{len(row['missing']):,}",
            "yes" if row["complete"] else "NO",
            "; ".join(remarks),
        )


def _log_text(table: pd.DataFrame, kind: str) -> str:
    if kind == "csv":
        joined = table.assign(missing=table["missing"].str.join("; "), warnings=table["warnings"].str.join("; "))
        return str(joined.to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%S%z", lineterminator="\n"))
    rows: list[dict[str, object]] = json.loads(table.to_json(orient="records", date_format="iso"))
    if kind == "json":
        return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
