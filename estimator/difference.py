"""Two rulebooks side by side: which rows differ, and which sample households come out otherwise.

Compared on the given day and on each day on which a row that differs begins, so that a table can be
judged before it is published.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from estimator.engine import estimate
from estimator.errors import DataError, Defect
from estimator.feel import Expression
from estimator.model import Condition, Rule, Rulebook
from estimator.places import place
from estimator.rulebook import HERE, load_rulebook
from estimator.samples import Sample
from estimator.standards import PublishedValue

_FOLDERS: Final = ("rules", "standards")
_FILES: Final = ("norms.toml", "facts.toml")
OUTCOMES: Final = {
    "likely": "可能符合",
    "unlikely": "不符合",
    "undetermined": "还不能确定",
    "no_rule": "没有规定",
    "": "没有这一项",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One line of an estimate that comes out otherwise; what is said on either side, in words."""

    programme: str
    subject: str
    before: str
    after: str

    def __str__(self) -> str:
        who = "" if self.subject == "household" else f"（{self.subject}）"
        return f"{self.programme}{who}：{self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class Changed:
    """One sample household on one day, with the lines that come out otherwise."""

    sample: Sample
    day: date
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two rulebooks: rows by id, local values, and the households it touches."""

    rows: tuple[str, ...]
    values: tuple[str, ...]
    days: tuple[date, ...]
    households: int
    changed: tuple[Changed, ...]


def read_rules(path: Path) -> Rulebook:
    """The rulebook of a folder (an exported `estimator/`, or the folder above it), or the package's own with one
    rule file, one file of local values, or one folder `rules` or `standards` in place of its own.

    Raises DataError where the tables do not hold together.
    """
    for folder in (path, path / "estimator"):
        if all((folder / name).exists() for name in (*_FOLDERS, *_FILES)):
            return load_rulebook(folder)
    if not path.exists():
        raise DataError((Defect(str(path), "-", "is not there", "name a folder of tables or one table"),))
    with TemporaryDirectory() as temporary:
        base = copy_tables(Path(temporary))
        _lay_over(path, base)
        return load_rulebook(base)


def copy_tables(to: Path) -> Path:
    """A copy of the package's own tables in a folder, to change and load."""
    for name in _FOLDERS:
        shutil.copytree(HERE / name, to / name)
    for path in HERE.glob("*.toml"):
        shutil.copy(path, to / path.name)
    return to


def _lay_over(path: Path, base: Path) -> None:
    if path.is_dir():
        tables = sorted(path.glob("*.toml"))
        if not tables:
            raise DataError((Defect(str(path), "-", "holds no tables", "name a folder of TOML tables"),))
        folder = base / ("standards" if all(one.stem.isdigit() for one in tables) else "rules")
        shutil.rmtree(folder)
        shutil.copytree(path, folder)
    elif path.name in _FILES:
        shutil.copy(path, base / path.name)
    else:
        shutil.copy(path, base / ("standards" if path.stem.isdigit() else "rules") / path.name)


def difference(
    old: Rulebook, new: Rulebook, samples: Iterable[Sample], today: date, *, only_today: bool = False
) -> Difference:
    """Compares two rulebooks by their rows and by the sample households on the days that count."""
    rows = {name: _kind(old.rules.get(name), new.rules.get(name)) for name in {**old.rules, **new.rules}}
    rows = {name: kind for name, kind in rows.items() if kind}
    values = set(old.standards.values) ^ set(new.standards.values)
    days = {today}
    if not only_today:
        days |= {book.rules[name].scope.start for name in rows for book in (old, new) if name in book.rules}
        days |= {value.effective_from for value in values}
    samples = tuple(samples)
    changed = tuple(
        Changed(sample, day, found)
        for day in sorted(days)
        for sample in samples
        if (found := _compare(old, new, sample, day))
    )
    return Difference(
        rows=tuple(f"{name}（{kind}）" for name, kind in rows.items()),
        values=tuple(_value(value, new) for value in sorted(values, key=_value_order)),
        days=tuple(sorted(days)),
        households=len(samples),
        changed=changed,
    )


def _compare(old: Rulebook, new: Rulebook, sample: Sample, day: date) -> tuple[Change, ...]:
    before = estimate(sample.facts, rulebook=old, as_of=day)
    after = estimate(sample.facts, rulebook=new, as_of=day)
    return tuple(changes(before, after))


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """The lines of two estimates that differ in outcome, amount, figures or status."""
    one, other = _lines(before), _lines(after)
    for key in {**one, **other}:
        if one.get(key, "") != other.get(key, ""):
            nothing = OUTCOMES[""]
            yield Change(*key, one.get(key, nothing), other.get(key, nothing))


def _lines(found: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    return {(line["id"], line["subject"]): _words(line) for line in found["programmes"]}


def _words(line: Mapping[str, Any]) -> str:
    said = [OUTCOMES.get(line["outcome"], str(line["outcome"]))]
    amount = line["amount"]
    if amount is not None:
        low, high = amount["low"], amount["high"]
        upto = "以上" if high is None else "" if high == low else f"–{high}"
        said.append(f"{low}{upto} {amount['unit']}")
    if line["outcome"] == "likely":
        said += [f"{key}={value}" for key, value in sorted(line["details"].items()) if value]
    if line["status"] != "firm":
        said.append(str(line["status"]))
    return " ".join(said)


def _kind(old: Rule | None, new: Rule | None) -> str:
    if old is None:
        return "新"
    if new is None:
        return "删"
    return "" if type(old) is type(new) and _print(old) == _print(new) else "改"


def _print(rule: Rule) -> dict[str, object]:
    """A row by what it says: expressions by their text, the conditions of a decision by their ids."""

    def plain(value: object) -> object:
        if isinstance(value, Expression):
            return value.text
        if isinstance(value, tuple):
            return tuple(one.id if isinstance(one, Condition) else one for one in value)
        return value

    return {field.name: plain(getattr(rule, field.name)) for field in fields(rule)}


def _value_order(value: PublishedValue) -> tuple[str, str, date]:
    return value.place_code, value.name, value.effective_from


def _value(value: PublishedValue, new: Rulebook) -> str:
    where = place(value.place_code)
    kind = "新" if value in set(new.standards.values) else "删"
    name = where.full_name if where else value.place_code
    return f"{name} {value.name} {value.value} {value.unit} {value.effective_from}起（{kind}）"
