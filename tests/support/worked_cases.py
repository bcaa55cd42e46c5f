"""Reads worked cases from TOML, completes them from templates, and compares estimates with expectations.

`python -m tests.support.worked_cases` prints the facts of all of them, one a line, for `estimate --batch`.
"""

import copy
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

Facts = dict[str, Any]

KEYS = {
    *("id", "why", "place", "standards", "household", "household_like", "members"),
    *("untold", "nulls", "expect"),
}


@dataclass(frozen=True, slots=True)
class WorkedCase:
    """One household on one day: the facts as the contract wants them, and what the documents say of it."""

    id: str
    why: str
    facts: Facts
    expect: tuple[Facts, ...]


def load_cases(folder: Path) -> list[WorkedCase]:
    """All cases of the folder, in the order of files and lines; raises ValueError on an unknown key."""
    templates = tomllib.loads((folder / "templates.toml").read_text(encoding="utf-8"))
    cases = []
    for path in sorted(folder.glob("*.toml")):
        if path.name != "templates.toml":
            document = tomllib.loads(path.read_text(encoding="utf-8"))
            for row in document["case"]:
                cases.append(_complete(path.stem, {**document["defaults"], **row}, templates))
    return cases


def _complete(stem: str, row: Facts, templates: Facts) -> WorkedCase:
    if unknown := row.keys() - KEYS:
        raise ValueError(f"{stem}/{row.get('id')}: unknown keys {sorted(unknown)}")
    region, area, as_of = row["place"]
    facts: Facts = {
        "region": region,
        "area": area,
        "as_of": as_of,
        "standards": copy.deepcopy(row.get("standards", {})),
        "household": _merge(
            templates["household"][row.get("household_like", "told")], row.get("household", {})
        ),
        "members": [_person(member, templates["person"]) for member in row["members"]],
    }
    for path in row.get("untold", ()):
        holder, key = _find(facts, path)
        del holder[key]
    for path in row.get("nulls", ()):
        holder, key = _find(facts, path)
        holder[key] = None
    expect = tuple(_checked(stem, row["id"], expectation) for expectation in row["expect"])
    return WorkedCase(f"{stem}/{row['id']}", row["why"], facts, expect)


def _person(member: Facts, people: Facts) -> Facts:
    template = dict(people[member["as"]])
    if like := template.pop("like", None):
        template = _merge(people[like], template)
    return _merge(template, {key: value for key, value in member.items() if key != "as"})


def _merge(base: Mapping[str, Any], change: Mapping[str, Any]) -> Facts:
    merged = copy.deepcopy(dict(base))
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def _find(facts: Facts, path: str) -> tuple[Facts, str]:
    """The table and key a dotted path names; members by their id. KeyError where it names nothing."""
    *steps, key = path.split(".")
    place: Any = facts
    for step in steps:
        place = next(m for m in place if m["id"] == step) if isinstance(place, list) else place[step]
    if key not in place:
        raise KeyError(path)
    return place, key


# --- what a case may expect of one programme ---------------------------------------------------------------


def _text(entry: Facts) -> str:
    return json.dumps(entry, ensure_ascii=False)


def _same_number(expected: object, got: object) -> bool:
    try:
        return Decimal(str(expected)) == Decimal(str(got))
    except InvalidOperation:
        return expected == got


def _cited(entry: Facts) -> list[str]:
    return [*entry["citations"], *(c for reason in entry["reasons"] for c in reason["citations"])]


def _any_has(texts: list[str], part: str) -> bool:
    return any(part in text for text in texts)


def _cites(entry: Facts, clause: str) -> bool:
    """A citation is that clause or a part of it: `#2.3` is met by `#2.3` and `#2.3.1`, not by `#2.31`."""
    return any(c == clause or c.startswith((f"{clause}.", f"{clause}#")) for c in _cited(entry))


def _amount(key: str) -> Callable[[Facts, Any], bool]:
    def check(entry: Facts, expected: Any) -> bool:
        amount = entry["amount"]
        return amount is not None and amount[key] == (None if expected == "none" else expected)

    return check


CHECKS: dict[str, Callable[[Facts, Any], bool]] = {
    "outcome": lambda entry, expected: entry["outcome"] == expected,
    "outcome_in": lambda entry, expected: entry["outcome"] in expected,
    "outcome_not": lambda entry, expected: entry["outcome"] not in expected,
    "status": lambda entry, expected: entry["status"] == expected,
    "low": _amount("low"),
    "high": _amount("high"),
    "at_least": _amount("at_least"),
    "unit": _amount("unit"),
    "details": lambda entry, expected: all(
        key in entry["details"] and _same_number(value, entry["details"][key])
        for key, value in expected.items()
    ),
    "details_lack": lambda entry, expected: (
        not any(entry["details"].get(key) is not None for key in expected)
    ),
    "uplift": lambda entry, expected: set(expected) <= set(entry["details"].get("uplift", {})),
    "no_uplift": lambda entry, expected: not set(expected) & set(entry["details"].get("uplift", {})),
    "missing": lambda entry, expected: entry["missing"] == expected,
    "missing_has": lambda entry, expected: all(_any_has(entry["missing"], part) for part in expected),
    "missing_lacks": lambda entry, expected: not any(_any_has(entry["missing"], part) for part in expected),
    "cites": lambda entry, expected: all(_cites(entry, clause) for clause in expected),
    "cites_not": lambda entry, expected: not any(_cites(entry, clause) for clause in expected),
    "mentions": lambda entry, expected: all(
        text in json.dumps(entry, ensure_ascii=False) for text in expected
    ),
    "mentions_not": lambda entry, expected: not any(text in _text(entry) for text in expected),
}


def _checked(stem: str, case_id: str, expectation: Facts) -> Facts:
    if unknown := expectation.keys() - CHECKS.keys() - {"programme", "subject"}:
        raise ValueError(f"{stem}/{case_id}: unknown expectations {sorted(unknown)}")
    return expectation


def disagreements(case: WorkedCase, estimate: Facts) -> list[str]:
    """One line for each expectation that no entry of the estimate meets; "any" subject asks for one."""
    found = []
    for expectation in case.expect:
        programme, subject = expectation["programme"], expectation.get("subject", "household")
        entries = [
            entry
            for entry in estimate["programmes"]
            if entry["id"] == programme and subject in ("any", entry["subject"])
        ]
        if not entries:
            found.append(f"{programme} has no entry for {subject}")
        failing = [_failing(entry, expectation) for entry in entries]
        if all(failing):
            found += [line for lines in failing for line in lines]
    return found


def _failing(entry: Facts, expectation: Facts) -> list[str]:
    shown = {key: entry[key] for key in ("outcome", "amount", "details", "status", "missing", "citations")}
    return [
        f"{entry['id']}/{entry['subject']}: expected {key} = {expected!r}, got {_text(shown)}"
        for key, expected in expectation.items()
        if key in CHECKS and not CHECKS[key](entry, expected)
    ]


if __name__ == "__main__":
    for case in load_cases(Path(__file__).parents[1] / "examples" / "estimator" / "worked"):
        print(json.dumps(case.facts, ensure_ascii=False))
