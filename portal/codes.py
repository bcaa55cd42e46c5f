"""Codes people read aloud and type: no look-alike characters, one check character at the end.

Only keyed hashes of codes are stored; the code itself is shown once.
"""

from __future__ import annotations

import hmac
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 signs, without 0 O 1 I L


def new_code(length: int) -> str:
    """A random code of `length` characters, the last of which checks the others."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(length - 1))
    return body + check_character(body)


def check_character(body: str) -> str:
    """ISO/IEC 7064-like check: catches any one wrong and any two swapped neighbouring characters."""
    total = 0
    for character in body:
        total = (total + ALPHABET.index(character)) * 2 % len(ALPHABET)
    return ALPHABET[-total % len(ALPHABET)]


def normalise(typed: str) -> str:
    """What was meant by what was typed: upper case, no blanks or dashes, full width to half width."""
    plain = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in typed)
    return "".join(c for c in plain.upper() if c.isalnum())


def is_well_formed(code: str, length: int) -> bool:
    """Whether a normalised code can be one of ours at all."""
    return len(code) == length and all(c in ALPHABET for c in code) and check_character(code[:-1]) == code[-1]


def grouped(code: str, size: int = 4) -> str:
    """`ABCD-EFGH-…` for reading and print."""
    return "-".join(code[i : i + size] for i in range(0, len(code), size))


def keyed_hash(code: str, *, key: str, purpose: str) -> str:
    """Hex HMAC-SHA256 of a code, bound to its purpose, for storage and look-up."""
    return hmac.digest(key.encode(), f"{purpose}:{code}".encode(), "sha256").hex()
