"""What lets several processes share the tests."""

import pytest

from tests.conftest import sendable
from tests.ports import free_port


@pytest.mark.parametrize(
    ("told", "sent"),
    [
        pytest.param({"said": "half \ud800"}, {"said": "half \\ud800"}, id="a log with half a character"),
        pytest.param([("ä", "\udc00")], [("ä", "\\udc00")], id="sections of a report"),
        pytest.param({"seconds": 0.5, "lines": None}, {"seconds": 0.5, "lines": None}, id="what is no text"),
    ],
)
def test_a_report_can_be_sent_whatever_a_test_said(told, sent):
    assert sendable(told) == sent


def test_no_port_is_given_twice_and_none_that_the_system_gives_away():
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    assert max(ports) < 32_768
