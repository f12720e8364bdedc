"""Settings: what a file may say, what it may not, and in which words it is refused."""

from __future__ import annotations

import copy
import logging
import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from aggregator import config
from aggregator.config import Secret, check_topics, load
from aggregator.errors import SettingsError
from aggregator.hosts import is_loopback

EXAMPLE = Path(__file__).parent.parent / "aggregator.example.toml"
MAIL = '[mail]\nhost = "smtp.clinic.example"\nsender = "digest@clinic.example"\n'


def settings(tmp_path, text, environ=None, **more):
    file = tmp_path / "aggregator.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, environ=environ or {}, **more)


def refusal(tmp_path, text, environ=None) -> str:
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, text, environ)
    return str(caught.value)


def test_without_a_file_every_key_has_its_default_and_pubmed_no_email(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = load(None, environ={})
    assert found.file is None
    assert found.email is None
    assert found.workspace == Path("workspace")
    assert found.mail is None
    assert found.subscribers == ()
    assert (found.schedule.update, found.schedule.digest) == ("daily 05:30", "monday 07:00")
    assert found.schedule.timezone == ZoneInfo("America/New_York")
    assert found.report.abstracts is True
    assert found.pubmed.url == "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
    assert found.pubmed.tool == "ketamine-literature-aggregator"


def test_aggregator_toml_in_the_current_folder_is_read_by_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("aggregator.toml").write_text('[pubmed]\nemail = "you@clinic.example"\n', encoding="utf-8")
    assert load(None, environ={}).email == "you@clinic.example"


def test_a_named_file_that_is_missing_is_an_error_and_not_the_defaults(tmp_path):
    with pytest.raises(SettingsError, match=r"nowhere\.toml: there is no such file; `aggregator init"):
        load(tmp_path / "nowhere.toml", environ={})


def test_a_folder_given_as_the_file_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path, environ={})


def test_text_that_is_not_utf8_is_refused(tmp_path):
    (tmp_path / "aggregator.toml").write_bytes(b'[pubmed]\ntool = "\xff"\n')
    with pytest.raises(SettingsError, match="save it as UTF-8"):
        load(tmp_path / "aggregator.toml", environ={})


def test_a_byte_order_mark_does_no_harm(tmp_path):
    (tmp_path / "aggregator.toml").write_text('[pubmed]\nemail = "you@clinic.example"\n', encoding="utf-8-sig")
    assert load(tmp_path / "aggregator.toml", environ={}).email == "you@clinic.example"


def test_the_example_is_what_the_table_of_keys_says():
    assert EXAMPLE.read_text(encoding="utf-8") == config.example(), (
        "run: python -c 'from aggregator import config; print(config.example(), end=\"\")' > aggregator.example.toml"
    )


def test_the_example_loads_and_holds_every_key():
    found = load(EXAMPLE, environ={})
    assert found.mail is not None
    assert found.subscribers[0].designs == ("meta-analysis", "systematic-review", "randomized-trial")
    raw = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    stated = {
        (table, name) for table, value in raw.items() for name in (value[0] if isinstance(value, list) else value)
    }
    assert stated == {(key.table, key.name) for key in config.KEYS}


@pytest.mark.parametrize(
    "key",
    [key for key in config.KEYS if key.default not in (None, config.REQUIRED)],
    ids=lambda key: f"{key.table}.{key.name}",
)
def test_every_default_is_one_that_the_file_may_state(key):
    assert key.read(key.default) is not None


REFUSED = {
    "unknown key with a near one": (
        '[pubmed]\nemial = "x"\n',
        "line 2: unknown key 'emial' in [pubmed]; did you mean 'email'?",
    ),
    "unknown key near nothing": (
        "[workspace]\nzzzzzz = 1\n",
        "line 2: unknown key 'zzzzzz' in [workspace]; known: path",
    ),
    "unknown key in the second subscriber": (
        '[[subscriber]]\nemail = "a@b.example"\n\n[[subscriber]]\nemail = "c@b.example"\ntopic = ["ptsd"]\n',
        "line 6: unknown key 'topic' in [subscriber]; did you mean 'topics'?",
    ),
    "unknown table": ("\n[pubmde]\n", "line 2: unknown table [pubmde]; did you mean 'pubmed'?"),
    "key outside its table": (
        'email = "you@clinic.example"\n',
        "line 1: the key 'email' stands in no table; it belongs below [pubmed] or [operator] or [subscriber]",
    ),
    "unknown key outside any table": (
        "tooll = 1\n",
        "line 1: the key 'tooll' stands in no table; did you mean 'tool'?",
    ),
    "one subscriber in single brackets": (
        '[subscriber]\nemail = "a@b.example"\n',
        "write [[subscriber]] on a line of its own",
    ),
    "a table in double brackets": ("[[pubmed]]\n", "write [pubmed] on a line of its own"),
    "subscribers as plain text": ('subscriber = ["a@b.example"]\n', "write [[subscriber]] on a line of its own"),
    "broken TOML": ("[pubmed\n", "is not valid TOML"),
    "API key in the file": ('[pubmed]\napi_key = "hush"\n', "line 2: 'api_key' must not stand in a file"),
    "API key outside a table": ('api_key = "hush"\n', "set the environment variable NCBI_API_KEY"),
    "password in the file": ('[mail]\npassword = "hush"\n', "set the environment variable AGGREGATOR_SMTP_PASSWORD"),
    "address without a domain": ('[pubmed]\nemail = "you"\n', "line 2: 'email' must be one mail address"),
    "two addresses in one": ('[pubmed]\nemail = "a@b.example, c@d.example"\n', "must be one mail address"),
    "address that is a number": ("[pubmed]\nemail = 3\n", "'email' must be text in quotes"),
    "line break in a header value": (
        '[mail]\nhost = "h.example"\nsender = "A\\r\\nBcc: b@c.example <a@b.example>"\n',
        "control characters",
    ),
    "sender without an address": ('[mail]\nhost = "h.example"\nsender = "The clinic"\n', "'sender' must be an address"),
    "two senders": ('[mail]\nhost = "h.example"\nsender = "a@b.example, c@d.example"\n', "'sender' must be an address"),
    "PubMed URL without a scheme": (
        '[pubmed]\nurl = "eutils.example/"\n',
        "line 2: 'url' must be an address such as https://",
    ),
    "PubMed URL in clear text": ('[pubmed]\nurl = "http://eutils.example/"\n', "must begin with https://"),
    "URL with a password in it": ('[report]\nurl = "https://me:hush@intranet.example/"\n', "no user name"),
    "URL with an impossible port": ('[report]\nurl = "https://intranet.example:99999/"\n', "must be an address"),
    "script as the report's URL": ('[report]\nurl = "javascript:alert(1)"\n', "must be an address"),
    "pace above NCBI's without a key": (
        "[pubmed]\nrequests_per_second = 5\n",
        "line 2: 'requests_per_second' is above NCBI's limit of 3",
    ),
    "pace of nothing": ("[pubmed]\nrequests_per_second = 0\n", "must be a number from 0.01"),
    "pace that is not a number": ("[pubmed]\nrequests_per_second = nan\n", "must be a number"),
    "pace in quotes": ('[pubmed]\nrequests_per_second = "3"\n', "without quotes"),
    "switch in quotes": ('[report]\nabstracts = "yes"\n', "must be true or false, without quotes"),
    "attempts as a switch": ("[pubmed]\nattempts = true\n", "must be a whole number from 1 to 20"),
    "time zone misspelt": (
        '[schedule]\ntimezone = "Europe/Berln"\n',
        "'Europe/Berln' is no time zone; did you mean 'Europe/Berlin'?",
    ),
    "time zone that climbs folders": ('[schedule]\ntimezone = "../../etc/passwd"\n', "is no time zone"),
    "mail without a host": (
        '[mail]\nsender = "a@b.example"\n',
        "line 1: 'host' is missing in [mail]; add host = \"smtp.clinic.example\"",
    ),
    "mail as an empty inline table": ("mail = {}\n", "'host' is missing in [mail]"),
    "port out of range": (MAIL + "port = 70000\n", "line 4: 'port' must be a whole number from 1 to 65535"),
    "unknown security": (MAIL + 'security = "startls"\n', "'startls' is not known; did you mean 'starttls'?"),
    "clear text to another machine": (
        MAIL + 'security = "none"\n',
        "only for a server on this machine; use starttls or tls",
    ),
    "subscriber without an address": ('[[subscriber]]\nname = "A"\n', "line 1: 'email' is missing in [subscriber]"),
    "subscriber twice, other letters": (
        '[[subscriber]]\nemail = "a@b.example"\n[[subscriber]]\nemail = "A@b.example"\n',
        "line 4: this address has a [[subscriber]] table already",
    ),
    "unknown design": (
        '[[subscriber]]\nemail = "a@b.example"\ndesigns = ["randomised-trial"]\n',
        "line 3: 'designs' 'randomised-trial' is not known; did you mean 'randomized-trial'?",
    ),
    "designs as one text": ('[[subscriber]]\nemail = "a@b.example"\ndesigns = "cohort"\n', "must be a list"),
    "topics as an empty list": ('[[subscriber]]\nemail = "a@b.example"\ntopics = []\n', "leave the key out to get all"),
}


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_a_bad_file_is_refused_in_clear_words(tmp_path, text, words):
    message = refusal(tmp_path, text)
    assert words in message
    assert "hush" not in message


def test_a_bad_address_in_the_environment_names_the_variable(tmp_path):
    assert "NCBI_EMAIL must be one mail address" in refusal(tmp_path, "", {"NCBI_EMAIL": "you"})


def test_the_email_of_the_file_wins_over_the_environment(tmp_path):
    text = '[pubmed]\nemail = "file@clinic.example"\n'
    assert settings(tmp_path, text, {"NCBI_EMAIL": "env@clinic.example"}).email == "file@clinic.example"
    assert settings(tmp_path, "", {"NCBI_EMAIL": "env@clinic.example"}).email == "env@clinic.example"


@pytest.mark.parametrize(
    ("text", "environ", "pace"),
    [
        pytest.param("", {}, 3, id="NCBI's limit without a key"),
        pytest.param("", {"NCBI_API_KEY": "k"}, 10, id="NCBI's limit with a key"),
        pytest.param("", {"NCBI_API_KEY": " "}, 3, id="a blank key is none"),
        pytest.param(
            "[pubmed]\nrequests_per_second = 1.5\n", {"NCBI_API_KEY": "k"}, 1.5, id="slower is always allowed"
        ),
        pytest.param(
            '[pubmed]\nurl = "http://127.0.0.1:8900/entrez/eutils"\nrequests_per_second = 500\n',
            {},
            500,
            id="free on this machine",
        ),
        pytest.param(
            '[pubmed]\nurl = "http://[::1]:8900/"\nrequests_per_second = 500\n',
            {},
            500,
            id="free on this machine, IPv6",
        ),
    ],
)
def test_the_pace_keeps_to_ncbis_limits(tmp_path, text, environ, pace):
    assert settings(tmp_path, text, environ).pubmed.requests_per_second == pace


def test_a_host_that_only_looks_like_this_machine_gets_no_freedom(tmp_path):
    text = '[pubmed]\nurl = "https://127.0.0.1.example.org/"\nrequests_per_second = 500\n'
    assert "above NCBI's limit" in refusal(tmp_path, text)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.8.9.1", "::1", "[::1]", "api.localhost"])
def test_loopback_hosts_are_known(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "localhost.example", "10.0.0.1", "127.0.0.1.example", "0.0.0.0", "::2"])
def test_other_hosts_are_not_loopback(host):
    assert not is_loopback(host)


def test_every_url_ends_with_a_slash_so_that_pages_can_be_joined(tmp_path):
    found = settings(
        tmp_path, '[pubmed]\nurl = "http://localhost:8900/e"\n[report]\nurl = "https://intranet.example/k"\n'
    )
    assert found.pubmed.url == "http://localhost:8900/e/"
    assert found.report.url == "https://intranet.example/k/"


def test_a_relative_workspace_starts_at_the_files_folder_and_the_flag_wins(tmp_path):
    text = '[workspace]\npath = "kept"\n'
    assert settings(tmp_path, text).workspace == tmp_path / "kept"
    assert settings(tmp_path, text, workspace=Path("other")).workspace == Path("other")
    assert settings(tmp_path, text).folder == tmp_path


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465)])
def test_the_port_follows_the_security_where_none_is_named(tmp_path, security, port):
    mail = settings(tmp_path, f'{MAIL}security = "{security}"\n').mail
    assert mail is not None
    assert mail.port == port


def test_clear_text_is_allowed_to_this_machine(tmp_path):
    text = '[mail]\nhost = "localhost"\nsecurity = "none"\nsender = "a@b.example"\nport = 2525\n'
    assert settings(tmp_path, text).mail.port == 2525


def test_secrets_come_from_the_environment_and_show_themselves_nowhere(tmp_path, caplog):
    found = settings(tmp_path, MAIL, {"NCBI_API_KEY": "key-hush", "AGGREGATOR_SMTP_PASSWORD": "pass-hush"})
    assert found.pubmed.api_key.reveal() == "key-hush"
    assert found.mail.password.reveal() == "pass-hush"
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("%s %r %s", found, found.mail, found.pubmed.api_key)
    assert "hush" not in caplog.text
    assert "***" in caplog.text


def test_a_secret_is_frozen_comparable_and_survives_copying():
    secret = Secret("hush")
    with pytest.raises(AttributeError):
        secret._text = "other"
    assert copy.deepcopy(secret) == secret == Secret("hush") != Secret("other")
    assert {secret: 1}[Secret("hush")] == 1
    assert f"{secret} {secret!r}" == "*** ***"


def test_a_subscribers_unknown_topic_is_named_with_the_nearest(tmp_path):
    found = settings(tmp_path, '[[subscriber]]\nemail = "a@b.example"\ntopics = ["ptsd", "depresion"]\n')
    check_topics(found, ["ptsd", "depresion"])
    with pytest.raises(SettingsError, match=r"number 1: there is no topic 'depresion'; did you mean 'depression'\?"):
        check_topics(found, ["ptsd", "depression"])
