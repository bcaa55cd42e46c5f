"""The malware scanner, where an installation has one (clamd). A scanner that is silent never stops a citizen."""

from __future__ import annotations

import io
from enum import StrEnum

from clamav_client.scanner import ClamdScanner

from portal import log

SECONDS = 10.0


class Scan(StrEnum):
    """What is known of a file; the words of the published schemas. `pending` is scanned again later."""

    CLEAN = "clean"
    PENDING = "pending"
    REFUSED = "refused"
    NOT_SCANNED = "not_scanned"


def check_address(address: str) -> None:
    """Raises ValueError where `address` is neither host:port nor the path of a socket."""
    ClamdScanner({"address": address})


def scan(data: bytes, address: str) -> Scan:
    """Ask the scanner at `address`; without an address nothing is scanned. Never raises."""
    if not address:
        return Scan.NOT_SCANNED
    try:
        client = ClamdScanner({"address": address, "timeout": SECONDS}).client
        verdict, _name = client.instream(io.BytesIO(data))["stream"]
    except Exception as failed:  # down, slow, or talking nonsense: all the same, and the file waits
        log.event("attachment.scanner_failed", error=type(failed).__name__)
        return Scan.PENDING
    match verdict:
        case "OK":
            return Scan.CLEAN
        case "FOUND":
            return Scan.REFUSED
        case _:
            return Scan.PENDING
