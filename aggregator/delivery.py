"""Who gets which letter: each subscriber's own digest planned, composed once for all who want the same, and sent.

The ledger in the library is written before a letter leaves and after: a run that was killed anywhere sends to the
rest when it is run again. In one window nobody knows: the server was handed the letter and the run died before its
answer was written down. Such a letter is sent again with the same Message-ID, which mailboxes take for the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from aggregator import digest, jobs
from aggregator.dates import Period
from aggregator.errors import MailError
from aggregator.jobs import DigestPlan
from aggregator.library import Library, Sent
from aggregator.render.letter import Letter, letter
from aggregator.study import Study
from aggregator.subscribers import CADENCES, Subscriber
from aggregator.topics import Topic

#: After so many readers in a row for whom the server was not there, the rest wait for the next run: each has been tried
#: several times, with pauses, and five hundred of them would take hours.
IN_VAIN = 3

#: A study may come to match a choice when it is indexed, weeks after it came in; so far back it is looked for.
LATE = timedelta(days=92)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One subscriber with what she is shown."""

    subscriber: Subscriber
    preferences: digest.Preferences


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOutcome:
    """How sending went: the addresses by what became of their letters."""

    sent: tuple[str, ...] = ()
    #: Those who already have it.
    had_it: tuple[str, ...] = ()
    #: Those who wish no letter when there is nothing to tell.
    quiet: tuple[str, ...] = ()
    #: Those who left while the letters were being sent.
    left: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    #: How many different digests were composed for them.
    composed: int = 0

    @property
    def has_reached(self) -> bool:
        """Somebody has it, so that what failed is a part only."""
        return bool(self.sent or self.had_it)


# -- planning ---------------------------------------------------------------------------------------


def plan_letter(
    library: Library,
    recipient: Recipient,
    general: DigestPlan,
    *,
    topics: Sequence[Topic],
    now: datetime,
    zone: ZoneInfo,
    ledger: Sequence[Sent] | None = None,
) -> DigestPlan:
    """A subscriber's own digest: what became known since the last one that she got, however long ago that was.

    Her first is the `general` one, or looks back by her cadence. What she was not shown when it came in, because it was
    not of her topics or designs then, is in `late`. `ledger` holds her own rows of the library's.
    """
    reader = recipient.subscriber
    rows = library.sent(subscriber=reader.address) if ledger is None else ledger
    here = now.astimezone(reader.timezone or zone)
    name = reader.issue_at(now, zone)
    before = [row for row in rows if row.has_told and row.period and row.issue != name]
    last = max((row.period.end for row in before if row.period), default=None)
    if last is None and name == general.name:
        return general
    underway = next((row.period for row in rows if row.issue == name and row.state == "sending"), None)
    end = underway.end if underway else here + timedelta(microseconds=1)
    start = min(last or end - CADENCES[reader.cadence].look_back, end)
    period = Period(start=start.astimezone(here.tzinfo), end=end.astimezone(here.tzinfo))
    told = {pmid for row in before for pmid in row.told}
    earliest = min((row.period.start for row in before if row.period), default=start)
    slugs = recipient.preferences.topics or tuple(topic.slug for topic in topics)
    recent = library.came_to(slugs, Period(start=max(earliest, end - LATE), end=end))
    new = library.arrived(period) - told
    return DigestPlan(name=name, period=period, new=new, late=recent - told - new)


# -- sending ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Written:
    """A digest as it was composed and drawn for everybody who is to read the same."""

    digest: digest.Digest
    letter: Letter


class _Desk:
    """Composes and draws each different digest once."""

    def __init__(
        self,
        library: Library,
        topics: Sequence[Topic],
        *,
        now: datetime,
        looks: Path,
        report_url: str | None,
        postal_address: str | None,
        banner: str | None,
    ) -> None:
        self._library, self._topics, self._now = library, topics, now
        self._looks, self._report_url, self._postal_address = looks, report_url, postal_address
        self._banner = banner
        self._last: Mapping[str, Study] | None = None
        self._changing: dict[Period, frozenset[str]] = {}
        self._written: dict[object, _Written] = {}

    def __len__(self) -> int:
        return len(self._written)

    def write(self, plan: DigestPlan, preferences: digest.Preferences, sent_before: Mapping[str, date]) -> _Written:
        """The digest for these wishes; of `sent_before` only what is told of now makes a difference."""
        told = {pmid: day for pmid, day in sent_before.items() if pmid in self._with_changes(plan.period)}
        key = (plan, preferences, tuple(sorted(told.items())))
        if key not in self._written:
            composed = jobs.compose_digest(
                self._library,
                self._topics,
                plan,
                now=self._now,
                preferences=preferences,
                sent_before=told,
                last_by_topic=self._last_by_topic(),
                banner=self._banner,
            )
            drawn = letter(
                composed,
                folder=self._looks,
                report_url=self._report_url,
                postal_address=self._postal_address,
                is_personal=True,
            )
            self._written[key] = _Written(composed, drawn)
        return self._written[key]

    def _with_changes(self, period: Period) -> frozenset[str]:
        if period not in self._changing:
            changed = self._library.status_changes(period)
            self._changing[period] = frozenset(study.pmid for study, _ in changed)
        return self._changing[period]

    def _last_by_topic(self) -> Mapping[str, Study]:
        if self._last is None:
            self._last = jobs.newest_by_topic(self._library, self._topics)
        return self._last


def send_digest(
    library: Library,
    topics: Sequence[Topic],
    recipients: Iterable[Recipient],
    *,
    general: DigestPlan,
    is_given: bool = False,
    now: datetime,
    zone: ZoneInfo,
    deliver: Callable[[str, Subscriber, Letter], str],
    looks: Path,
    report_url: str | None = None,
    postal_address: str | None = None,
    is_silent_when_quiet: bool = False,
    banner: str | None = None,
) -> SendOutcome:
    """Sends each subscriber her digest, unless she has it.

    `general` is the digest of this week; `is_given`: it is one that was asked for by name, and everybody gets that
    one. `deliver` is given the digest's name, the subscriber and the letter, and answers the server's words or raises
    MailError; a letter has the link to leave still to be put in. With `is_silent_when_quiet`, a digest with nothing
    new, nothing changed and every search complete is written into the ledger and not sent.
    """
    desk = _Desk(
        library, topics, now=now, looks=looks, report_url=report_url, postal_address=postal_address, banner=banner
    )
    sending = _Sending(library)
    for recipient in recipients:
        reader = recipient.subscriber
        rows = library.sent(subscriber=reader.address)
        name = general.name if is_given else reader.issue_at(now, zone)
        row = next((row for row in rows if row.issue == name), None)
        if row and row.state in ("sent", "quiet"):
            sending.note("had_it", reader)
            continue
        plan = general
        if not is_given:
            plan = plan_letter(library, recipient, general, topics=topics, now=now, zone=zone, ledger=rows)
        written = desk.write(plan, recipient.preferences, sent_before(rows, name))
        entry = _entry(reader, plan, written, attempts=(row.attempts if row else 0) + 1, now=now)
        if is_silent_when_quiet and written.digest.is_quiet and not written.digest.unknown:
            library.remember_sent(replace(entry, state="quiet"))
            sending.note("quiet", reader)
        elif library.mailing_list.is_removed(reader.address):
            sending.note("left", reader)
        else:
            sending.send(reader, entry, partial(deliver, name, reader, written.letter))
    return sending.outcome(composed=len(desk))


class _Sending:
    """One round of letters, and what became of each."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._in_vain: list[MailError] = []
        self._addresses: dict[str, list[str]] = {}
        self._failed: list[tuple[str, str]] = []

    def note(self, what: str, reader: Subscriber) -> None:
        self._addresses.setdefault(what, []).append(reader.email)

    def send(self, reader: Subscriber, entry: Sent, deliver: Callable[[], str]) -> None:
        if len(self._in_vain) >= IN_VAIN:
            self._failed.append((reader.email, f"not tried after {IN_VAIN} others: {self._in_vain[-1]}"))
            return
        self._library.remember_sent(entry)
        try:
            answer = deliver()
        except MailError as error:
            # An answer about one reader, for good or for now, shows that the server is there for the next.
            self._in_vain = [*self._in_vain, error] if error.general else []
            self._library.remember_sent(replace(entry, state="failed", answer=str(error)))
            self._failed.append((reader.email, str(error)))
        else:
            self._in_vain = []
            self._library.remember_sent(replace(entry, state="sent", answer=answer))
            self.note("sent", reader)

    def outcome(self, *, composed: int) -> SendOutcome:
        addresses = {what: tuple(found) for what, found in self._addresses.items()}
        return SendOutcome(**addresses, failed=tuple(self._failed), composed=composed)


def _entry(reader: Subscriber, plan: DigestPlan, written: _Written, *, attempts: int, now: datetime) -> Sent:
    shown = tuple(study.pmid for study in written.digest.shown)
    return Sent(
        issue=plan.name,
        subscriber=reader.address,
        state="sending",
        attempts=attempts,
        answer=None,
        moment=now,
        pmids=shown,
        told=(*shown, *(study.pmid for study in written.digest.beyond)),
        period=plan.period,
    )


def sent_before(rows: Iterable[Sent], issue: str) -> dict[str, date]:
    """When a subscriber was first sent each study; a message under way may have arrived and counts."""
    told: dict[str, date] = {}
    for row in rows:
        if row.issue != issue and row.has_told:
            for pmid in row.pmids:
                told.setdefault(pmid, row.moment.date())
    return told
