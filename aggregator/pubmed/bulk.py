"""Files of PubMed records: NLM's baseline and update files, saved EFetch answers, exported MEDLINE text.

`opened_records` reads every record; `sift_file` only those that may match, which takes a twentieth of the time.
"""

from __future__ import annotations

import gzip
import re
import zlib
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from aggregator.errors import RecordFileError, UnreadableRecord
from aggregator.pubmed.medline import read_medline
from aggregator.pubmed.records import Entry, ReadRecord, UnreadableEntry, read_entries, wrap
from aggregator.pubmed.sieve import Sieve

try:
    from isal import igzip
except ImportError:
    igzip = None  # type: ignore[assignment]

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


# --- Reading only what may match ----------------------------------------------------------------------------------

_BLOCK = 1 << 19
_KEPT_BY_THE_PROCESS = 16 * _BLOCK
_END = b"</PubmedArticle>"
_BEGIN = re.compile(rb"<Pubmed(?:Book)?Article[ >]")
#: In a set of PubMed records the first has ended by then; other documents are read record by record.
_FIRST = 4 << 20
_OTHER_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["'](?!utf-?8|us-ascii)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiftedFile:
    """What a file has for whoever looks for some words."""

    records: int
    #: The PMIDs of all its records, as far as they could be told.
    pmids: array[int]
    #: Those that may match, read; the deletions; what could not be read.
    entries: tuple[Entry, ...]


def sift_file(file: Path, sieve: Sieve) -> SiftedFile | None:
    """The records of a PubMed file that the sieve keeps, and the deletions at its end.

    None for what is no compressed set of PubMed articles in UTF-8: that is for `opened_records`. Raises RecordFileError
    where the file is broken: nothing of it is given then.
    """
    with _explained(file), file.open("rb") as raw:
        if raw.peek(2)[:2] != b"\x1f\x8b":
            return None
        return _Sifting(sieve).all_of(unpacked(raw))


def check_sum(file: Path) -> None:
    """Raises RecordFileError where an .md5 beside the file, as NLM gives it, does not agree with it."""
    sums = file.with_name(f"{file.name}.md5")
    if not sums.exists():
        return
    with _explained(file):
        stated = re.search(r"\b[0-9a-f]{32}\b", sums.read_text(errors="replace").casefold())
        with file.open("rb") as stream:
            found = file_digest(stream, "md5").hexdigest()
    if not stated or stated[0] != found:
        raise RecordFileError("does not agree with the .md5 beside it; fetch both again", file=file)


def unpacked(raw: BinaryIO) -> BinaryIO:
    """The text of a .gz file; by Intel's library where it is there (isal, of the extra `bulk`), four times as fast."""
    opened: object = igzip.IGzipFile(fileobj=raw) if igzip else gzip.GzipFile(fileobj=raw)  # type: ignore[no-untyped-call]
    return cast("BinaryIO", opened)


class _Sifting:
    """One file in blocks that end where a record does."""

    def __init__(self, sieve: Sieve) -> None:
        self._sieve = sieve
        self._records = 0
        self._pmids: array[int] = array("Q")
        self._entries: list[Entry] = []

    def all_of(self, stream: BinaryIO) -> SiftedFile | None:
        """What the whole stream has; None if it is no set of PubMed articles in UTF-8."""
        # Until more was freed at once, glibc hands memory of a block's size back to the system each time it is freed,
        # and gets it again page by page: a third of the time.
        bytearray(_KEPT_BY_THE_PROCESS)
        room = bytearray(_BLOCK)
        have = 0
        while size := stream.readinto(memoryview(room)[have:]):  # type: ignore[attr-defined]
            have += size
            until = room.rfind(_END, 0, have) + len(_END)
            if until < len(_END):
                if self._records == 0 and have > _FIRST:
                    return None
            elif self._records == 0 and _OTHER_ENCODING.match(room):
                return None
            else:
                self._take(room, until)
                room[: have - until] = room[until:have]
                have -= until
            if have == len(room):
                room += bytes(_BLOCK)
        if self._records == 0:
            return None
        # Books and deletions stand behind the last article.
        self._entries += read_entries(b"<PubmedArticleSet>" + room[:have])
        return SiftedFile(records=self._records, pmids=self._pmids, entries=tuple(self._entries))

    def _take(self, block: bytearray, until: int) -> None:
        sifted = self._sieve.sift(block, until)
        self._records += sifted.records
        self._pmids.extend(sifted.pmids)
        for suspect in sifted.suspects:
            begin = _BEGIN.search(suspect)
            self._entries += _read_alone(suspect[begin.start() :] if begin else suspect)


def _read_alone(record: bytes) -> Iterable[Entry]:
    try:
        return tuple(read_entries(wrap([record])))
    except UnreadableRecord as error:
        return (UnreadableEntry(pmid=error.pmid, reason=str(error)),)


# --- MEDLINE text -------------------------------------------------------------------------------------------------

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
