"""RFC 9421 signatures over method, address, content type, body digest and idempotency key, with Ed25519.

Every attempt is signed afresh; a signature lives five minutes and its nonce counts once.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    ContentDigest,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    MappingKeyResolver,
    algorithms,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException, InvalidSignature

TAG = "doudi-handoff"
LIFE = timedelta(seconds=300)
SKEW = timedelta(seconds=300)
LABEL = "sig"
_ALWAYS = ("@method", "@target-uri", "content-digest")
_WHERE_PRESENT = ("content-type", "idempotency-key")
_LONGEST_NONCE = 64


class SignatureError(Exception):
    """The request is not provably from a caller we know; `kind` is a short problem type."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Verified:
    """Who signed, and the nonce that must not come again before `expires`."""

    key_id: str
    nonce: str
    expires: datetime


@dataclass(slots=True)
class _Message:
    """What the library signs: method, absolute address, header fields."""

    method: str
    url: str
    headers: Any


class Fields:
    """Header fields with every line kept, so that a doubled header cannot hide."""

    def __init__(self, lines: list[tuple[str, str]]) -> None:
        self._lines = lines

    def items(self) -> list[tuple[str, str]]:
        return self._lines

    def __iter__(self) -> Any:
        return iter(dict.fromkeys(name for name, _value in self._lines))

    def __contains__(self, name: str) -> bool:
        return any(line.lower() == name.lower() for line, _value in self._lines)


class _Verifier(HTTPMessageVerifier):
    """The library's verifier with our clock and our five minutes."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey], now: datetime) -> None:
        super().__init__(
            signature_algorithm=algorithms.ED25519,
            key_resolver=MappingKeyResolver(public_keys=keys, private_keys={}),
        )
        self._now = now

    def validate_created_and_expires(self, sig_input: Any, max_age: object = None) -> None:
        created, expires = sig_input.params.get("created"), sig_input.params.get("expires")
        if type(created) is not int or type(expires) is not int:
            raise InvalidSignature("created and expires are required")
        now = int(self._now.timestamp())
        if created > now + SKEW.total_seconds():
            raise InvalidSignature("created in the future")
        if expires < now or expires > created + LIFE.total_seconds():
            raise InvalidSignature("expired, or valid for too long")


def sign(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    key_id: str,
    key: Ed25519PrivateKey,
    now: datetime,
    nonce: str | None = None,
) -> dict[str, str]:
    """The headers to add: Content-Digest, Signature-Input, Signature."""
    lines = {**headers, "Content-Digest": ContentDigest.create(body)}
    present = {name.lower() for name in lines}
    message = _Message(method, url, lines)
    signer = HTTPMessageSigner(
        signature_algorithm=algorithms.ED25519,
        key_resolver=MappingKeyResolver(public_keys={}, private_keys={key_id: key}),
    )
    signer.sign(
        message,
        key_id=key_id,
        created=now,
        expires=now + LIFE,
        nonce=nonce or secrets.token_urlsafe(16),
        label=LABEL,
        tag=TAG,
        use_existing_digest=True,
        covered_component_ids=(*_ALWAYS, *(name for name in _WHERE_PRESENT if name in present)),
    )
    return {name: lines[name] for name in ("Content-Digest", "Signature-Input", "Signature")}


def verify(
    method: str,
    url: str,
    headers: list[tuple[str, str]],
    body: bytes,
    *,
    keys: Mapping[str, Ed25519PublicKey],
    now: datetime,
    required: tuple[str, ...] = (),
) -> Verified:
    """Check a request before anything in it is read; raises SignatureError.

    `required` names headers that must be there and be signed beside method, address and body digest. Whether
    the nonce came before is for the caller to check, in the store it shares with its fellow workers.
    """
    fields = Fields(headers)
    present = tuple(name for name in _WHERE_PRESENT if name in fields)
    wanted = tuple(dict.fromkeys((*_ALWAYS, *present, *required)))
    try:
        results = _Verifier(keys, now).verify(
            _Message(method, url, fields), expect_tag=TAG, require_components=wanted, body=body
        )
    except (HTTPMessageSignaturesException, ValueError, TypeError, KeyError, RecursionError):
        raise SignatureError("signature-invalid") from None
    if len(results) != 1:
        raise SignatureError("signature-ambiguous")
    nonce, parameters = results[0].nonce, results[0].parameters
    if not nonce or len(nonce) > _LONGEST_NONCE:
        raise SignatureError("nonce-missing")
    return Verified(str(parameters["keyid"]), nonce, datetime.fromtimestamp(int(parameters["expires"]), UTC))


def signer(
    keys: Mapping[str, Ed25519PrivateKey], clock: Callable[[], datetime]
) -> Callable[[str, str, dict[str, str], bytes], dict[str, str]]:
    """A function for the client: signs each call with the first key."""
    key_id, key = next(iter(keys.items()))

    def sign_call(method: str, url: str, headers: dict[str, str], body: bytes) -> dict[str, str]:
        return sign(method, url, headers, body, key_id=key_id, key=key, now=clock())

    return sign_call
