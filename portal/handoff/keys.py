"""Ed25519 keys of the hand-off, written as `key-id:base64` (private seed or public key, 32 bytes).

Without keys of its own an installation derives one from its secret key, so that trying needs no set-up;
two of each may stand side by side while they are rotated.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.config import ConfigError, Settings


@cache
def own(settings: Settings) -> dict[str, Ed25519PrivateKey]:
    """Our signing keys by id, the one that signs first; raises ConfigError."""
    if settings.hand_off_keys:
        return {
            key_id: Ed25519PrivateKey.from_private_bytes(raw)
            for key_id, raw in (_read(text, "DOUDI_HAND_OFF_KEYS") for text in settings.hand_off_keys)
        }
    return _derived(settings, "portal")


@cache
def of_sandbox(settings: Settings) -> dict[str, Ed25519PrivateKey]:
    """The key with which the sandbox case system of this installation signs its callbacks."""
    return _derived(settings, "sandbox")


def public(keys: dict[str, Ed25519PrivateKey]) -> dict[str, Ed25519PublicKey]:
    """The public halves, by id."""
    return {key_id: key.public_key() for key_id, key in keys.items()}


def read_public(texts: tuple[str, ...], where: str) -> dict[str, Ed25519PublicKey]:
    """Public keys of a case system; raises ConfigError naming `where`."""
    return {
        key_id: Ed25519PublicKey.from_public_bytes(raw)
        for key_id, raw in (_read(text, where) for text in texts)
    }


def written(key_id: str, key: Ed25519PublicKey) -> str:
    """`key-id:base64`, as it is published and configured."""
    return f"{key_id}:{base64.b64encode(key.public_bytes_raw()).decode()}"


def _read(text: str, where: str) -> tuple[str, bytes]:
    key_id, _, encoded = text.partition(":")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not key_id or len(raw) != 32:
        raise ConfigError(f"{where}: a key is written key-id:base64 of 32 bytes (Ed25519), parted by blanks.")
    return key_id, raw


def _derived(settings: Settings, part: str) -> dict[str, Ed25519PrivateKey]:
    seed = HKDF(SHA256(), 32, salt=None, info=f"doudi hand-off {part} key".encode()).derive(
        settings.secret_key.encode()
    )
    key = Ed25519PrivateKey.from_private_bytes(seed)
    digest = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()
    return {f"{part}-{digest[:8]}": key}
