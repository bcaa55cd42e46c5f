"""Whatever bytes come in: what reads them gives a value or its own kind of error, and nothing else ever gets out."""

# ruff: noqa: PT017  # a reader may give a value or refuse; both are right, and a refusal must say why

from __future__ import annotations

import gc
import io
import json
import random
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import estimator
from estimator.errors import DataError as EstimatorDataError
from estimator.feel.errors import FeelNameError, FeelSyntaxError
from estimator.feel.expression import compile_expression
from estimator.standards_import import plan_import
from faq.errors import DataError as FaqDataError
from faq.repair import import_document
from portal.attachments import intake
from portal.attachments.intake import NotTaken
from portal.cli import migrations
from portal.config import ConfigError
from portal.factory import create_app
from portal.handoff import case_system, events, route_table, schedule, signatures, working_days
from portal.handoff.signatures import SignatureError
from portal.handoff.working_days import HolidayTableError
from tests.support import applying, papers
from tests.support.attacking import stranger
from tests.support.handoff import settings_for
from tests.support.pages import LintedClient

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
many = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def damaged(right: bytes) -> st.SearchStrategy[bytes]:
    """The right bytes with some cut out, put in, turned or doubled; and bytes that were never right."""

    @st.composite
    def draw(choose: st.DrawFn) -> bytes:
        data = bytearray(right)
        dice = random.Random(choose(st.integers(0, 2**32)))  # noqa: S311 # damage, not a secret
        for _blow in range(dice.randint(0, 6)):
            at = dice.randrange(len(data) + 1)
            match dice.randrange(4):
                case 0:
                    del data[at : at + dice.randint(1, 30)]
                case 1:
                    data[at:at] = dice.choice(
                        [b"\x00", b"\xff\xfe", b'"', b"[", b"{", b"\n", b"\\u", b"9" * 40, b"\xe5\x85"]
                    )
                case 2 if at < len(data):
                    data[at] ^= 1 << dice.randrange(8)
                case _:
                    data[at:at] = data[max(0, at - 40) : at]
        return bytes(data)

    return draw() | st.binary(max_size=200)


KNOWN = sorted(estimator.default_rulebook().facts)


@many
@given(
    facts=st.dictionaries(
        st.sampled_from(["region", "as_of", "area", "household", "members", "standards", "x"]), anything
    )
    | st.builds(
        lambda household, member: {
            "region": "220104",
            "household": household,
            "members": [member, {"id": "m2"}],
        },
        st.dictionaries(
            st.sampled_from([k.split(".")[1] for k in KNOWN if k.startswith("household.")]),
            anything,
            max_size=6,
        ),
        st.dictionaries(
            st.sampled_from([k.split(".")[1] for k in KNOWN if k.startswith("member.")]), anything, max_size=6
        ),
    )
)
def test_facts_of_any_shape_are_an_estimate_or_a_list_of_what_is_wrong(facts: Any) -> None:
    try:
        found = estimator.estimate(facts, as_of=date(2026, 11, 22))
    except estimator.FactError as wrong:
        assert wrong.problems
    else:
        assert found["programmes"]


FEEL = 'if member.age >= 60 and not(x = null) then sum(for m in members return m.income) else date("2026-01-01").year'
GRAMMAR = st.lists(
    st.sampled_from(
        [
            "if",
            "then",
            "else",
            "for",
            "in",
            "return",
            "some",
            "every",
            "satisfies",
            "and",
            "or",
            "not",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "+",
            "-",
            "*",
            "/",
            "**",
            "=",
            "!=",
            "<",
            "<=",
            "..",
            ".",
            ",",
            ":",
            "null",
            "true",
            "x",
            "members",
            '"a"',
            "1",
            "0.5",
            "-3",
            'date("2026-01-01")',
            "sum",
            "count",
            "between",
            "instance",
            "of",
            "function",
            "@",
        ]
    ),
    max_size=25,
).map(" ".join)


@many
@given(
    text=GRAMMAR
    | st.text(max_size=60)
    | damaged(FEEL.encode()).map(lambda raw: raw.decode("utf-8", "replace"))
)
@example("(" * 400 + "1" + ")" * 400)
@example("not(" * 300 + "x" + ")" * 300)
@example("1" + " + 1" * 3000)
def test_an_expression_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        compile_expression(text)
    except (FeelSyntaxError, FeelNameError) as refused:
        assert str(refused)


PAGE = "某市关于做好低保工作的通知\n各县（市、区）人民政府：\n一、总体要求\n20173月底前落实。\n".encode()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(raw=damaged(PAGE))
def test_a_scraped_page_becomes_a_draft_or_is_refused(raw: bytes) -> None:
    try:
        found = import_document(raw)
    except FaqDataError as refused:
        assert str(refused)
    else:
        assert found


CSV = (
    "place,name,area,value,unit,from,kind,document,confidence\n"
    "220122,dibao_standard,urban,560,CNY/person/month,2025-07-01,local,某民发〔2025〕3号,high\n"
).encode()


@many
@given(raw=damaged(CSV))
def test_an_officers_csv_is_a_plan_or_a_list_of_defects(raw: bytes, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_bytes(raw)
    folder = tmp_path / "standards"
    folder.mkdir(exist_ok=True)
    try:
        plan_import(file, folder)
    except EstimatorDataError as refused:
        assert str(refused)


EVENT = events.write_case_event(
    source="urn:c",
    id="1",
    application_number="ABCDEFGH23",
    state="accepted",
    sequence=1,
    at=NOW,
    data={"reason": "收入"},
)


@many
@given(raw=damaged(EVENT) | anything.map(lambda value: json.dumps(value).encode()))
@example(b"[" * 100_000)
@example(b'{"sequence": ' + b"9" * 5000 + b"}")
def test_a_callback_is_an_event_or_refused(raw: bytes) -> None:
    for headers in (
        {"content-type": events.MEDIA_TYPE},
        {"content-type": "text/plain"},
        {"ce-id": "1", "ce-type": "x"},
        {},
    ):
        try:
            found = events.read_case_event(raw, headers)
        except events.EventError as refused:
            assert str(refused)
        else:
            assert found is None or found.application_number.isalnum()


KEY = Ed25519PrivateKey.generate()
SIGNED = signatures.sign(
    "POST", "https://p.example/x", {"Content-Type": "a/b"}, b"{}", key_id="k", key=KEY, now=NOW
)
as_header = st.text(
    st.characters(min_codepoint=0, max_codepoint=0x2FF, exclude_categories=["Cs"]), max_size=120
)


@many
@given(
    given_input=damaged(SIGNED["Signature-Input"].encode()).map(lambda raw: raw.decode("latin-1"))
    | as_header,
    signature=damaged(SIGNED["Signature"].encode()).map(lambda raw: raw.decode("latin-1")) | as_header,
    digest=damaged(SIGNED["Content-Digest"].encode()).map(lambda raw: raw.decode("latin-1")) | as_header,
)
def test_signature_headers_prove_the_caller_or_nothing(given_input: str, signature: str, digest: str) -> None:
    lines = [
        ("Content-Type", "a/b"), ("Signature-Input", given_input), ("Signature", signature), ("Content-Digest", digest),
    ]  # fmt: skip
    try:
        signatures.verify("POST", "https://p.example/x", lines, b"{}", keys={"k": KEY.public_key()}, now=NOW)
    except SignatureError as refused:
        assert refused.kind
    else:
        untouched = (SIGNED["Signature"].strip(), SIGNED["Content-Digest"].strip())
        assert (signature.strip(), digest.strip()) == untouched, (
            "something else than what was signed was taken"
        )


ROUTES = b"""
[[route]]
name = "yanbian"
url = "https://case.example"
regions = ["2224"]
token = "0123456789012345678901234567890123456789"
"""
HOLIDAYS = b"""
[2026]
source = "x"
off = ["2026-01-01"]
working = ["2026-01-04"]
"""


@many
@given(raw=damaged(ROUTES))
def test_a_routes_file_is_read_or_stops_the_start_in_words(raw: bytes, tmp_path: Path) -> None:
    file = tmp_path / "routes.toml"
    file.write_bytes(raw)
    route_table.table.cache_clear()
    try:
        route_table.table(settings_for(tmp_path, routes_file=file))
    except ConfigError as refused:
        assert str(refused)
    finally:
        route_table.table.cache_clear()


@many
@given(raw=damaged(HOLIDAYS))
def test_a_table_of_holidays_is_read_or_stops_in_words(raw: bytes, tmp_path: Path) -> None:
    file = tmp_path / "holidays.toml"
    file.write_bytes(raw)
    held, working_days._TABLE = working_days._TABLE, file
    working_days.table.cache_clear()
    try:
        working_days.table()
    except HolidayTableError as refused:
        assert str(refused)
    finally:
        working_days._TABLE = held
        working_days.table.cache_clear()


@many
@given(
    raw=damaged(
        b'{"caseNumber": "1", "contentHash": "' + b"0" * 64 + b'", "receivedAt": "2026-11-22T10:00:00+08:00"}'
    )
)
@example(b"[" * 100_000)
def test_a_receipt_is_read_or_is_none(raw: bytes) -> None:
    assert case_system.read_receipt(raw) is None or raw


@many
@given(text=st.text(max_size=40) | st.integers().map(str) | st.datetimes().map(str))
def test_a_retry_after_of_any_kind_is_a_pause_or_none(text: str) -> None:
    pause = schedule.retry_after(text, NOW)
    assert pause is None or pause.total_seconds() >= 0


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(raw=damaged(papers.jpeg()) | damaged(papers.png()) | damaged(papers.heic()) | damaged(papers.PDF))
def test_a_file_is_kept_or_refused_with_its_reason(raw: bytes) -> None:
    try:
        kept = intake.read(raw)
    except NotTaken as refused:
        assert refused.refusal
    else:
        assert kept.media_type in ("image/jpeg", "application/pdf")


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LintedClient, str]]:
    """A browser with an application under way, and its token."""
    plain = settings_for(tmp_path_factory.mktemp("portal"))
    app: Flask = create_app(plain)
    command.upgrade(migrations(plain.database_url), "head")
    app.test_client_class = LintedClient
    browser = stranger(app)
    applying.start_filled(browser)
    token = (
        browser.get("/apply/papers").text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    )
    yield browser, token
    app.extensions["doudi_engine"].dispose()
    with warnings.catch_warnings():  # what the parser dropped is noticed here, not in a later test
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    fields=st.dictionaries(
        st.sampled_from(["name", "id_number", "phone", "address", "hukou", "wage", "deposits", "text"]),
        st.text(max_size=60),
    )
)
@pytest.mark.parametrize("path", ["/apply/applicant", "/apply/property", "/apply/income/m1", "/apply/reason"])
def test_a_page_takes_any_text_in_its_fields(
    visitor: tuple[LintedClient, str], path: str, fields: dict[str, str]
) -> None:
    browser, token = visitor
    answer = browser.post(path, data={**fields, "csrf_token": token})
    assert answer.status_code < 500


UPLOAD = (
    b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nother\r\n--b\r\nContent-Disposition: form-data; '
    b'name="file"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\r\n--b--\r\n'
)


@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")  # the parser drops a half-read part
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@example(
    raw=b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", kind="multipart/form-data; boundary=b"
)
@example(raw=UPLOAD.replace(b'; filename="a.pdf"', b""), kind="multipart/form-data; boundary=b")
@given(
    raw=damaged(UPLOAD),
    kind=st.sampled_from(
        ["multipart/form-data; boundary=b", "multipart/form-data", "application/x-www-form-urlencoded", "x/y"]
    ),
)
def test_an_upload_of_any_bytes_is_answered_in_words(
    visitor: tuple[LintedClient, str], raw: bytes, kind: str
) -> None:
    browser, token = visitor
    answer = browser.post(
        "/apply/papers",
        input_stream=io.BytesIO(raw),
        content_length=len(raw),
        headers={"Content-Type": kind, "X-CSRFToken": token},
    )
    assert answer.status_code < 500
