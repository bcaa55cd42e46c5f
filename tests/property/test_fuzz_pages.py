"""Every rule of the URL map, as citizen and as staff, under odd fields and odd queries: no page ever fails."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from alembic import command
from flask import Flask
from werkzeug.test import TestResponse

from portal.cli import migrations
from portal.factory import create_app
from portal.hotline.access import Role
from tests.support import applying
from tests.support.attacking import WITHOUT_CSRF, Target, stranger, targets
from tests.support.handoff import settings_for
from tests.support.hotline import staff_client
from tests.support.pages import LintedClient, Page

ODD = (
    "", " ", "0", "-1", "1", "99999999999999999999", "1e309", "NaN", "٣", "１２", "y", "on", "null", "[]", "{}", "m1",
    "2026-13-45", "0000-00-00", "2026-11-22", "24:61", "\x00", "\ud7ff", "\ufeff", "a\r\nb: c", "../../etc/passwd",
    "%s%n{0}", "<b>", "'\"--", "国" * 5000, "🧓🏽", "http://127.0.0.1/", "220104", "222401", "dibao", "*", "a,b", "m2",
    "%00", "=1+1",
)  # fmt: skip
# Names that fields have anywhere; what a page itself offers is added to them.
NAMES = (
    "q", "find", "lang", "text", "region", "city", "area", "code", "number", "query_code", "name", "member", "kind",
    "after", "limit", "page", "day", "from", "to", "staff", "action", "subject", "reason", "county", "counties", "id",
    "again", "next", "as_of", "programme", "entry", "state", "sort", "over", "note", "minutes", "phone",
)  # fmt: skip
ROUNDS = int(os.environ.get("DOUDI_FUZZ_ROUNDS", "2"))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    plain = settings_for(tmp_path_factory.mktemp("portal"), limits_api=0, limits_send=0)
    portal = create_app(plain)
    command.upgrade(migrations(plain.database_url), "head")
    portal.test_client_class = LintedClient
    yield portal
    portal.extensions["doudi_engine"].dispose()


def _citizen(app: Flask) -> LintedClient:
    browser = stranger(app)
    applying.start_filled(browser)
    return browser


def _addresses(target: Target, dice: random.Random) -> Iterator[str]:
    """The rule's address with plausible and odd values for its parameters."""
    yield target.path
    if target.arguments and "static" not in target.endpoint:
        for value in (
            "m1",
            "m2",
            "notice",
            "income",
            "1",
            dice.choice(["%00", "..", "%2e%2e", "国", "x" * 300, "-1"]),
        ):
            yield target.path.replace("/x", f"/{value}", 1)


def _fields(page: str, dice: random.Random) -> dict[str, list[str]]:
    """What the page offers and what no page offers, with odd values, some of them twice."""
    offered = [name for form in Page(page).forms for name in form.fields] if "<form" in page else []
    names = dice.sample(NAMES, 6) + [name for name in offered if name != "csrf_token"]
    return {name: [dice.choice(ODD) for _time in range(dice.choice([1, 1, 1, 2]))] for name in names}


@pytest.mark.parametrize("who", ["citizen", *[role.value for role in Role]])
def test_no_page_fails_whatever_is_sent_to_it(app: Flask, who: str) -> None:
    dice = random.Random(20261122)  # noqa: S311 # damage, not a secret
    failed: list[str] = []
    statuses: Counter[int] = Counter()
    for target in targets(app):
        if target.endpoint.startswith("hotline_") is (who == "citizen") or target.endpoint in WITHOUT_CSRF:
            continue
        browser = _citizen(app) if who == "citizen" else staff_client(app, Role(who))
        for address in _addresses(target, dice):
            shown = ""
            if "GET" in target.methods:
                answer = browser.get(address, lint=False, buffered=True)
                shown = answer.text if answer.mimetype == "text/html" else ""
                failed += _failure(f"GET {address}", answer)
                query = _fields("", dice)
                answer = browser.get(address, query_string=query, lint=False, buffered=True)
                failed += _failure(f"GET {address} {query}", answer)
            if "POST" not in target.methods:
                continue
            token = _token(browser, shown, who)
            for _round in range(ROUNDS):
                sent = {**_fields(shown, dice), "csrf_token": token}
                answer = browser.post(address, data=sent, lint=False)
                failed += _failure(f"POST {address} {sent}", answer)
                statuses[answer.status_code] += 1
    assert statuses[400] < sum(statuses.values()) / 2, "most get past the token of the page"
    assert not failed, "\n".join(failed[:20])


def _failure(what: str, answer: TestResponse) -> list[str]:
    return [f"{what[:500]} → {answer.status_code}"] if answer.status_code >= 500 else []


def _token(browser: LintedClient, shown: str, who: str) -> str:
    """The token of the page, or of another one of this visit."""
    other = "/apply/" if who == "citizen" else "/hotline/me"
    page = shown if 'name="csrf_token"' in shown else browser.get(other, follow_redirects=True).text
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    return found[1] if found else ""
