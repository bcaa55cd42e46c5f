"""Who comes to the load test: visitors with sessions of their own, and what each of them asks for.

Everything is prepared before the first request, so that the generator beside the server costs it little.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from portal import clock, consent, db, drafts
from portal.apply import service
from portal.config import Settings
from portal.consent import acting
from portal.guidance import advice, estimates
from portal.guidance.household import Household
from tests.support import applying
from tests.support.households import family

SEED = 20261122
COUNTIES = (
    "220102",
    "220104",
    "220183",
    "220202",
    "220281",
    "220422",
    "220581",
    "222401",
    "222426",
    "220802",
)
_CSRF = "a token of the load test"


class Crowd:
    """Builds raw HTTP requests for the sessions of one installation; run inside its application context."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app, self.folder = app, folder
        self.settings: Settings = app.extensions["doudi_settings"]
        self.chance = random.Random(SEED)  # noqa: S311  # the same crowd every time, no secret
        self.token = URLSafeTimedSerializer(self.settings.secret_key, salt="wtf-csrf-token").dumps(_CSRF)

    def cookie(self, **ids: str) -> str:
        signer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        value = signer.dumps(
            {"_permanent": True, "csrf_token": _CSRF, "visit": f"v{self.chance.random()}", **ids}
        )
        return f"{self.app.config['SESSION_COOKIE_NAME']}={value}"

    def get(self, path: str, cookie: str = "") -> bytes:
        return _raw("GET", path, cookie, b"", "")

    def post(self, path: str, cookie: str, values: Mapping[str, str]) -> bytes:
        body = urlencode({"csrf_token": self.token, **values}).encode()
        return _raw("POST", path, cookie, body, "application/x-www-form-urlencoded")

    def api(self, facts: Mapping[str, Any]) -> bytes:
        return _raw("POST", "/api/v1/estimates", "", json.dumps(facts).encode(), "application/json")

    def write(self, name: str, requests: list[bytes]) -> Path:
        """A file for the generator, in an order that is mixed and always the same."""
        self.chance.shuffle(requests)
        file = self.folder / f"{name}.requests"
        file.write_bytes(b"".join(b"%d\n%s\n" % (len(one), one) for one in requests))
        return file


def _raw(method: str, path: str, cookie: str, body: bytes, kind: str) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept-Encoding: gzip, deflate, br, zstd",
        "Accept-Language: zh-CN",
    ]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    if method == "POST":
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def readers(crowd: Crowd) -> list[bytes]:
    """Read and ask: pages everybody sees, policies, and one question in three requests, each in a visit of its own."""
    held = advice.current()
    asked = [
        *held.suggestions(),
        "我家低保停了，怎么办",
        "母亲七十岁没有收入能领什么",
        "残疾人补贴多少钱一个月",
        "房子太旧能修吗",
    ]
    texts = [norm for norm in held.norms() if held.policy(norm)]
    found: list[bytes] = []
    for number in range(2000):
        cookie = crowd.cookie()
        match number % 6:
            case 0 | 1:
                words = {
                    "talk": "",
                    "question": crowd.chance.choice(asked),
                    "place": crowd.chance.choice(COUNTIES),
                }
                found.append(crowd.post("/ask", cookie, words))
            case 2:
                found.append(crowd.get(crowd.chance.choice(("/", "/ask", "/estimate/")), cookie))
            case 3:
                found.append(crowd.get(f"/policies/{crowd.chance.choice(texts)}", cookie))
            case 4:
                found.append(crowd.get(crowd.chance.choice(("/policies", "/privacy", "/apply/")), cookie))
            case _:
                found.append(crowd.get(crowd.chance.choice(("/", "/estimate/place?city=220100")), cookie))
    return found


def facts(crowd: Crowd) -> dict[str, Any]:
    """A household as an interface sends it: one to four people, everything told."""
    told = family(
        crowd.chance.randint(1, 4), region=crowd.chance.choice(COUNTIES), area=crowd.chance.choice(("urban", "rural")),
        day=clock.today().isoformat(), line=str(crowd.chance.randint(500, 900)),
    )  # fmt: skip
    for member in told["members"]:
        member["age"] = crowd.chance.randint(3, 85)
        member["income_monthly"]["wage"] = str(crowd.chance.randint(0, 1500))
    return told


def half_told(crowd: Crowd) -> dict[str, Any]:
    """A household in the middle of its interview."""
    told: dict[str, Any] = {
        "region": crowd.chance.choice(COUNTIES),
        "area": crowd.chance.choice(("urban", "rural")),
    }
    told["members"] = [
        {"id": f"m{number}", "relation": relation, "age": crowd.chance.randint(20, 80), "co_living": True}
        for number, relation in enumerate(("self", "spouse", "mother")[: crowd.chance.randint(1, 3)], 1)
    ]
    return told


def estimators(crowd: Crowd, sessions: int) -> list[bytes]:
    """One step of an interview for each session: an answer saved, or the next question or the result shown."""
    now, today, held = clock.now(), clock.today(), advice.current()
    found: list[bytes] = []
    with db.transaction() as session:
        for number in range(sessions):
            household = Household({"facts": half_told(crowd)})
            told = estimates.contents(household, held, today=today)
            draft = estimates.start(session, told, now=now, settings=crowd.settings)
            page = told["ahead"]["page"]
            cookie = crowd.cookie(estimate_draft=draft.id)
            match number % 10:
                case 1 | 3 | 5 | 7:
                    found.append(crowd.post(f"/estimate/question/{page}", cookie, {"go": "skip"}))
                case 2 | 4 | 6 | 8:
                    found.append(crowd.get(f"/estimate/question/{page}", cookie))
                case 9:
                    found.append(crowd.get("/estimate/next", cookie))
                case _:
                    found.append(crowd.get("/estimate/result", cookie))
    return found


def applicants(crowd: Crowd, many: int) -> Iterator[tuple[str, str]]:
    """(session cookie, draft) of applications that are filled in and signed, ready to be sent."""
    for number in range(many):
        name = f"王小{chr(0x4E00 + number % 5000)}"
        answers = {**applying.FAMILY, "applicant": {**applying.FAMILY["applicant"], "name": name}}
        now = clock.now()
        with db.transaction() as session:
            draft, _code = drafts.start(
                session, "application", answers, now=now, days=30, key=crowd.settings.secret_key
            )
            who, about = service.signers(answers, clock.today()), service.family_of(answers)
            for signer in who:
                asked = consent.ask(session, draft.id, signer, about, now=now, days=30)
                if signer.role != "applicant":
                    assert consent.choose_paper(session, asked, actor_member_id="m1", now=now)
                    continue
                consent.open_own(session, asked, now=now)
                for act in acting.acts_of(asked):
                    given = {person.member_id: True for person, _health in consent.signing.persons(asked)}
                    acting.answer(session, asked, act, given, "zh_Hans", now=now)
                assert acting.sign(session, asked, signer.name, now=now)
        yield crowd.cookie(application_draft=draft.id), draft.id


def senders(crowd: Crowd, many: int) -> tuple[list[bytes], list[bytes]]:
    """(pages of filled-in applications, the presses on “send”): each application is sent once."""
    pages: list[bytes] = []
    presses: list[bytes] = []
    for number, (cookie, _draft) in enumerate(applicants(crowd, many)):
        presses.append(crowd.post("/apply/send", cookie, {"accept": "y"}))
        if number % 3 == 0:
            other = next(applicants(crowd, 1))[0]
            reason = {"codes": "illness", "text": "母亲看病花钱多"}
            pages += [crowd.get("/apply/tasks", other), crowd.post("/apply/reason/why", other, reason)]
            pages += [crowd.get("/apply/check", other)]
    return pages, presses
