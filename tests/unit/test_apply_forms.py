"""What people type is read kindly: numbers, days, money; what is wrong is said with its cure."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from portal import i18n
from portal.apply import forms, people_forms
from portal.apply.document import INCOME_KINDS
from tests.support.applying import id_number


@pytest.fixture(scope="module")
def app() -> Flask:
    """As much of a portal as a form needs."""
    small = Flask("forms")
    small.config["SECRET_KEY"] = "for tests"
    i18n.init_app(small)
    return small


def read(app: Flask, form_class: type[forms.SectionForm], told: dict[str, object]) -> forms.SectionForm:
    with app.test_request_context("/", method="POST", data=told):
        form = form_class(meta={"csrf": False})
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
    form = read(app, people_forms.MemberForm, {"id_number": typed})
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
    form = read(app, people_forms.MemberForm, {"id_number": typed})
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


def test_a_number_twice_in_one_family_is_said_kindly(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"id_number": RIGHT}):
        form = people_forms.MemberForm(meta={"csrf": False})
        form.taken = {RIGHT: "李桂兰"}
        form.validate()
        assert "李桂兰" in str(form["id_number"].errors[0])


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"has": "yes"}, "填一个数"),
        ({"has": "no", "wage": "100"}, "又填了数"),
        ({"has": "yes", "wage": "一千"}, "只填数字"),
        ({}, "请选一个"),
    ],
)
def test_contradictions_about_income_are_said(app: Flask, told: dict[str, object], said: str) -> None:
    form = read(app, people_forms.income_form(), told)
    assert any(said in message for _id, message in form.problems())


def test_amounts_are_kept_as_decimal_text(app: Flask) -> None:
    form = read(
        app,
        people_forms.income_form(),
        {"has": "yes", "wage": "１，２００.5 元", "farming": "6000", "farming_per": "year"},
    )
    assert form.problems() == []
    kept = form.to_answers()
    assert (kept["wage"], kept["wage_per"], kept["farming"], kept["farming_per"]) == (
        "1200.50",
        "month",
        "6000.00",
        "year",
    )


def test_the_income_page_asks_every_kind_the_document_knows() -> None:
    assert tuple(kind for kind, _label, _hint in people_forms.INCOMES) == INCOME_KINDS


@pytest.mark.parametrize(
    "form_class",
    [
        forms.ProxyForm,
        forms.ProgrammesForm,
        forms.ApplicantForm,
        people_forms.MemberForm,
        people_forms.SituationForm,
        people_forms.SupportForm,
        forms.PropertyForm,
        forms.SpendingForm,
        forms.ReasonForm,
        forms.EventForm,
        forms.TekunForm,
        people_forms.income_form(),
    ],
)
@pytest.mark.parametrize("odd", ["", "💥", "-1", "1e999", "NaN", "'; DROP", "　", "9" * 400, "\x00"])
def test_no_odd_input_breaks_a_page(app: Flask, form_class: type[forms.SectionForm], odd: str) -> None:
    with app.test_request_context("/"):
        names = [field.name for field in form_class(meta={"csrf": False})]
    form = read(app, form_class, dict.fromkeys(names, odd))
    assert all(message for _id, message in form.problems())
