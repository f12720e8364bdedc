"""Files of PubMed records: NLM's baseline and update files, saved EFetch answers, exported MEDLINE text."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from aggregator.errors import RecordFileError, UnreadableRecord
from aggregator.pubmed.medline import read_medline
from aggregator.pubmed.records import Entry, ReadRecord, UnreadableEntry, read_entries

_MEDLINE_ENDINGS = (".nbib", ".txt", ".medline")


@contextmanager
def opened_records(file: Path) -> Iterator[Iterator[Entry]]:
    """The entries of a PubMed file, compressed or not, XML or MEDLINE text.

    RecordFileError for a file that cannot be opened, and from the entries at the place where a file is broken.
    """
    with _explained(file):
        raw = file.open("rb")
    with raw:
        yield _entries(raw, file)


def _entries(raw: BufferedReader, file: Path) -> Iterator[Entry]:
    with _explained(file):
        is_packed = raw.peek(2)[:2] == b"\x1f\x8b"
        stream = cast("BinaryIO", gzip.GzipFile(fileobj=raw) if is_packed else raw)
        name = file.with_suffix("") if is_packed else file
        if name.suffix.lower() in _MEDLINE_ENDINGS:
            yield from _medline_entries(stream.read().decode("utf-8-sig", "replace"))
        else:
            yield from read_entries(stream)


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    try:
        yield
    except UnreadableRecord as error:
        raise RecordFileError(f"{error}; the records before the fault were read", file=file) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RecordFileError("the compressed file is cut short or damaged; fetch it again", file=file) from error
    except OSError as error:
        raise RecordFileError(f"cannot be read ({error.strerror}); check the path and its rights", file=file) from error


#: Each record of MEDLINE text begins with its PMID.
_RECORD = re.compile(r"^(?=PMID ?- )", re.MULTILINE)


def _medline_entries(text: str) -> Iterator[Entry]:
    """MEDLINE text record by record, so that one that cannot be read costs itself alone."""
    blocks = [block for block in _RECORD.split(text.replace("\r\n", "\n")) if block.strip()]
    if not blocks or not blocks[0].startswith("PMID"):
        raise UnreadableRecord("this is no MEDLINE text: no line begins with PMID; save it from PubMed as .nbib")
    for block in blocks:
        pmid = block.partition("-")[2].partition("\n")[0].strip()
        try:
            for citation in read_medline(block):
                yield ReadRecord(citation=citation, raw=block.strip().encode())
        except UnreadableRecord as error:
            yield UnreadableEntry(pmid=pmid, reason=str(error))
