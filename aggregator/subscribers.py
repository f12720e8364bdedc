"""Who gets the digest: what each subscriber wants, how often, and who of them is written to now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from aggregator.dates import issue_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How often a digest comes: the name of each one, and how far the first looks back."""

    name_of: Callable[[datetime], str]
    look_back: timedelta


#: Each name is also the digest's in the ledger: a subscriber gets one letter a name.
CADENCES: Final[Mapping[str, Cadence]] = MappingProxyType(
    {
        "daily": Cadence(name_of=lambda moment: moment.date().isoformat(), look_back=timedelta(days=1)),
        "weekly": Cadence(name_of=issue_of, look_back=timedelta(days=7)),
        "monthly": Cadence(name_of=lambda moment: f"{moment:%Y-%m}", look_back=timedelta(days=31)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One reader of the digest; empty topics or designs mean all of them."""

    email: str
    name: str | None = None
    topics: tuple[str, ...] = ()
    designs: tuple[str, ...] = ()
    #: A key of CADENCES.
    cadence: str = "weekly"
    #: Where her days begin; None: the installation's own.
    timezone: ZoneInfo | None = None
    #: The most studies that a digest shows; None: the installation's caps.
    items: int | None = None
    #: When and how she agreed; None for those whom the settings file names.
    consented: date | None = None
    source: str | None = None

    @property
    def address(self) -> str:
        """What tells one subscriber from another: mailboxes do not mind capitals, and nobody wants two letters."""
        return self.email.lower()

    def issue_at(self, now: datetime, zone: ZoneInfo) -> str:
        """The name of the digest that is hers at a moment: 2026-W47, 2026-11-22 or 2026-11."""
        return CADENCES[self.cadence].name_of(now.astimezone(self.timezone or zone))


def written_to(
    named: Iterable[Subscriber],
    enrolled: Iterable[Subscriber],
    *,
    paused: Collection[str],
    is_removed: Callable[[str], bool],
) -> tuple[Subscriber, ...]:
    """Those who get letters: whom the settings name and whom the library has enrolled, which wins for one address.

    Whoever was removed stays removed, whatever an old settings file says.
    """
    everybody = {reader.address: reader for reader in (*named, *enrolled)}
    return tuple(reader for address, reader in everybody.items() if address not in paused and not is_removed(address))
