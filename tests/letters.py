"""One letter as it is sent, and as it is read back."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

from aggregator.mail import compose_message

DATE = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def letter(**changes):
    stated = {
        "sender": "Ketamine evidence <digest@clinic.example>",
        "recipient": "a.doctor@clinic.example",
        "subject": "Ketamine evidence, 16–22 Nov: 7 new",
        "text": "Seven invented studies.\n",
        "html": "<p>Seven <b>invented</b> studies.</p>\n",
        "digest_id": "2026-W47",
        "list_id": "ketamine-evidence.clinic.example",
        "unsubscribe": "librarian@clinic.example?subject=unsubscribe",
        "date": DATE,
    }
    return compose_message(**(stated | changes))


def parsed(message):
    return email.message_from_bytes(message.as_bytes(), policy=email.policy.default)


def body(found, kind):
    return found.get_body((kind,)).get_content().replace("\r\n", "\n")
