"""The questions of an application as a table: which page asks what, and of whom and when it matters.

`questions.toml` is the one list; a page is asked only where its conditions hold, and what was told on a page
that no longer matters is neither shown nor sent.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from portal.apply.household import APPLICANT, Member, family, members

_TABLE = Path(__file__).with_name("questions.toml")
_KINDS = {
    "one",
    "some",
    "choose",
    "text",
    "long",
    "money",
    "number",
    "day",
    "phone",
    "id_number",
    "region",
    "person",
}
_WITH_CHOICES = {"one", "some", "choose"}
_SECTION_KEYS = {"id", "title", "per", "programmes"}
_PAGE_KEYS = {
    "section", "id", "question", "help", "fields", "amount", "fact", "programmes", "who", "age_from", "age_to", "when",
}  # fmt: skip
_FIELD_KEYS = {"id", "kind", "label", "help", "lacks", "choices", "checked", "fact", "longest"}
_PEOPLE = {"applicant", "adult", "child"}
MOST_FIELDS = 3
PASSED = "passed"  # pages of a section that were left empty on purpose, under their section's answers
NONE, UNCLEAR = "none", "unclear"
PERIODS = ("month", "year")


class QuestionsError(Exception):
    """A row of questions.toml is wrong; the text names file, row and key."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing asked. `lacks` is said where it must be told; `checked`: the department finds it out by itself."""

    id: str
    kind: str
    label: str
    help: str = ""
    lacks: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    checked: bool = False
    fact: str = ""
    longest: int = 200


@dataclass(frozen=True, slots=True)
class Page:
    """One question with its few fields, and the conditions under which it is asked."""

    section: str
    id: str
    question: str
    fields: tuple[Field, ...]
    help: str = ""
    amount: bool = False
    programmes: frozenset[str] = frozenset()
    who: frozenset[str] = frozenset()
    age_from: int | None = None
    age_to: int | None = None
    when: tuple[Mapping[str, tuple[Any, ...]], ...] = ()

    @property
    def required(self) -> bool:
        """Whether something on it must be told before the application can go."""
        return any(field.lacks for field in self.fields)


@dataclass(frozen=True, slots=True)
class Section:
    """Pages whose answers are kept together, once for the household or once for each person."""

    id: str
    title: str
    per: Literal["household", "person"]
    pages: tuple[Page, ...]
    programmes: frozenset[str] = frozenset()

    def wanted(self, programmes: Iterable[str]) -> bool:
        """Whether the section is asked of somebody who applies for these."""
        return not self.programmes or bool(self.programmes & set(programmes))

    def page(self, id: str) -> Page | None:
        return next((page for page in self.pages if page.id == id), None)

    def field(self, id: str) -> Field:
        return next(field for page in self.pages for field in page.fields if field.id == id)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One section as far as it is answered: of the household, or of one person."""

    section: Section
    answers: Mapping[str, Any]
    on: date
    person: Member | None = None

    @property
    def key(self) -> str:
        """Where the draft keeps the answers."""
        return self.section.id if self.person is None else f"{self.section.id}:{self.person.id}"

    @property
    def told(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.answers.get(self.key) or {}
        return found

    def asks(self, page: Page) -> bool | None:
        """Whether a page is asked; None as long as an answer that decides it is still to come."""
        if page.programmes and not page.programmes & set(self.answers.get("programmes", ())):
            return False
        if self.person is not None:
            if page.who and self._kind() not in page.who:
                return False
            age = self.person.age(self.on)
            if age is not None and not (page.age_from or 0) <= age <= (page.age_to or 999):
                return False
        if not page.when:
            return True
        found = [self._holds(alternative, page) for alternative in page.when]
        return True if True in found else None if None in found else False

    def answered(self, page: Page) -> bool:
        """Whether a page was dealt with, be it by leaving it empty on purpose."""
        told = self.told
        if page.required:
            return all(told.get(field.id) not in (None, "", []) for field in page.fields if field.lacks)
        return page.id in told.get(PASSED, ()) or any(field.id in told for field in page.fields)

    def pages(self) -> list[Page]:
        """The pages that are asked, in order."""
        return [page for page in self.section.pages if self.asks(page)]

    def open(self) -> list[Page]:
        """The pages that are asked and not dealt with."""
        return [page for page in self.pages() if not self.answered(page)]

    def left(self, but: Page) -> int:
        """How many pages there can be at most besides one."""
        return sum(
            page.id != but.id and self.asks(page) is not False and not self.answered(page)
            for page in self.section.pages
        )

    def done(self) -> bool:
        """Whether everything that must be told is told."""
        return not any(
            page.required and self.asks(page) and not self.answered(page) for page in self.section.pages
        )

    def begun(self) -> bool:
        return any(self.answered(page) for page in self.section.pages)

    def matters(self) -> dict[str, Any]:
        """What was told on pages that are asked: the rest no longer matters."""
        fields = {field.id for page in self.pages() for field in page.fields}
        return {key: value for key, value in self.told.items() if key in fields}

    def merged(self, page: Page, told: Mapping[str, Any]) -> dict[str, Any]:
        """The section's answers once a page was filled in; only what the page asks is touched."""
        own = {field.id for field in page.fields}
        kept = {key: value for key, value in self.told.items() if key not in own and key != PASSED}
        passed = {one for one in self.told.get(PASSED, ()) if one != page.id}
        if not told:
            passed.add(page.id)
        return {**kept, **told, **({PASSED: sorted(passed)} if passed else {})}

    def _kind(self) -> str:
        if self.person is None or self.person.id == APPLICANT:
            return "applicant"
        return "child" if self.person.minor(self.on) else "adult"

    def _holds(self, alternative: Mapping[str, tuple[Any, ...]], page: Page) -> bool | None:
        found = [self._fits(name, wanted, page) for name, wanted in alternative.items()]
        return False if False in found else None if None in found else True

    def _fits(self, name: str, wanted: tuple[Any, ...], page: Page) -> bool | None:
        if name == "older":
            age = self.person.age(self.on) if self.person else None
            return age is None or age >= wanted[0]
        if name == "family.severe":
            people = family(self.answers, self.on)
            return (
                "yes" if len(people) > 1 and any(person.severe() for person in people) else "no"
            ) in wanted
        if "." in name:
            other, _, field = name.partition(".")
            value = (self.answers.get(other) or {}).get(field)
            return None if value is None else value in wanted
        value = self.told.get(name)
        if value is None:
            owner = next(
                page for page in self.section.pages if any(field.id == name for field in page.fields)
            )
            return False if owner == page or self.asks(owner) is False or self.answered(owner) else None
        return bool(set(value) & set(wanted)) if isinstance(value, list) else value in wanted


def sheet(name: str, answers: Mapping[str, Any], on: date, person: Member | None = None) -> Sheet:
    """A section of the draft; `person` for those that are asked of each person."""
    return Sheet(table()[name], answers, on, person)


def person_sheets(answers: Mapping[str, Any], on: date, person: Member) -> list[Sheet]:
    """What is asked about one person besides his income, in order."""
    names = [] if person.id == APPLICANT else ["member"]
    names.append("situation" if person.verdict(on).counts else "support")
    return [sheet(name, answers, on, person) for name in names]


def matters(name: str, answers: Mapping[str, Any], on: date, person: Member | None = None) -> dict[str, Any]:
    """What was told in a section, without what no longer matters."""
    return sheet(name, answers, on, person).matters()


def person_of(answers: Mapping[str, Any], member_id: str) -> Member | None:
    return next((person for person in members(answers) if person.id == member_id), None)


@cache
def table() -> dict[str, Section]:
    """Every section by id; raises QuestionsError naming each defect."""
    rows = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    defects: list[str] = []
    pages: dict[str, list[Page]] = {row["id"]: [] for row in rows["section"]}
    for number, row in enumerate(rows["page"], start=1):
        where = f"{_TABLE.name}: page {number} ({row.get('section', '?')}.{row.get('id', '?')})"
        wrong = _wrong(row)
        if row.get("section") not in pages:
            wrong.append("names no section")
        if wrong:
            defects += [f"{where}: {one}" for one in wrong]
            continue
        pages[row["section"]].append(_page(row))
    sections = {}
    for row in rows["section"]:
        if set(row) | {"programmes"} != _SECTION_KEYS or row["per"] not in ("household", "person"):
            defects.append(f"{_TABLE.name}: section {row.get('id', '?')}: needs id, title, per")
            continue
        sections[row["id"]] = Section(
            row["id"], row["title"], row["per"], tuple(pages[row["id"]]), frozenset(row.get("programmes", ()))
        )
    defects += [f"{_TABLE.name}: {one}" for section in sections.values() for one in _contradictions(section)]
    if defects:
        raise QuestionsError("\n".join(defects))
    return sections


def _wrong(row: Mapping[str, Any]) -> list[str]:
    found = [f"unknown key {key}" for key in sorted(set(row) - _PAGE_KEYS)]
    found += [f"no {key}" for key in ("section", "id", "question") if not row.get(key)]
    if bool(row.get("fields")) == bool(row.get("amount")):
        found.append("needs either fields or amount = true")
    if set(row.get("who", ())) - _PEOPLE:
        found.append(f"who knows {sorted(_PEOPLE)}")
    for field in row.get("fields", ()):
        name = field.get("id", "?")
        found += [f"field {name}: unknown key {key}" for key in sorted(set(field) - _FIELD_KEYS)]
        if field.get("kind") not in _KINDS:
            found.append(f"field {name}: kind is one of {sorted(_KINDS)}")
        if (field.get("kind") in _WITH_CHOICES) != bool(field.get("choices")):
            found.append(f"field {name}: choices belong to one, some and choose")
        if len(row["fields"]) > 1 and not field.get("label"):
            found.append(f"field {name}: needs a label, since the page has several fields")
    return found


def _page(row: Mapping[str, Any]) -> Page:
    if row.get("amount"):
        fields: tuple[Field, ...] = (
            Field(row["id"], "money", row["question"], row.get("help", ""), fact=row.get("fact", "")),
            Field(f"{row['id']}_per", "period", row["question"]),
        )
    else:
        fields = tuple(
            Field(
                **{
                    "label": row["question"],
                    **field,
                    "choices": tuple((one["id"], one["label"]) for one in field.get("choices", ())),
                }
            )
            for field in row["fields"]
        )
    return Page(
        section=row["section"],
        id=row["id"],
        question=row["question"],
        fields=fields,
        help=row.get("help", ""),
        amount=bool(row.get("amount")),
        programmes=frozenset(row.get("programmes", ())),
        who=frozenset(row.get("who", ())),
        age_from=row.get("age_from"),
        age_to=row.get("age_to"),
        when=tuple({key: tuple(wanted) for key, wanted in one.items()} for one in row.get("when", ())),
    )


def _contradictions(section: Section) -> Iterator[str]:
    """Ids twice, conditions on what is asked later or never."""
    before: set[str] = set()
    for page in section.pages:
        for alternative in page.when:
            for name in alternative:
                if name != "older" and "." not in name and name not in before | {f.id for f in page.fields}:
                    yield f"page {section.id}.{page.id}: when names {name}, which no page before it asks"
        for field in page.fields:
            if field.id in before:
                yield f"page {section.id}.{page.id}: field {field.id} is there twice"
            before.add(field.id)
    if len({page.id for page in section.pages}) < len(section.pages):
        yield f"section {section.id}: a page is there twice"
