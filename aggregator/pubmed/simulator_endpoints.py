"""What each of the simulated E-utilities does with its parameters: values in, a Response out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from aggregator.dates import EASTERN
from aggregator.pubmed import simulator_answers as shape
from aggregator.pubmed.simulator_faults import Response
from aggregator.pubmed.simulator_search import History, Searcher, SearchError
from aggregator.pubmed.simulator_world import World

Params = Mapping[str, str]

_HUGE = 18446744073709551615
_MOST_POSTED = 10_000
_MOST_JSON_SUMMARIES = 500


class _Refused(Exception):
    """An answer that ends a request early."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """The six E-utilities over one world and one history server."""

    world: World
    history: History
    searcher: Searcher
    #: How many records of a search can be listed.
    wall: int
    #: The year of the DTD that EFetch declares.
    dtd_year: int

    def answer(self, endpoint: str, params: Params) -> Response:
        """The endpoint's answer; HTTP 404 for one that is not served."""
        known = _ENDPOINTS.get(endpoint)
        if known is None:
            return Response(status=404, body=shape.html_page("404", "Not found"), content_type=shape.HTML)
        try:
            return known(self, params)
        except _Refused as refused:
            return refused.response

    def esearch(self, params: Params) -> Response:
        as_json = _as_json(params)
        try:
            _require_pubmed(params)
            body = self._searched(params, as_json=as_json)
        except SearchError as failed:
            body = shape.esearch_error(str(failed), as_json=as_json)
        return _answer(body, as_json=as_json)

    def _searched(self, params: Params, *, as_json: bool) -> bytes:
        found = self.searcher.search(params)
        if params.get("rettype") == "count":
            return shape.esearch_count(len(found.pmids), as_json=as_json)
        pmids = self.searcher.sorted(found.pmids, params.get("sort", ""))
        start, size, clamped = self._window(params, len(pmids))
        query_key, web_env = None, None
        if params.get("usehistory") == "y":
            query_key, web_env = self.history.store(pmids, params.get("webenv"), self.world.now)
        answer = shape.SearchAnswer(
            count=len(pmids),
            ids=pmids[start : start + size],
            retstart=start,
            query_key=query_key,
            web_env=web_env,
            translation=found.translation,
            phrases_not_found=found.phrases_not_found,
            fields_not_found=found.fields_not_found,
            quoted_not_found=found.quoted_not_found,
            messages=(*found.messages, *clamped, *(() if pmids else ("No items found.",))),
        )
        return shape.esearch_json(answer) if as_json else shape.esearch_xml(answer)

    def _window(self, params: Params, count: int) -> tuple[int, int, tuple[str, ...]]:
        """Retstart and retmax as PubMed honours them: past the wall an error, across it clamped."""
        start, size = _number(params, "retstart", 0), _number(params, "retmax", 20)
        if start >= self.wall:
            raise SearchError(f"Search Backend failed: Exception:\n{shape.wall_message(self.wall)}")
        if start + size <= self.wall:
            return start, size, ()
        clamped = self.wall - start
        said = f"Restrictions achieved. start and count adjusted to {start}, {clamped}"
        return start, clamped, (said,) if start and count > start else ()

    def efetch(self, params: Params) -> Response:
        _require(params, "db")
        if params["db"].casefold() != "pubmed":
            return Response(body=shape.efetch_error(f"Invalid db name specified: {params['db']}"))
        pmids = self._fetched_pmids(params)
        rettype, retmode = params.get("rettype", "").casefold(), params.get("retmode", "xml").casefold()
        held = self.world.records()
        if rettype == "uilist":
            as_xml = retmode == "xml"
            body = shape.uilist([pmid for pmid in pmids if pmid in held], as_xml=as_xml)
            return Response(body=body, content_type=shape.XML if as_xml else shape.TEXT)
        if retmode != "xml" or rettype not in {"", "null", "xml", "abstract"}:
            return Response()  # an unsupported combination is answered with nothing
        raws = [held[pmid].raw for pmid in pmids if pmid in held]
        return Response(body=shape.efetch_xml(raws, dtd_year=self.dtd_year))

    def _fetched_pmids(self, params: Params) -> Sequence[str]:
        if "id" in params:
            if pmids := _pmids(params):
                return pmids
            said = "ID list is empty! Possibly it has no correct IDs."
            raise _Refused(Response(status=400, body=shape.efetch_error(said)))
        try:
            return self._page_of_history(params)
        except SearchError as failed:
            raise _Refused(Response(body=shape.efetch_error(str(failed)))) from failed

    def _page_of_history(self, params: Params) -> Sequence[str]:
        """Retstart counts in the stored list, whether its records are still there or not."""
        if "query_key" not in params or "webenv" not in params:
            raise SearchError("Neither query_key nor id specified")
        try:
            stored = self.history.recall(params["webenv"], params["query_key"], self.world.now)
        except LookupError as error:
            raise SearchError(f"Unable to obtain query #{params['query_key']}") from error
        start = _number(params, "retstart", 0)
        if start >= self.wall:
            said = f"Search backend cannot retrieve history data. Reason: Exception: {shape.wall_message(self.wall)}"
            raise _Refused(Response(status=400, body=shape.efetch_error(said)))
        size = min(_number(params, "retmax", self.wall), 10_000)
        return stored[start : min(start + size, self.wall)]

    def esummary(self, params: Params) -> Response:
        _require(params, "db")
        as_json = _as_json(params)
        try:
            _require_pubmed(params)
            if as_json and (refused := _first_bad_id(params)):
                return _answer(refused, as_json=True)
            pmids = _pmids(params) if "id" in params else self._page_of_history(params)
        except SearchError as failed:
            listed = str(failed).startswith("Unable")
            return _answer(shape.esummary_error(str(failed), as_json=as_json, listed=listed), as_json=as_json)
        if as_json and len(pmids) > _MOST_JSON_SUMMARIES:
            said = f"Too many UIDs in request. Maximum number of UIDs is {_MOST_JSON_SUMMARIES} for JSON format output."
            return _answer(shape.esummary_error(said, as_json=True), as_json=True)
        return _answer(self._docsums(pmids, params, as_json=as_json), as_json=as_json)

    def _docsums(self, pmids: Sequence[str], params: Params, *, as_json: bool) -> bytes:
        held = self.world.records()
        known = [shape.docsum(held[pmid].citation, held[pmid].raw) for pmid in pmids if pmid in held]
        unknown = [pmid for pmid in pmids if pmid not in held]
        if as_json:
            return shape.esummary_json(known, order=pmids, unknown=unknown)
        if params.get("version") == "2.0":
            return shape.esummary_v2(known, build=shape.build_of(self.world.now), unknown=unknown)
        return shape.esummary_v1(known, unknown=unknown)

    def epost(self, params: Params) -> Response:
        try:
            _require_pubmed(params)
        except SearchError as failed:
            return Response(body=shape.epost_error([str(failed)]))
        given, pmids = _ids(params), _pmids(params)
        if len(given) > _MOST_POSTED:
            said = f"Too many UIDs in request. Maximum number of UIDs is {_MOST_POSTED}"
            return Response(body=shape.epost_error([said]))
        all_good = bool(given) and all(_as_pmid(one) for one in given)
        bad = () if all_good else (f"Some IDs have invalid value and were omitted. Maximum ID value {_HUGE}",)
        if not pmids:
            return Response(body=shape.epost_error(["Empty ID list; Nothing to store", *bad]))
        key, web_env = self.history.store(pmids, params.get("webenv"), self.world.now)
        return Response(body=shape.epost_xml(key, web_env, errors=bad))

    def einfo(self, params: Params) -> Response:
        as_json, db = _as_json(params), params.get("db", "")
        if not db:
            return _answer(shape.einfo_databases(as_json=as_json), as_json=as_json)
        if db.casefold() != "pubmed":
            return Response(body=shape.einfo_error(f"Invalid db name specified: {db}"))
        body = shape.einfo_pubmed(
            count=len(self.world.records()),
            now=self.world.now.astimezone(EASTERN),
            as_json=as_json,
            version_2=params.get("version") == "2.0",
        )
        return _answer(body, as_json=as_json)

    def espell(self, params: Params) -> Response:
        """Words that no title has are replaced by the nearest one that a title has."""
        query = params.get("term", "")
        known = self._words_of_titles()
        pieces: list[tuple[bool, str]] = []
        for word in re.findall(r"\w+|\W+", query):
            is_known = len(word) < 4 or word.casefold() in known
            near = [] if is_known else get_close_matches(word.casefold(), known, n=1)
            pieces.append((bool(near), near[0] if near else word))
        is_changed = any(changed for changed, _ in pieces)
        corrected = "".join(text for _, text in pieces) if is_changed else ""
        return Response(body=shape.espell_xml(query, corrected, pieces if is_changed else ()))

    def _words_of_titles(self) -> frozenset[str]:
        titles = (held.citation.title for held in self.world.records().values())
        return frozenset(word.casefold() for title in titles for word in re.findall(r"[^\W\d_]{3,}", title))


_ENDPOINTS: Mapping[str, Callable[[Endpoints, Params], Response]] = {
    "esearch": Endpoints.esearch,
    "efetch": Endpoints.efetch,
    "esummary": Endpoints.esummary,
    "epost": Endpoints.epost,
    "einfo": Endpoints.einfo,
    "espell": Endpoints.espell,
}


def _answer(body: bytes, *, as_json: bool) -> Response:
    return Response(body=body, content_type=shape.JSON if as_json else shape.XML)


def _as_json(params: Params) -> bool:
    return params.get("retmode", "").casefold() == "json"


def _require(params: Params, name: str) -> None:
    if not params.get(name):
        body = shape.missing_parameter_body(name)
        raise _Refused(Response(status=400, body=body, content_type=shape.TEXT))


def _require_pubmed(params: Params) -> None:
    db = params.get("db", "pubmed")
    if db.casefold() != "pubmed":
        raise SearchError(f"Invalid db name specified: {db}")


def _number(params: Params, name: str, default: int) -> int:
    value = params.get(name, "").strip()
    return int(value) if value.isdigit() else default


def _ids(params: Params) -> list[str]:
    return [one.strip() for one in re.split(r"[,\s]+", params.get("id", "")) if one.strip()]


def _pmids(params: Params) -> tuple[str, ...]:
    """The ids that can be PMIDs, as the numbers that they spell, each once."""
    return tuple(dict.fromkeys(pmid for one in _ids(params) if (pmid := _as_pmid(one))))


def _as_pmid(text: str) -> str | None:
    return str(int(text)) if text.isdigit() and 0 < int(text) <= _HUGE else None


def _first_bad_id(params: Params) -> bytes | None:
    for position, uid in enumerate(_ids(params)):
        if not uid.isdigit():
            return shape.invalid_uid_json(uid, position)
    return None
