"""A digest as an edition for the archive: what the letter says, in its words and order, without its looks."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from aggregator.citation import Citation, Notice
from aggregator.digest.card import Card, Line
from aggregator.digest.card import Row as CardRow
from aggregator.digest.issue import MOST_NOTES, Digest, StatusNote
from aggregator.edition import Edition, Group, Piece, Row, Section
from aggregator.plain import line
from aggregator.study import Study


def edition_of(digest: Digest) -> Edition:
    """The digest in its own words; a test holds them against the letter's."""
    parts = (_status, _unknown, _nothing_new, _cards, _lines, _beyond, _quiet_topics, _about)
    return Edition(
        written=digest.made,
        days=f"{digest.days} · {digest.minutes}-minute read",
        banner=digest.banner,
        summary="" if digest.is_quiet else line(digest.summary),
        sections=tuple(chain.from_iterable(part(digest) for part in parts)),
        shown=tuple(study.pmid for study in digest.shown),
    )


# The parts, in the letter's order; each is none where the letter has none


def _status(digest: Digest) -> Iterable[Section]:
    if digest.notes:
        more = len(digest.notes) - MOST_NOTES
        yield Section(
            heading="Changes of status",
            form="status",
            groups=(Group(pieces=tuple(map(_note, digest.notes[:MOST_NOTES]))),),
            more=(f"{more} more changes of status stand in the report.",) if more > 0 else (),
        )


def _unknown(digest: Digest) -> Iterable[Section]:
    if digest.unknown:
        yield Section(
            heading="Not known",
            form="unknown",
            text=(f"Whether there is anything {'new' if digest.is_quiet else 'more'} is not known for:",),
            rows=tuple(Row(label=line(", ".join(names)), text=line(f"{why}.")) for names, why in digest.gaps),
        )


def _nothing_new(digest: Digest) -> Iterable[Section]:
    """The whole of a quiet week."""
    if digest.is_quiet:
        sentences = tuple(map(line, digest.quiet_note))
        last = digest.last
        said = (Piece(pmid=last.pmid, heading=sentences[-1], standing=_standing(last)),) if last else ()
        yield Section(
            text=sentences[:-1] if said else sentences,
            form="lines" if said else "text",
            groups=(Group(pieces=said),) if said else (),
        )


def _cards(digest: Digest) -> Iterable[Section]:
    if digest.lead:
        yield Section(heading="If you read one study", form="cards", groups=(Group(pieces=(_card(digest.lead),)),))
    if digest.cards:
        yield Section(
            heading="More new studies" if digest.lead else "New studies",
            form="cards",
            groups=(Group(pieces=tuple(map(_card, digest.cards))),),
        )


def _lines(digest: Digest) -> Iterable[Section]:
    if digest.lines:
        yield Section(
            heading="Also new" if digest.lead or digest.cards else "New studies",
            form="lines",
            groups=tuple(Group(name=line(group.name), pieces=tuple(map(_line, group.lines))) for group in digest.lines),
        )


def _beyond(digest: Digest) -> Iterable[Section]:
    if digest.beyond:
        yield Section(text=(f"{len(digest.beyond)} more in the report.",))


def _quiet_topics(digest: Digest) -> Iterable[Section]:
    if digest.quiet and not digest.is_quiet:
        yield Section(
            heading="Nothing new",
            form="quiet",
            rows=tuple(
                Row(
                    label=line(quiet.topic.name),
                    text=f"last {_source(quiet.last.citation)}" if quiet.last else "",
                    pmid=quiet.last.pmid if quiet.last else None,
                )
                for quiet in digest.quiet
            ),
        )


def _about(digest: Digest) -> Iterable[Section]:
    if not digest.is_quiet:
        yield Section(heading="About this issue", text=(line(f"{digest.searched} {digest.counts}"),))


# What was said of one study


def _card(card: Card) -> Piece:
    unstated = (f"Not stated in the abstract: {', '.join(card.unstated)}.",) if card.unstated else ()
    return Piece(
        pmid=card.study.pmid,
        heading=line(card.headline),
        title=line(card.title) if card.title else None,
        above=line(" · ".join(card.topics)),
        source=_source(card.study.citation),
        rows=(*(_notice("Expression of concern", notice) for notice in card.concerns), *map(_row, card.rows)),
        below=(*unstated, " · ".join(card.remarks)),
        related=_pmids(card.related),
        standing=_standing(card.study),
    )


def _line(shown: Line) -> Piece:
    also = f"also {', '.join(shown.also)}" if shown.also else ""
    said = (shown.kind, *shown.remarks, _whence(shown.study.citation), also)
    return Piece(
        pmid=shown.study.pmid,
        heading=line(shown.title),
        source=line(" · ".join(filter(None, said))),
        related=_pmids(shown.related),
        standing=_standing(shown.study),
    )


def _note(note: StatusNote) -> Piece:
    reasons = (Row(label="Reason given", text=line(n.note), is_quote=True) for n in note.notices if n.note)
    return Piece(
        pmid=note.study.pmid,
        heading=line(note.title),
        kinds=note.kinds,
        mark=note.label,
        above=note.history,
        source=_source(note.study.citation),
        rows=(*(_notice(note.notice_word(notice), notice) for notice in note.notices), *reasons),
        standing=_standing(note.study),
    )


def _row(row: CardRow) -> Row:
    return Row(label=row.label, text=line(row.text), is_quote=row.is_quote and row.is_stated, is_stated=row.is_stated)


def _notice(word: str, notice: Notice) -> Row:
    return Row(label=word, text=line(notice.source or ""), pmid=notice.pmid)


def _whence(citation: Citation) -> str:
    """Aster AB et al. · J Invent Stud"""
    byline = citation.byline if citation.authors else ""
    return line(" · ".join(filter(None, (byline, citation.journal.abbreviation or citation.journal.name))))


def _source(citation: Citation) -> str:
    return line(f"{_whence(citation)} · {citation.published}")


def _pmids(studies: Iterable[Study]) -> tuple[str, ...]:
    return tuple(study.pmid for study in studies)


def _standing(study: Study) -> tuple[str, ...]:
    citation = study.citation
    holds = {
        "retracted": citation.is_retracted,
        "expression-of-concern": citation.has_concern,
        "corrected": citation.is_corrected,
        "deleted": study.deleted is not None,
    }
    return tuple(kind for kind, is_so in holds.items() if is_so)
