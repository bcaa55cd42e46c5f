"""Where one request ends and the next begins: gunicorn and nginx, as they ship, read it alike or not at all."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.served import Site, Web, behind_nginx, free_port, site

HOST = b"Host: portal.example\r\n"
POST = b"POST /ask HTTP/1.1\r\n" + HOST
HIDDEN = b"GET /hidden HTTP/1.1\r\n" + HOST + b"\r\n"
TWO_MEANINGS = {
    "length and chunks": POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks and length": POST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n"
    + HIDDEN
    + b"0\r\n\r\n",
    "another coding": POST + b"Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "blank before colon": POST
    + b"Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"
    + HIDDEN,
    "chunked first": POST
    + b"Transfer-Encoding: chunked, identity\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"
    + HIDDEN,
    "two codings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n" + HIDDEN,
    "tab": POST + b"Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
    "folded": POST + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
    "behind a bare CR": POST
    + b"X: a\rTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n"
    + HIDDEN,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 6\r\n\r\n" + HIDDEN,
    "lengths in a list": POST + b"Content-Length: 0, 6\r\n\r\n" + HIDDEN,
    "plus": POST + b"Content-Length: +0\r\n\r\n" + HIDDEN,
    "minus": POST + b"Content-Length: -1\r\n\r\n" + HIDDEN,
    "hexadecimal": POST + b"Content-Length: 0x0\r\n\r\n" + HIDDEN,
    "odd chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + HIDDEN,
    "old version": b"POST /ask HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "NUL": POST + b"X: a\0b\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n" + HIDDEN,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("framing"), DOUDI_WORKERS="1", DOUDI_TRUSTED_PROXIES="1") as found:
        yield found


@pytest.fixture(scope="module")
def fronts(made: Site) -> dict[str, Web]:
    web = made.serve(free_port())
    found = {"gunicorn": web}
    if shutil.which("nginx"):
        found["nginx"] = behind_nginx(made, web)
    return found


@pytest.fixture(params=["gunicorn", pytest.param("nginx", marks=pytest.mark.nginx)])
def front(fronts: dict[str, Web], request: pytest.FixtureRequest) -> Web:
    return fronts[request.param]


def answered(front: Web, sent: bytes) -> bytes:
    """All that comes back until the line is closed, or until nothing more comes for a second."""
    told = b""
    with socket.create_connection(("127.0.0.1", front.port), timeout=20) as line:
        line.sendall(sent)
        try:
            while part := line.recv(65536):
                told += part
                line.settimeout(1)
        except (TimeoutError, ConnectionResetError):
            pass
    return told


def statuses(told: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", told)]


@pytest.mark.parametrize("name", TWO_MEANINGS)
def test_a_request_with_two_meanings_is_refused_and_what_hides_in_it_is_not_read(
    made: Site, front: Web, name: str
) -> None:
    seen = statuses(answered(front, TWO_MEANINGS[name]))
    assert seen
    assert set(seen) <= {400, 501}
    log = Path(made.folder / "web.log").read_text(encoding="utf-8")
    assert '"status": 404' not in log, "what was hidden was read as a request of its own"


def test_two_honest_requests_on_one_line_are_both_answered(front: Web) -> None:
    """What the others would look like if they had come through."""
    alive = b"GET /healthz HTTP/1.1\r\n" + HOST
    assert statuses(answered(front, alive + b"\r\n" + alive + b"Connection: close\r\n\r\n")) == [200, 200]


@pytest.mark.parametrize(
    "line", ["SCRIPT_NAME: /apply", "PATH_INFO: /healthz", "REMOTE_ADDR: 127.0.0.1", "X-Forwarded-Ssl: on"]
)
def test_no_header_moves_a_request_to_another_page(front: Web, line: str) -> None:
    asked = b"GET /apply/tasks HTTP/1.1\r\n" + HOST + line.encode() + b"\r\nConnection: close\r\n\r\n"
    told = answered(front, asked)
    assert statuses(told) == [303]
    assert b"\r\nLocation: /apply/?gone=1\r\n" in told


def test_gunicorn_is_named_by_no_answer(fronts: dict[str, Web]) -> None:
    for asked in (b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", b"nonsense\r\n\r\n"):
        assert b"gunicorn" not in answered(fronts["gunicorn"], asked).lower()


@pytest.mark.nginx
def test_slow_senders_behind_nginx_keep_nobody_waiting(fronts: dict[str, Web]) -> None:
    """nginx holds what has not come whole; gunicorn alone would wait with every thread it has."""
    front, lines = fronts["nginx"], []
    try:
        for _number in range(60):
            line = socket.create_connection(("127.0.0.1", front.port), timeout=20)
            line.sendall(POST + b"Content-Length: 1000\r\n\r\nq=a")
            lines.append(line)
        assert statuses(
            answered(front, b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        ) == [200]
    finally:
        for line in lines:
            line.close()
