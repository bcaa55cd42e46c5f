"""What people type is read kindly: numbers, days, money; what is wrong is said with its cure."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from portal import i18n
from portal.apply import forms, questions
from portal.apply.document import INCOME_KINDS, SPENDING_KINDS
from portal.apply.question_forms import form_for
from portal.apply.questions import Page
from portal.config import Settings
from tests.support.applying import id_number


@pytest.fixture(scope="module")
def app() -> Flask:
    """As much of a portal as a form needs."""
    small = Flask("forms")
    small.config["SECRET_KEY"] = "for tests"
    small.config["WTF_CSRF_ENABLED"] = False
    small.extensions["doudi_settings"] = Settings("for tests", (), "", "http://127.0.0.1", "", "t")
    i18n.init_app(small)
    return small


def page(section: str, id: str) -> Page:
    found = questions.table()[section].page(id)
    assert found is not None
    return found


def read(app: Flask, asked: Page, told: dict[str, object]) -> forms.SectionForm:
    with app.test_request_context("/", method="POST", data=told):
        form = form_for(asked, {}, places=[("220102", "南关区")], people=[("m1", "王小梅")])
        form.validate()
        return form


RIGHT = id_number("19530920", "024")


@pytest.mark.parametrize(
    "typed",
    [
        RIGHT,
        id_number("19750101", "001", county="441702"),  # a county code younger than the person
        id_number("19750101", "001", county="220381"),  # a county code that is no more
        id_number("20000229", "010"),
        f" {RIGHT[:6]} {RIGHT[6:14]} {RIGHT[14:]} ",
        RIGHT.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}),
        next(
            n for serial in range(1, 99) if (n := id_number("19600101", f"{serial:03}")).endswith("X")
        ).lower(),
    ],
)
def test_numbers_of_real_people_are_accepted(app: Flask, typed: str) -> None:
    form = read(app, page("member", "number"), {"id_number": typed})
    assert not form["id_number"].errors
    assert len(form["id_number"].data) == 18


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (RIGHT[:-1], "18 位"),
        (RIGHT + "1", "18 位"),
        (RIGHT[:-1] + ("1" if RIGHT[-1] != "1" else "2"), "填错"),
        (RIGHT[:10] + RIGHT[11] + RIGHT[10] + RIGHT[12:], "身份证号"),
        (id_number("19530231"), "出生日期"),
        (id_number("18990101"), "出生日期"),
        (id_number("29990101"), "出生日期"),
        ("abcdefghijklmnopqr", "18 位"),
    ],
)
def test_numbers_that_cannot_be_are_refused_with_the_cure(app: Flask, typed: str, said: str) -> None:
    form = read(app, page("member", "number"), {"id_number": typed})
    assert said in str(form["id_number"].errors[0])
    assert form["id_number"].data == typed


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2015-3-8", date(2015, 3, 8)),
        ("2015年3月8日", date(2015, 3, 8)),
        ("2015.03.08", date(2015, 3, 8)),
        ("20150308", date(2015, 3, 8)),
        ("２０１５年３月８日", date(2015, 3, 8)),
        ("2015/3/8", date(2015, 3, 8)),
        ("2015-02-30", None),
        ("三月八日", None),
        ("8.3.2015", None),
    ],
)
def test_days_are_read_as_people_write_them(typed: str, day: date | None) -> None:
    assert forms.read_date(typed) == day


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"kinds": ["wage", "none"]}, "又选了别的"),
        ({"kinds": ["unclear", "land"]}, "又选了别的"),
        ({}, "请至少选一个"),
    ],
)
def test_contradictions_about_income_are_said(app: Flask, told: dict[str, object], said: str) -> None:
    form = read(app, page("income", "kinds"), told)
    assert any(said in message for _id, message in form.problems())


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"wage": "１，２００.5 元", "wage_per": "month"}, {"wage": "1200.50", "wage_per": "month"}),
        ({"wage": "6000", "wage_per": "year"}, {"wage": "6000.00", "wage_per": "year"}),
        ({"wage": "", "wage_per": "year"}, {}),
        ({"wage": "一千", "wage_per": "year"}, None),
    ],
)
def test_amounts_are_kept_as_decimal_text_with_their_period(
    app: Flask, told: dict[str, object], kept: dict[str, str] | None
) -> None:
    form = read(app, page("income", "wage"), told)
    if kept is None:
        assert any("只填数字" in message for _id, message in form.problems())
    else:
        assert form.problems() == []
        assert form.to_answers() == kept


@pytest.mark.parametrize(
    ("typed", "kept"), [("3", "3"), ("３.5亩", "3.5"), ("80 平方米", "80"), ("-1", None), ("三", None)]
)
def test_counts_and_areas_are_plain_numbers(app: Flask, typed: str, kept: str | None) -> None:
    form = read(app, page("property", "land"), {"land_contracted": typed})
    assert form.to_answers().get("land_contracted") == kept if kept else form.problems()


@pytest.mark.parametrize(("section", "kinds"), [("income", INCOME_KINDS), ("spending", SPENDING_KINDS)])
def test_the_pages_ask_every_kind_the_document_knows(section: str, kinds: tuple[str, ...]) -> None:
    offered = [value for value, _label in questions.table()[section].field("kinds").choices]
    assert tuple(offered) == (*kinds, questions.NONE, questions.UNCLEAR)
    assert {page.id for page in questions.table()[section].pages if page.amount} == set(kinds)


PAGES = [page for section in questions.table().values() for page in section.pages]


@pytest.mark.parametrize("asked", PAGES, ids=lambda page: f"{page.section}.{page.id}")
def test_no_odd_input_breaks_a_page(app: Flask, asked: Page) -> None:
    for odd in ("", "💥", "-1", "1e999", "NaN", "'; DROP", "　", "9" * 1200, "\x00"):
        form = read(app, asked, dict.fromkeys((field.id for field in asked.fields), odd))
        assert all(message for _id, message in form.problems())
