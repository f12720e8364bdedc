"""The endpoint for unsubscribing with one click, over real sockets: kind to readers, deaf to scanners, calm with the hostile."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import html5lib
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator import assets
from aggregator.endpoint import application, serve
from aggregator.errors import LibraryError, SettingsError
from aggregator.limiter import Limiter, Rate
from aggregator.render.unsubscribing import unsubscribe_page

TOKEN = "Zm9v-_" + "a1B2c3D4e5F6g7H8"
UNKNOWN = "u" * 43
PLENTY = Rate(burst=10_000, per_minute=1)
CLICK = {"List-Unsubscribe": "One-Click"}
TITLES = {
    "confirm": "Stop the ketamine evidence digest?",
    "done": "You are unsubscribed",
    "unknown": "This link does not work",
    "busy": "Please try again in a few minutes",
}


def page(state):
    return unsubscribe_page(state, folder=assets.folder("reports"))


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self):
        return self.now


@dataclass
class List:
    """The mailing list as the endpoint sees it."""

    asked: list[str] = field(default_factory=list)
    trouble: Exception | None = None
    pause: threading.Event | None = None

    def __call__(self, token):
        self.asked.append(token)
        if self.pause:
            self.pause.wait(10)
        if self.trouble:
            raise self.trouble
        return token == TOKEN


@contextmanager
def serving(unsubscribe, *, each=PLENTY, clock=None, trust_proxy=False, **more):
    limiter = Limiter(clock=clock or Clock(), each=each, everyone=PLENTY)
    app = application(
        path="/unsubscribe/", unsubscribe=unsubscribe, page=page, limiter=limiter, trust_proxy=trust_proxy
    )
    with serve(app, **more) as endpoint:
        yield endpoint.url


@pytest.fixture
def names():
    return List()


@pytest.fixture
def url(names):
    with serving(names) as address:
        yield address


def ask(method, address, **more):
    return requests.request(method, address, timeout=10, allow_redirects=False, **more)


def title(answer):
    found = html5lib.parse(answer.text, namespaceHTMLElements=False)
    return "".join(found.find(".//h1").itertext())


def logged(caplog):
    return "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("aggregator"))


# --- readers and mailbox providers ---


def test_looking_at_the_link_asks_and_never_unsubscribes(url, names):
    for method in ("GET", "HEAD", "GET"):
        answer = ask(method, f"{url}/unsubscribe/{TOKEN}?utm_source=scanner")
        assert answer.status_code == 200
    assert title(answer) == TITLES["confirm"]
    assert names.asked == []


@pytest.mark.parametrize(
    "more",
    [
        {"data": CLICK},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"data": b"List-Unsubscribe=One-Click"},
        {"data": b"List-Unsubscribe=One-Click", "headers": {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}},
        {"data": CLICK | {"other": "x"}},
    ],
    ids=["a form", "multipart", "no type", "a type with a charset", "a field more"],
)  # fmt: skip
def test_one_click_unsubscribes_at_once_without_cookies_or_redirects(url, names, more):
    for _ in range(2):
        answer = ask("POST", f"{url}/unsubscribe/{TOKEN}", **more)
        assert (answer.status_code, title(answer)) == (200, TITLES["done"])
        assert not answer.cookies
    assert names.asked == [TOKEN, TOKEN]


def test_the_page_s_button_sends_just_that(url):
    found = html5lib.parse(ask("GET", f"{url}/unsubscribe/{TOKEN}").text, namespaceHTMLElements=False)
    form = found.find(".//form")
    button = form.find(".//button")
    assert (form.get("method"), form.get("action")) == ("post", None)
    assert (button.get("name"), button.get("value")) == ("List-Unsubscribe", "One-Click")


def test_an_unknown_token_is_told_apart_by_words_only(url):
    unknown = ask("POST", f"{url}/unsubscribe/{UNKNOWN}", data=CLICK)
    known = ask("POST", f"{url}/unsubscribe/{TOKEN}", data=CLICK)
    assert (unknown.status_code, title(unknown)) == (404, TITLES["unknown"])
    assert "write to whoever sends it" in unknown.text
    assert set(unknown.headers) == set(known.headers)
    assert ask("GET", f"{url}/unsubscribe/{UNKNOWN}").text == ask("GET", f"{url}/unsubscribe/{TOKEN}").text


@pytest.mark.parametrize(
    "path",
    ["/", "/unsubscribe", "/unsubscribe/", f"/{TOKEN}", "/unsubscribe/short", f"/unsubscribe/{TOKEN}/", f"/x/unsubscribe/{TOKEN}", f"/unsubscribe/{TOKEN}%00", f"/unsubscribe/{TOKEN}%0a", "/unsubscribe/" + "x" * 129, f"/unsubscribe/../{TOKEN}", "/unsubscribe/" + "ü" * 30],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
def test_another_address_is_not_found(url, names, path, method):
    answer = ask(method, url + path, data=CLICK if method == "POST" else None)
    assert answer.status_code == 404
    assert names.asked == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "BREW"])
def test_another_method_is_refused_with_those_that_are_taken(url, names, method):
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request(method, f"/unsubscribe/{TOKEN}")
    answer = connection.getresponse()
    connection.close()
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert names.asked == []


@pytest.mark.parametrize(
    "more",
    [
        {"data": b""},
        {"data": {"List-Unsubscribe": "no"}},
        {"data": b"\xff\0=&&&;%"},
        {"data": b"x" * 4096},
        {"data": b"--b--", "headers": {"Content-Type": "multipart/form-data"}},
        {"data": b"--b--", "headers": {"Content-Type": "multipart/form-data; boundary=\xff"}},
        {"data": b"--b\r\n" * 500, "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
    ],
)
def test_a_post_that_says_something_else_is_no_click(url, names, more):
    answer = ask("POST", f"{url}/unsubscribe/{TOKEN}", **more)
    assert (answer.status_code, title(answer)) == (400, TITLES["confirm"])
    assert names.asked == []


def test_a_long_body_is_refused_unread(url, names):
    answer = ask("POST", f"{url}/unsubscribe/{TOKEN}", data=b"List-Unsubscribe=One-Click&" + b"x" * 4096)
    assert answer.status_code == 413
    assert names.asked == []


def test_a_body_of_unknown_length_is_refused(url, names):
    assert ask("POST", f"{url}/unsubscribe/{TOKEN}", data=iter([b"List-Unsubscribe=One-Click"])).status_code == 411
    assert names.asked == []


def test_a_busy_library_asks_for_patience_and_loses_nothing(url, names, caplog):
    caplog.set_level(logging.DEBUG)
    names.trouble = LibraryError(f"locked while {TOKEN} was written; try again", path=Path("library.sqlite"))
    answer = ask("POST", f"{url}/unsubscribe/{TOKEN}", data=CLICK)
    assert (answer.status_code, answer.headers["Retry-After"], title(answer)) == (503, "120", TITLES["busy"])
    names.trouble = None
    assert ask("POST", f"{url}/unsubscribe/{TOKEN}", data=CLICK).status_code == 200
    assert "locked while ***" in logged(caplog)
    assert TOKEN not in logged(caplog)


def test_a_fault_of_ours_is_answered_in_plain_words(url, names, caplog, capfd):
    names.trouble = RuntimeError(TOKEN)
    answer = ask("POST", f"{url}/unsubscribe/{TOKEN}", data=CLICK)
    assert answer.status_code == 500
    assert "answer any letter with the word unsubscribe" in answer.text
    assert "An answer failed: RuntimeError" in caplog.text
    assert TOKEN not in caplog.text + "".join(capfd.readouterr())


def test_head_answers_like_get_without_the_page(url):
    for path in (f"/unsubscribe/{TOKEN}", "/"):
        get, head = ask("GET", url + path), ask("HEAD", url + path)
        assert head.status_code == get.status_code
        assert head.content == b""
        assert {name: value for name, value in head.headers.items() if name != "Date"} == {
            name: value for name, value in get.headers.items() if name != "Date"
        }


@pytest.mark.parametrize("path", [f"/unsubscribe/{TOKEN}", "/"])
def test_every_answer_keeps_the_token_private_and_names_no_software(url, path):
    headers = ask("GET", url + path).headers
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")  # fmt: skip
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "noindex" in headers["X-Robots-Tag"]
    assert not {"Server", "Set-Cookie", "Location"} & set(headers)


def test_no_log_line_holds_a_token_or_an_address(url, names, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    for method, path in (("GET", f"/unsubscribe/{TOKEN}"), ("POST", f"/unsubscribe/{UNKNOWN}"), ("GET", f"/a.doctor@clinic.example/{TOKEN}")):  # fmt: skip
        ask(method, url + path, data=CLICK)
    raw(url, f"GET /unsubscribe/{TOKEN} HTTP/9.9\r\n\r\n".encode())
    raw(url, f"{TOKEN} /unsubscribe/{TOKEN} HTTP/1.0\r\n\r\n".encode())
    said = logged(caplog)
    assert "GET a link to unsubscribe: 200" in said
    assert "another method a link to unsubscribe: 405" in said
    for secret in (TOKEN, UNKNOWN, "a.doctor", "127.0.0.1"):
        assert secret not in said + "".join(capfd.readouterr())


# --- too much, too slow, too strange ---


def raw(url, octets, *, patience=10):
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=patience) as connection:
        connection.sendall(octets)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
        return answer


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"X: yyyyyyyyyyyyyy\r\n" * 2_000 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 150 + b"\r\n", b"431"),
        (b"GET / HTTP/7\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),
        (b"GET <script> <b> HTTP/1.1\r\n\r\n", b"400"),
    ],
    ids=["a long address", "a long header", "long headers", "many headers", "another protocol", "TLS", "markup"],
)
def test_what_is_no_reasonable_request_is_refused_and_not_repeated(url, octets, status):
    head, _, body = raw(url, octets).partition(b"\r\n\r\n")
    assert head.split()[1] == status
    assert b"Server:" not in head
    assert b"answer any letter with the word unsubscribe" in body
    assert b"<" not in body


@pytest.mark.parametrize("length", [b"-1", b"+5", b"1e3", b"\xb2", b"9" * 30, b""])
def test_a_length_that_is_none_is_refused(url, names, length):
    head = f"POST /unsubscribe/{TOKEN} HTTP/1.1\r\nContent-Length: ".encode() + length
    assert raw(url, head + b"\r\n\r\nList-Unsubscribe=One-Click").split()[1] == b"411"
    assert names.asked == []


@given(octets=st.binary(max_size=300) | st.binary(max_size=60).map(lambda tail: f"POST /unsubscribe/{TOKEN} HTTP/1.1\r\n".encode() + tail))  # fmt: skip
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_sent_unsubscribes_by_chance_or_stops_the_endpoint(url, names, octets):
    raw(url, octets + b"\r\n\r\n")
    assert names.asked == []


def test_the_endpoint_is_there_after_all_that(url):
    raw(url, b"\0" * 1000 + b"\r\n\r\n")
    assert ask("GET", f"{url}/unsubscribe/{TOKEN}").status_code == 200


def test_a_client_that_falls_silent_is_let_go(names):
    head = f"POST /unsubscribe/{TOKEN} HTTP/1.1\r\nContent-Length: 26\r\n\r\nList-".encode()
    with serving(names, patience=0.2) as url:
        assert raw(url, head).split()[1] == b"408"
        assert raw(url, b"GET /unsub") == b""
    assert names.asked == []


def test_a_client_that_drips_is_let_go_too(names):
    with serving(names, patience=5, deadline=0.3) as url:
        host, port = url.removeprefix("http://").split(":")
        started = time.monotonic()
        with socket.create_connection((host, int(port)), timeout=10) as connection, pytest.raises(OSError):
            while time.monotonic() - started < 10:
                connection.sendall(b"X")
                time.sleep(0.02)
        assert time.monotonic() - started < 5


def test_only_so_many_may_hold_the_line(names):
    with serving(names, most_connections=2) as url:
        host, port = url.removeprefix("http://").split(":")
        held = [socket.create_connection((host, int(port)), timeout=10) for _ in range(2)]
        time.sleep(0.3)
        with pytest.raises(requests.ConnectionError):
            ask("GET", f"{url}/unsubscribe/{TOKEN}")
        for connection in held:
            connection.close()
        time.sleep(0.3)
        assert ask("GET", f"{url}/unsubscribe/{TOKEN}").status_code == 200


def test_stopping_answers_what_has_arrived_and_waits_for_nobody_who_is_silent(names):
    names.pause = threading.Event()
    answers = []
    with serving(names) as url:
        host, port = url.removeprefix("http://").split(":")
        silent = socket.create_connection((host, int(port)), timeout=10)
        asking = threading.Thread(target=lambda: answers.append(ask("POST", f"{url}/unsubscribe/{TOKEN}", data=CLICK)))
        asking.start()
        while not names.asked:
            time.sleep(0.01)
        threading.Timer(0.2, names.pause.set).start()
        started = time.monotonic()
    assert time.monotonic() - started < 3
    asking.join(10)
    silent.close()
    assert [answer.status_code for answer in answers] == [200]
    with pytest.raises(requests.ConnectionError):
        ask("GET", f"{url}/unsubscribe/{TOKEN}")


def test_a_port_in_use_is_explained():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SettingsError, match="choose another address or port"):  # fmt: skip
        serve(lambda *_: [], port=taken.getsockname()[1])
    with pytest.raises(SettingsError, match="choose another"):
        serve(lambda *_: [], port=70_000)


def test_many_at_once_are_all_served(names):
    with serving(names) as url:
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(ask("POST", f"{url}/unsubscribe/{TOKEN}", data=CLICK).status_code)) for _ in range(40)]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [200] * 40


# --- how often ---


def test_who_asks_too_often_is_asked_to_wait_and_may_then_go_on(names):
    clock = Clock()
    with serving(names, each=Rate(burst=2, per_minute=6), clock=clock) as url:
        link = f"{url}/unsubscribe/{TOKEN}"
        assert [ask("GET", link).status_code for _ in range(3)] == [200, 200, 429]
        refused = ask("POST", link, data=CLICK)
        assert (refused.headers["Retry-After"], title(refused)) == ("10", TITLES["busy"])
        assert names.asked == []
        clock.now += 10
        assert ask("POST", link, data=CLICK).status_code == 200


def test_behind_a_proxy_the_last_hop_counts_and_without_one_nobody_is_believed(names):
    rate = Rate(burst=1, per_minute=1)
    for trust_proxy, statuses in ((True, [200, 429, 200, 429, 429, 200]), (False, [200, 429, 429, 429, 429, 429])):
        with serving(names, each=rate, trust_proxy=trust_proxy) as url:
            link = f"{url}/unsubscribe/{TOKEN}"
            hops = ["192.0.2.1", "198.51.100.7, 192.0.2.1", "192.0.2.2", "::ffff:192.0.2.2", "junk,192.0.2.1", "junk"]
            assert [ask("GET", link, headers={"X-Forwarded-For": hop}).status_code for hop in hops] == statuses


def test_a_client_cannot_write_the_proxy_s_header_in_another_spelling(names):
    with serving(names, each=Rate(burst=1, per_minute=1), trust_proxy=True) as url:
        statuses = [
            raw(url, f"GET /unsubscribe/{TOKEN} HTTP/1.0\r\nX-Forwarded-For: 192.0.2.1\r\nX_Forwarded_For: 192.0.2.{n}\r\n\r\n".encode()).split()[1]
            for n in (5, 6)
        ]  # fmt: skip
    assert statuses == [b"200", b"429"]


def test_a_whole_ipv6_network_is_one_client():
    limiter = Limiter(clock=Clock(), each=Rate(burst=1, per_minute=1))
    app = application(path="u", unsubscribe=List(), page=page, limiter=limiter)
    statuses = []
    for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"):
        list(app({"REQUEST_METHOD": "GET", "PATH_INFO": f"/u/{TOKEN}", "REMOTE_ADDR": address}, lambda status, _: statuses.append(status[:3])))  # fmt: skip
    assert statuses == ["200", "429", "200"]


def test_all_together_have_a_limit_and_a_refused_client_takes_nothing_from_the_others():
    clock = Clock()
    limiter = Limiter(clock=clock, each=Rate(burst=2, per_minute=60), everyone=Rate(burst=3, per_minute=60))
    assert [limiter.wait("a") for _ in range(4)] == [0, 0, 1, 1]
    assert limiter.wait("b") == 0
    assert limiter.wait("c") == 1
    clock.now += 1
    assert limiter.wait("c") == 0


def test_the_limiter_s_memory_is_bounded_and_forgets_the_silent_first():
    limiter = Limiter(clock=Clock(), each=Rate(burst=1, per_minute=1), everyone=Rate(burst=10**6, per_minute=1), most_clients=3)  # fmt: skip
    for client in "abcad":
        limiter.wait(client)
    assert limiter.wait("a") > 0
    assert limiter.wait("b") == 0
    for number in range(10_000):
        limiter.wait(str(number))
    assert len(limiter._clients) == 3


@given(steps=st.lists(st.tuples(st.sampled_from("abc"), st.floats(-5, 100)), max_size=60))
def test_nobody_gets_more_than_the_burst_and_the_rate_allow(steps):
    clock = Clock()
    limiter = Limiter(clock=clock, each=Rate(burst=3, per_minute=6))
    served, passed = dict.fromkeys("abc", 0), 0.0
    for client, seconds in steps:
        clock.now += max(0, seconds)
        passed += max(0, seconds)
        served[client] += not limiter.wait(client)
    assert all(count <= 3 + passed / 10 + 1e-6 for count in served.values())
