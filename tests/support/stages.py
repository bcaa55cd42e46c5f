"""How a test comes to every page of the URL map: the people of the story, and who may open what.

A page without gaps in its address is tried by everybody in turn, so a new one is covered by itself. One with
gaps needs an entry in GAPS. What nobody reaches is reported by name, and the test that asked for it fails.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.routing import BuildError, Rule
from werkzeug.test import TestResponse

from portal import clock, db
from portal.apply import questions
from portal.handoff import callbacks
from portal.handoff.events import CaseEvent
from tests.support import applying, guiding, hotline, stages_desk
from tests.support.pages import LintedClient, Page

# Addresses that answer machines, or send on to another page and have no face of their own.
NO_PAGES = {
    "static": "a file",
    "bootstrap.static": "a file",
    "guidance.next_page": "sends on to the next question",
    "apply.income": "sends on to the next person's income",
    "consent.start": "sends on to the first open act",
    "hotline_account.oidc_start": "sends on to the province's sign-in",
    "hotline_account.oidc_return": "sends on from the province's sign-in",
    "hotline_figures.spreadsheet": "a file",
    "consent.receipt_json": "a file for machines",
}
MACHINES = ("/api/", "/handoff/", "/healthz", "/readyz", "/metrics", "/docs/")
FACES = {"handoff_documents.show"}  # pages below such an address
FAMILY = (("mother", "73"), ("child", "10"))


class Person:
    """Somebody on his way, with his own browser; made anew for every page that may change what he told."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        made = app.test_client()
        assert isinstance(made, LintedClient)
        self.client = made
        self.known: dict[str, list[str]] = {}  # values for gaps that only this person has


def guest(_person: Person) -> None:
    """Has done nothing yet."""


def estimating(person: Person) -> None:
    """A family of three has answered everything."""
    guiding.begin(person.client, others=FAMILY)
    told: dict[str, guiding.Answer] = {
        "household.assets": {"deposits": "15000"},
        "member.income_monthly@m1": {"wage": "1200"},
        "member.disability_grade": {"m1": "0", "m2": "2", "m3": "0"},
    }
    held = guiding.interview(person.client, guiding.of(told))
    person.known["id"] = held.asked


def applying_for(*programmes: str) -> Callable[[Person], None]:
    """An application filled in and not signed, for these programmes."""

    def prepare(person: Person) -> None:
        mother = applying.start_filled(person.client)
        if programmes:
            person.client.submit("/apply/programmes", {"programmes": list(programmes)})
        person.known["member"] = [mother]

    return prepare


def in_need_today(person: Person) -> None:
    """The short way."""
    person.client.submit("/apply/", button="急难救助")
    told = {"name": "王小梅", "id_number": applying.WANG, "phone": applying.PHONE}
    person.client.submit("/apply/emergency", told, form=0)


def helping(person: Person) -> None:
    """An officer who fills in for another."""
    person.client.submit("/apply/", button="替别人填")


def with_a_child(person: Person) -> None:
    """Has a grandchild at home whose guardian is to be named."""
    applying.start_filled(person.client)
    child = applying.add_member(person.client, "张乐乐", "grandchild", birth_date="2016-3-8")
    person.known["member"] = [child]


def asked_to_sign(person: Person) -> None:
    """The mother has a link and its code; the link has not been opened."""
    applying.start_filled(person.client)
    path, person.code = applying.give_link(person.client, "m2")  # type: ignore[attr-defined]
    person.client.delete_cookie("doudi")
    person.known["token"] = [path.rsplit("/", 1)[1]]


def signing(person: Person) -> None:
    """The mother has opened her link."""
    asked_to_sign(person)
    code: str = person.code  # type: ignore[attr-defined]
    applying.open_link(person.client, f"/sign/{person.known['token'][0]}", code, applying.LI)


def about_to_sign(person: Person) -> None:
    """Every act is answered; the name is missing."""
    signing(person)
    shown = person.client.get("/sign/start", follow_redirects=True)
    for _act in range(6):
        if shown.request.path.endswith("/name"):
            return
        shown = person.client.submit(shown, _yes_to_all(shown))


def _yes_to_all(shown: TestResponse) -> dict[str, str]:
    page = Page(shown.get_data(as_text=True))
    named = {control["name"]: control for control in page.controls if control.get("name")}
    return {
        name: "yes" if control.get("type") == "radio" else "y"
        for name, control in named.items()
        if control.get("type") in ("radio", "checkbox")
    }


def signed(person: Person) -> None:
    """The mother has signed."""
    about_to_sign(person)
    person.client.submit("/sign/name", {"name": "李桂兰"})


def ready_to_send(person: Person) -> None:
    """Everybody has signed or will on paper."""
    applying.start_filled(person.client)
    applying.sign_own(person.client)
    person.client.submit("/apply/signatures/m2/paper", button="好，到窗口签")


def sent(person: Person) -> None:
    """The application is on its way and its applicant has signed in at progress."""
    ready_to_send(person)
    number, code = applying.receipt_codes(applying.send(person.client))
    person.number = number.replace("-", "")  # type: ignore[attr-defined]
    person.client.submit("/progress/", {"number": number, "query_code": code})


def asked_for_papers(person: Person) -> None:
    """The case system wants a paper."""
    sent(person)
    number: str = person.number  # type: ignore[attr-defined]
    with db.writing(person.app.extensions["doudi_engine"]) as session:
        for place, state in enumerate(("accepted", "materials_requested"), start=1):
            details = {"materials": "离婚判决书"} if state == "materials_requested" else {}
            event = CaseEvent("urn:c", f"{number}-{state}", number, state, place, clock.now(), details)
            assert callbacks.receive(session, event, now=clock.now()) == callbacks.Verdict.APPLIED


PEOPLE: dict[str, Callable[[Person], None]] = {
    "guest": guest,
    "estimating": estimating,
    "applying": applying_for(),
    "applying for tekun": applying_for("dibao", "tekun", "zhichuxing"),
    "with a child": with_a_child,
    "in need today": in_need_today,
    "helping": helping,
    "asked to sign": asked_to_sign,
    "signing": signing,
    "about to sign": about_to_sign,
    "signed": signed,
    "ready to send": ready_to_send,
    "sent": sent,
    "asked for papers": asked_for_papers,
    "having agreed by telephone": stages_desk.having_agreed_by_telephone,
    "operator": stages_desk.operator,
    "operator in a call": stages_desk.in_a_call,
    "operator filling in": stages_desk.filling_in,
    "supervisor with open questions": stages_desk.supervising,
    "supervisor": stages_desk.supervisor,
    "auditor": stages_desk.auditor,
    "setting up": stages_desk.setting_up,
    "changing the phone": stages_desk.changing_phone,
}

# What may stand in the gaps of an address, by endpoint or for all of that name.
GAPS: dict[str, Sequence[str]] = {
    "norm": ("law-2026", "jl-2020-46", "jl-2018-draft"),
    "programme": ("dibao", "yiliao"),
    "person": ("m1", "new"),
    "member": ("m2",),
    "apply.section:name": ("property",),
    "consent.act:name": ("notice", "authorisation", "sensitive"),
    "hotline_learning.flag:owner": ("dibao.tiaojian",),
}
DESK: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[1] / "integration/hotline_matrix.toml").read_text(encoding="utf-8")
)
# Where somebody comes to a page early, but another sees more of it.
LOOKED_AT_BY = {
    "consent.act": "about to sign",
    "consent.withdraw": "signed",
}
# Addresses of one endpoint that look different enough to be looked at on their own.
FURTHER: dict[str, Sequence[str]] = {
    "apply.question": ("/apply/place/where?province=",),
    "guidance.place": (
        "/estimate/place?city=220100",
        "/estimate/place?city=222400",
        "/estimate/place?find=没有这里",
    ),
    "guidance.policies": ("/policies?find=低保",),
    "guidance.policy": ("/policies/jl-2020-46?find=渐退",),
}


@dataclass(frozen=True)
class Stage:
    """One page to look at: who opens which address."""

    endpoint: str
    path: str
    who: str

    def person(self, app: Flask) -> Person:
        """Somebody new who has come that far."""
        person = Person(app)
        PEOPLE[self.who](person)
        return person

    @property
    def is_desk(self) -> bool:
        """A page for staff at a desk, closer set than the citizens'."""
        return self.endpoint.startswith("hotline_")

    def path_of(self, person: Person) -> str:
        """The address as this person has it: a link to sign is another one for everybody."""
        return f"/sign/{person.known['token'][0]}" if self.endpoint == "consent.sign" else self.path


class Nobody(LookupError):
    """Pages that no person of the story reaches."""


def pages(app: Flask) -> list[Rule]:
    """The rules of the URL map that show a page."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint not in NO_PAGES
        and (rule.endpoint in FACES or not rule.rule.startswith(MACHINES))
    ]


def stages(app: Flask) -> list[Stage]:
    """Every page with the first person who reaches it; raises Nobody with the names of those left over."""
    found: dict[str, list[Stage]] = {}
    wanted = {rule.endpoint: rule for rule in pages(app)}
    for who, prepare in PEOPLE.items():
        person = Person(app)
        prepare(person)
        for endpoint, rule in wanted.items():
            if endpoint in found or LOOKED_AT_BY.get(endpoint, who) != who:
                continue
            reached = [path for path in _paths(app, rule, person) if _is_shown(person, path)]
            if reached:
                further = [*reached, *FURTHER.get(endpoint, ())]
                found[endpoint] = [Stage(endpoint, path, who) for path in further]
    if left := sorted(set(wanted) - set(found)):
        raise Nobody(
            f"no person of tests/support/stages.py reaches {left}; add who does, or what fills the gaps"
        )
    return [stage for endpoint in wanted for stage in found[endpoint]]


def _paths(app: Flask, rule: Rule, person: Person) -> Iterator[str]:
    if "page_id" in rule.arguments:
        yield from _questions(app, rule, person)
        return
    names = sorted(rule.arguments)
    offered = [_offered(rule.endpoint, name, person) for name in names]
    adapter = app.url_map.bind("127.0.0.1")
    for values in product(*offered):
        try:
            yield adapter.build(rule.endpoint, dict(zip(names, values, strict=True)), method="GET")
        except BuildError:
            continue


def _questions(app: Flask, rule: Rule, person: Person) -> Iterator[str]:
    """The pages of an application's questions, of those with the same kinds of fields one each."""
    of_a_person, seen = "member" in rule.arguments, set()
    adapter = app.url_map.bind("127.0.0.1")
    for section in questions.table().values():
        for page in section.pages:
            look = (
                page.amount,
                bool(page.help),
                tuple((field.kind, bool(field.help)) for field in page.fields),
            )
            if (section.per == "person") is of_a_person and look not in seen:
                seen.add(look)
                whose = {"member": person.known.get("member", ["m2"])[0]} if of_a_person else {}
                yield adapter.build(
                    rule.endpoint, {"name": section.id, "page_id": page.id, **whose}, method="GET"
                )


def _offered(endpoint: str, name: str, person: Person) -> Sequence[str]:
    if endpoint.startswith("hotline_"):
        return person.known.get(name) or _made_for_the_desk(person.app, endpoint, name)
    return person.known.get(name) or GAPS.get(f"{endpoint}:{name}") or GAPS.get(name) or ()


def _made_for_the_desk(app: Flask, endpoint: str, name: str) -> Sequence[str]:
    """What the table of the hotline's rights says the gap needs, made anew; else what stands in GAPS."""
    needs = DESK.get(f"GET {endpoint}", {}).get("needs", {})
    if name not in needs:
        return GAPS.get(f"{endpoint}:{name}", ())
    with app.app_context(), db.transaction() as session:
        return (str(hotline.OBJECTS[needs[name]](session, hotline.YANJI)),)


def _is_shown(person: Person, path: str) -> bool:
    shown = person.client.get(path)
    return shown.status_code == 200 and shown.mimetype == "text/html"
