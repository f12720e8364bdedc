"""The commands that the program proposes can be typed as they stand."""

from pathlib import Path

import pytest

from aggregator.called import _command

HERE = Path("/home/a user/checkout")


@pytest.mark.parametrize(
    ("called", "python", "is_found", "expected"),
    [
        pytest.param("run.py", f"{HERE}/.venv/bin/python", False, ".venv/bin/python run.py", id="a checkout, by make"),
        pytest.param(f"{HERE}/run.py", "/usr/bin/python3", False, "/usr/bin/python3 run.py", id="by its whole path"),
        pytest.param("/else where/run.py", "/usr/bin/python3", False, "/usr/bin/python3 '/else where/run.py'", id="quoted"),
        pytest.param("/opt/a/bin/aggregator", "/opt/a/bin/python", True, "aggregator", id="installed, known to the shell"),
        pytest.param("/opt/a/bin/aggregator", "/opt/a/bin/python", False, "/opt/a/bin/aggregator", id="installed, not known"),
        pytest.param("/opt/a/aggregator/__main__.py", "/opt/a/bin/python", False, "/opt/a/bin/python -m aggregator", id="as a module"),
        pytest.param("/opt/pytest", "/opt/a/bin/python", False, "aggregator", id="by another program"),
    ],
)  # fmt: skip
def test_the_command_that_calls_it_again(called, python, is_found, expected):
    assert _command(called, python, HERE, is_found=is_found) == expected
