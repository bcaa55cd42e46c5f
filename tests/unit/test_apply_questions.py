"""The table of questions: every field of the authorities' forms, every fact the rules look at, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from estimator.rulebook import default_rulebook, dependencies, names_of
from portal.apply import checklist, programmes, questions
from portal.apply.questions import MOST_FIELDS, PASSED, Page, QuestionsError
from tests.support.applying import FAMILY, id_number

ON = date(2026, 11, 22)
IDENTITY = {"applicant.who", "member.who", "member.number", "proxy.who"}
PAGES = [page for section in questions.table().values() for page in section.pages]


def name(page: Page) -> str:
    return f"{page.section}.{page.id}"


@pytest.mark.parametrize("wanted", checklist.rows(), ids=lambda row: f"{row.block}: {row.name}")
def test_every_field_of_the_forms_is_asked_or_has_a_reason(wanted: checklist.Wanted) -> None:
    assert wanted.asked or wanted.text


def test_the_checklist_has_every_block_of_the_forms() -> None:
    assert {wanted.block for wanted in checklist.rows()} == {
        "application", "applicant", "proxy", "member", "supporter", "income", "assets", "spending", "tekun",
        "temporary aid", "near relative of staff", "consents", "commitments", "office",
    }  # fmt: skip


def test_nothing_is_asked_that_neither_a_form_nor_a_rule_wants() -> None:
    wanted = {one for row in checklist.rows() for one in row.asked}
    asked = {
        f"{page.section}.{f.id}" for page in PAGES for f in page.fields if f.kind != "period" and not f.fact
    }
    assert asked <= wanted


def test_a_field_that_nobody_asks_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "checklist.toml"
    table.write_text(
        '[[field]]\nblock = "applicant"\nname = "blood group"\n[[fact]]\nid = "a"\nreason = "b"\n'
    )
    monkeypatch.setattr(checklist, "_TABLE", table)
    with pytest.raises(checklist.ChecklistError, match="blood group"):
        checklist.rows.__wrapped__()


def looked_at(programme: str) -> set[str]:
    """The facts that the rules of a programme look at, with all they build on."""
    book = default_rulebook()
    graph = dependencies(book)
    nodes, waiting = set(), [f"likely.{programme}"]
    while waiting:
        if (node := waiting.pop()) not in nodes:
            nodes.add(node)
            waiting += graph.get(node, ())
    names: set[str] = set()
    for node in nodes:
        if node.startswith("likely."):
            sheet = book.programmes[node.removeprefix("likely.")]
            for rule in (*sheet.decisions, *sheet.amounts, *sheet.details):
                names |= names_of(rule)
        else:
            for value in book.values[node]:
                names |= names_of(value)
    return set(_facts(names, set(book.facts)))


def _facts(names: set[str], known: set[str]) -> Iterator[str]:
    for used in names:
        bare = used.replace("members.", "member.", 1) if used.startswith("members.") else used
        for spelled in (bare, f"household.{bare}"):
            yield from (fact for fact in known if fact == spelled or fact.startswith(f"{spelled}."))


@pytest.mark.parametrize("programme", programmes.NAMES)
def test_what_the_rules_look_at_is_asked_of_who_applies(programme: str) -> None:
    asked = {
        field.fact
        for page in PAGES
        for field in page.fields
        if questions.table()[page.section].wanted([programme])
        and programme in (page.programmes or {programme})
    }
    facts = {fact for fact in looked_at(programme) if not fact.startswith("standards.")}
    assert facts, "the rules look at something"
    assert facts - asked - set(checklist.facts_not_asked()) == set()


def test_the_table_names_only_facts_the_estimator_knows() -> None:
    known = set(default_rulebook().facts)
    told = {field.fact for page in PAGES for field in page.fields if field.fact}
    assert told | set(checklist.facts_not_asked()) <= known


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_asks_one_thing(page: Page) -> None:
    assert len(page.fields) <= MOST_FIELDS or name(page) in IDENTITY
    known = set(programmes.NAMES)
    assert page.programmes <= known


def test_a_section_asked_for_no_programme_at_all_would_be_dead() -> None:
    for section in questions.table().values():
        assert section.programmes <= set(programmes.NAMES)
        assert section.pages


def sheet(section: str, told: dict[str, object], person: str = "", **answers: object) -> questions.Sheet:
    kept = {**FAMILY, f"{section}:{person}" if person else section: told, **answers}
    found = questions.person_of(kept, person) if person else None
    return questions.sheet(section, kept, ON, found)


def asked(section: str, told: dict[str, object], person: str = "", **answers: object) -> set[str]:
    return {page.id for page in sheet(section, told, person, **answers).pages()}


def test_a_car_is_described_only_by_who_has_one() -> None:
    assert "vehicle" not in asked("property", {"vehicles": "no"})
    assert {"vehicle", "exempt"} <= asked("property", {"vehicles": "yes"})


def test_land_is_asked_in_the_country_only() -> None:
    assert "land" not in asked("property", {})
    assert "land" in asked("property", {}, place={"region": "220102", "area": "rural"})


def test_an_allowance_for_care_asks_no_money() -> None:
    wanted = {s.id for s in questions.table().values() if s.wanted(["canji_huli"])}
    assert wanted.isdisjoint({"income", "property", "spending", "tekun", "event"})
    assert "labour" not in asked("situation", {}, "m1", programmes=["canji_huli"])


def test_children_and_the_old_are_asked_other_things() -> None:
    child = {"name": "乐乐", "relation": "child", "living": "together", "birth_date": "2016-03-08"}
    young = asked("situation", {}, "m3", **{"member:m3": child})
    assert {"school", "orphan"} <= young
    assert young.isdisjoint({"work", "labour", "marital", "decides"})
    old = asked("situation", {"health": "healthy"}, "m2")
    assert {"decides", "labour"} <= old
    assert "school" not in old


def test_who_is_well_and_not_old_decides_for_himself_unasked() -> None:
    brother = {
        "name": "某人", "relation": "sibling", "living": "together", "id_number": id_number("19900101", "017"),
    }  # fmt: skip
    told = {"health": "healthy", "disability": "none", "labour": "full"}
    assert "decides" not in asked("situation", told, "m3", **{"member:m3": brother})
    assert "decides" in asked("situation", {**told, "health": "severe"}, "m3", **{"member:m3": brother})


def test_who_was_said_not_to_decide_can_be_said_to_decide_again() -> None:
    told = {**FAMILY["situation:m2"], "decides": "no"}
    brother = {
        "name": "某人", "relation": "sibling", "living": "together", "id_number": id_number("19900101", "017"),
    }  # fmt: skip
    assert "decides" in asked("situation", told, "m3", **{"member:m3": brother})


def test_applying_alone_is_asked_where_somebody_may() -> None:
    ill = {**FAMILY["situation:m2"], "health": "severe"}
    assert "alone" not in asked("more", {})
    assert "alone" in asked("more", {}, **{"situation:m2": ill})


def test_the_number_of_pages_left_counts_what_may_still_come() -> None:
    begun = sheet("income", {}, "m1")
    first = begun.section.pages[0]
    assert begun.left(first) == len(begun.section.pages) - 1
    assert sheet("income", {"kinds": ["none"]}, "m1").left(first) == 0
    assert sheet("income", {"kinds": ["wage", "land"]}, "m1").left(first) == 3  # two amounts and what is paid


def test_a_page_left_empty_on_purpose_is_not_asked_again_and_can_be_filled_later() -> None:
    before = sheet("property", {"houses": "none"})
    debts = before.section.page("debts")
    assert debts is not None
    passed = sheet("property", before.merged(debts, {}))
    assert passed.told == {"houses": "none", PASSED: ["debts"]}
    assert passed.answered(debts)
    assert passed.merged(debts, {"debts": "5.00"}) == {"houses": "none", "debts": "5.00"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('id = "a"\nquestion = "q"\nfields = [{id = "f", kind = "colour"}]', "kind is one of"),
        ('id = "a"\nquestion = "q"\nfields = [{id = "f", kind = "one"}]', "choices belong to"),
        ('id = "a"\nquestion = "q"', "either fields or amount"),
        (
            'id = "a"\nquestion = "q"\nfields = [{id = "f", kind = "text"}]\nwhen = [{later = ["x"]}]',
            "names later",
        ),
        ('id = "a"\nquestion = "q"\nfields = [{id = "f", kind = "text", colour = 1}]', "unknown key colour"),
    ],
)
def test_a_broken_row_stops_the_start_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: str, said: str
) -> None:
    table = tmp_path / "questions.toml"
    table.write_text(
        f'[[section]]\nid = "s"\ntitle = "t"\nper = "household"\n[[page]]\nsection = "s"\n{row}\n'
    )
    monkeypatch.setattr(questions, "_TABLE", table)
    with pytest.raises(QuestionsError, match=said) as raised:
        questions.table.__wrapped__()
    assert "s.a" in str(raised.value)
