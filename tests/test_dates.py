"""Days, weeks and the hours that NCBI likes."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from aggregator.dates import EASTERN, off_peak_from

ROWS = [
    ("2026-11-18T10:00", "2026-11-18T21:00", "a working day waits for the evening"),
    ("2026-11-18T05:00", "2026-11-18T21:00", "the night ends at five"),
    ("2026-11-18T04:59", "2026-11-18T04:59", "before five it is still night"),
    ("2026-11-18T21:00", "2026-11-18T21:00", "nine in the evening is night"),
    ("2026-11-20T20:59", "2026-11-20T21:00", "Friday evening waits too"),
    ("2026-11-21T12:00", "2026-11-21T12:00", "Saturday is quiet"),
    ("2026-11-22T12:00", "2026-11-22T12:00", "Sunday is quiet"),
    ("2026-11-02T09:00", "2026-11-02T21:00", "the Monday after the clocks were set back"),
]


@pytest.mark.parametrize(("now", "start", "why"), ROWS, ids=[row[2] for row in ROWS])
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Pacific/Auckland"])
def test_large_jobs_wait_for_the_eastern_night_or_the_weekend(now, start, why, zone):
    moment = datetime.fromisoformat(now).replace(tzinfo=EASTERN)
    assert off_peak_from(moment.astimezone(ZoneInfo(zone))) == datetime.fromisoformat(start).replace(tzinfo=EASTERN), (
        why
    )
