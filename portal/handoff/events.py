"""CloudEvents 1.0 as they go over the wire: ours from a snapshot, the case system's from a body.

A resend must have the very same bytes, so events are written in canonical JSON with the times of the row.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.http import HTTPMessage, from_http, to_structured
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from portal.handoff.canonical import canonical
from portal.handoff.models import OutboxMessage

PREFIX = "doudi."
SUBMITTED = "application.submitted.v1"
AMENDED = "application.amended.v1"
WITHDRAWN = "application.withdrawn.v1"
CONSENT_WITHDRAWN = "consent.withdrawn.v1"
ATTACHMENT_AVAILABLE = "attachment.available.v1"
TYPES = (SUBMITTED, AMENDED, WITHDRAWN, CONSENT_WITHDRAWN, ATTACHMENT_AVAILABLE)
MEDIA_TYPE = "application/cloudevents+json"

_CASE_TYPE = re.compile(r"(?:[a-z0-9-]+\.)*case\.([a-z_]{1,30})(?:\.v1)?")
_LONGEST_SEQUENCE = 18


class EventError(Exception):
    """The body is no event we can read; the text says what is missing, without quoting it."""


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """What a case system reports. `state` is the word in the type, known to us or not."""

    source: str
    id: str
    application_number: str
    state: str
    sequence: int
    at: datetime | None
    details: dict[str, Any]


class _CanonicalJson(JSONFormat):
    """The JSON format with one spelling per event, whatever version of the library wrote it."""

    def write(self, event: BaseCloudEvent) -> bytes:
        return canonical(json.loads(super().write(event)))


def write(message: OutboxMessage, document: dict[str, Any]) -> bytes:
    """The body of the request for this message: CloudEvents 1.0, structured mode, UTF-8 JSON."""
    event = CloudEvent(
        {
            "specversion": "1.0",
            "id": message.id,
            "source": message.source,
            "type": PREFIX + message.type,
            "subject": message.application_number,
            "time": message.created_at,
            "datacontenttype": "application/json",
            "dataschema": f"{message.source}/docs/handoff/schemas/{message.type}.json",
            "applicationversion": message.application_version,
            "partitionkey": message.application_number,
        },
        document,
    )
    return to_structured(event, _CanonicalJson()).body


def write_case_event(
    *,
    source: str,
    id: str,
    application_number: str,
    state: str,
    sequence: int,
    at: datetime,
    data: dict[str, Any],
) -> bytes:
    """The body of a status callback, as a case system sends it."""
    event = CloudEvent(
        {
            "specversion": "1.0",
            "id": id,
            "source": source,
            "type": f"{PREFIX}case.{state}.v1",
            "subject": application_number,
            "time": at,
            "datacontenttype": "application/json",
            "sequence": str(sequence),
        },
        data,
    )
    return to_structured(event, _CanonicalJson()).body


def read(body: bytes, headers: dict[str, str]) -> BaseCloudEvent:
    """The event of a request, structured or binary mode; raises EventError."""
    try:
        return from_http(HTTPMessage(headers, body), JSONFormat(), CloudEvent)
    except CloudEventValidationError as broken:
        raise EventError("attributes missing or wrong: " + ", ".join(sorted(broken.errors))) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise EventError("the body is not a CloudEvent") from None


def read_case_event(body: bytes, headers: dict[str, str]) -> CaseEvent | None:
    """The report of a case system, or None where the type is not about a case; raises EventError."""
    event = read(body, headers)
    found = _CASE_TYPE.fullmatch(event.get_type())
    if not found:
        return None
    number, source, id_ = event.get_subject(), event.get_source(), event.get_id()
    if not number or len(number) > 20 or not (number.isascii() and number.isalnum()):
        raise EventError("subject must be the application number")
    if len(source) > 300 or len(id_) > 200 or not (source.isprintable() and id_.isprintable()):
        raise EventError("source or id is too long or has control characters")
    data = {} if event.get_data() is None else event.get_data()
    if not isinstance(data, dict) or not _writable(data):
        raise EventError("data must be a JSON object of Unicode text")
    return CaseEvent(
        source=source,
        id=id_,
        application_number=number,
        state=found.group(1),
        sequence=_sequence(event.get_attributes().get("sequence", data.get("sequence"))),
        at=event.get_time(),
        details=data,
    )


def _writable(data: dict[str, Any]) -> bool:
    """Whether the text can be stored: half of a surrogate pair is valid JSON but no character."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _sequence(given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 10**_LONGEST_SEQUENCE:
        return given
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) <= _LONGEST_SEQUENCE:
        return int(given)
    raise EventError("sequence must be a whole number that rises with every event of a case")
