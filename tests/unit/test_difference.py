"""A changed table is tried on sample households before it is published."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from estimator import DataError, default_rulebook, estimate
from estimator.difference import copy_tables, difference, read_rules
from estimator.rulebook import HERE
from estimator.samples import load_samples

TODAY = date(2026, 11, 22)
HOUSEHOLDS = tuple(one for one in load_samples() if one.id.startswith(("yanji/", "wangqing/")))


def changed_table(folder: Path, name: str, old: str, new: str) -> Path:
    """A copy of one rule file with one text replaced."""
    path = folder / name
    text = (HERE / "rules" / name).read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_at_least_sixty_sample_households_of_every_kind_are_there() -> None:
    samples = load_samples()
    assert len(samples) >= 60
    assert len({sample.id for sample in samples}) == len(samples)
    found = {
        (line["id"], line["outcome"])
        for sample in samples
        for line in estimate(sample.facts, as_of=TODAY)["programmes"]
    }
    programmes = set(default_rulebook().programmes)
    assert {name for name, outcome in found if outcome == "likely"} >= programmes - {"doudi"}
    assert {name for name, outcome in found if outcome == "unlikely"} >= programmes


def test_no_sample_holds_a_fact_that_no_rule_knows() -> None:
    assert {
        one for sample in load_samples() for one in estimate(sample.facts, as_of=TODAY)["ignored"]
    } == set()


def test_equal_rulebooks_differ_in_nothing() -> None:
    book = default_rulebook()
    found = difference(book, read_rules(HERE), HOUSEHOLDS, TODAY)
    assert (found.rows, found.values, found.changed) == ((), (), ())
    assert found.days == (TODAY,)


def test_a_changed_condition_names_its_row_and_the_households_it_touches(tmp_path: Path) -> None:
    table = changed_table(
        tmp_path, "tekun.toml", 'expression = "member.no_capable_supporter"', 'expression = "false"'
    )
    found = difference(default_rulebook(), read_rules(table), HOUSEHOLDS, TODAY)
    assert "N649-14-supporter（改）" in found.rows
    touched = {one.sample.id for one in found.changed}
    assert "yanji/lone-elder" in touched
    assert "yanji/couple-with-two-children" not in touched
    lines = [
        str(change) for one in found.changed if one.sample.id == "yanji/lone-elder" for change in one.changes
    ]
    assert any(line.startswith("tekun（m1）：可能符合") and "→ 不符合" in line for line in lines)


def test_a_table_that_starts_later_is_tried_on_its_first_day(tmp_path: Path) -> None:
    folder = tmp_path / "standards"
    shutil.copytree(HERE / "standards", folder)
    file = folder / "222401.toml"
    file.write_text(
        file.read_text(encoding="utf-8")
        + '\n[[value]]\nname = "dibao_standard"\narea = "urban"\nvalue = "900"\nunit = "CNY/person/month"\n'
        'from = 2027-01-01\nkind = "local"\ncovers = "self"\ndocument = "州民政局公告"\nconfidence = "high"\n',
        encoding="utf-8",
    )
    found = difference(default_rulebook(), read_rules(folder), HOUSEHOLDS, TODAY)
    assert found.days == (TODAY, date(2027, 1, 1))
    assert {one.day for one in found.changed} == {date(2027, 1, 1)}
    assert {one.sample.id.partition("/")[0] for one in found.changed} == {"yanji"}
    assert [line for line in found.values if "900" in line and line.endswith("（新）")]


def test_a_removed_table_is_told_row_by_row(tmp_path: Path) -> None:
    base = copy_tables(tmp_path)
    (base / "rules" / "doudi.toml").unlink()
    uses = [
        one for one in (base / "rules").glob("*.toml") if "likely.doudi" in one.read_text(encoding="utf-8")
    ]
    for path in uses:
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("likely.doudi", "household.registered_poor"), encoding="utf-8")
    found = difference(default_rulebook(), read_rules(base), HOUSEHOLDS, TODAY, only_today=True)
    assert {"HN-01（删）", "doudi-hn-2017（删）"} <= set(found.rows)
    gone = [change for one in found.changed for change in one.changes if change.programme == "doudi"]
    assert gone
    assert {change.after for change in gone} == {"没有这一项"}


@pytest.mark.parametrize("layout", ["package", "above", "rules"])
def test_tables_are_read_from_an_exported_folder_in_any_of_its_shapes(tmp_path: Path, layout: str) -> None:
    if layout == "rules":
        shutil.copytree(HERE / "rules", tmp_path / "rules")
        path = tmp_path / "rules"
    else:
        copy_tables(tmp_path if layout == "package" else tmp_path / "estimator")
        path = tmp_path
    assert read_rules(path).sha256 == default_rulebook().sha256


def test_a_folder_without_tables_and_a_broken_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not there"):
        read_rules(tmp_path / "nowhere")
    with pytest.raises(DataError, match="holds no tables"):
        read_rules(tmp_path)
    table = changed_table(tmp_path, "tekun.toml", "member.no_capable_supporter", "member.no_such_fact")
    with pytest.raises(DataError, match="no_such_fact"):
        read_rules(table)
