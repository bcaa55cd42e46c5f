"""The published test vectors, worked out anew: `python -m tests.support.handoff_vectors > portal/handoff/vectors.json`.

Keys and nonces in it are public and worth nothing.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.handoff import callbacks, canonical, conformance, events, schedule, signatures

SEED = bytes(range(32))
AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
VALUES: tuple[Any, ...] = (
    {},
    {"b": [1, True, None], "a": "吉林"},
    {"z": '\u0007\n"\\', "é": "€", "金额": "660.00"},
    conformance.sample(),
)


def build() -> dict[str, Any]:
    """All vectors."""
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    return {
        "canonical": [
            {
                "value": value,
                "canonical": canonical.canonical(value).decode(),
                "sha256": canonical.content_hash(value),
            }
            for value in VALUES
        ],
        "signatures": [_signature(key, *request) for request in _requests()],
        "publicKey": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        "privateSeed": base64.b64encode(SEED).decode(),
        "pausesInSeconds": [int(schedule.delay(n, 0.5).total_seconds()) for n in range(1, 8)],
        "nextStates": {
            state: sorted(following) for state, following in sorted(callbacks.transitions().items())
        },
    }


def _requests() -> list[tuple[str, str, dict[str, str], bytes]]:
    data = {**conformance.sample(), "applicationNumber": "KJ3M8PRTWA", "applicationVersion": 1}
    event = {"specversion": "1.0", "id": "0b1f…", "source": "https://portal.example", "data": data}
    return [
        (
            "POST",
            "https://case-system.example/events",
            {"Content-Type": events.MEDIA_TYPE, "Idempotency-Key": "2f1c7c9e-8f6f-4a51-9d0c-4f1f6f5a9b10"},
            canonical.canonical(event),
        ),
        ("GET", "https://case-system.example/receipts/2f1c7c9e-8f6f-4a51-9d0c-4f1f6f5a9b10", {}, b""),
        ("GET", "https://portal.example/handoff/events?after=cDE&limit=100", {}, b""),
    ]


def _signature(
    key: Ed25519PrivateKey, method: str, url: str, headers: dict[str, str], body: bytes
) -> dict[str, Any]:
    added = signatures.sign(method, url, headers, body, key_id="test-key", key=key, now=AT, nonce="bm9uY2U")
    return {
        "method": method,
        "url": url,
        "headers": headers,
        "body": body.decode(),
        "keyid": "test-key",
        "created": int(AT.timestamp()),
        "nonce": "bm9uY2U",
        "adds": added,
    }


if __name__ == "__main__":
    print(json.dumps(build(), ensure_ascii=False, indent=1))
