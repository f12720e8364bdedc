"""JSON lines: one study a line, spans included, as the README's "One study as JSON" promises."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aggregator.study import Study, study_json


def write(studies: Sequence[Study]) -> str:
    """The studies as JSON lines in UTF-8 text."""
    return "".join(f"{json.dumps(study_json(study), ensure_ascii=False)}\n" for study in studies)
