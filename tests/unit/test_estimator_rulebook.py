"""The rule tables are checked before anything starts: one broken row, one clear line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import estimator
from estimator import DataError, load_rulebook

SOURCE = Path(estimator.__file__).parent


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of the package's tables to break."""
    for name in ("norms.toml", "facts.toml"):
        shutil.copy(SOURCE / name, tmp_path / name)
    shutil.copytree(SOURCE / "rules", tmp_path / "rules")
    shutil.copytree(SOURCE / "standards", tmp_path / "standards")
    return tmp_path


def defects(tables: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_rulebook(tables)
    return str(caught.value)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_tables_of_the_package_hold_together(tables: Path) -> None:
    book = load_rulebook(tables)
    assert len(book.rules) > 150
    assert len(book.sha256) == 64


BREAKS = [
    (
        "dibao.toml",
        'text = "共同生活的家庭成员人均收入低于当地低保标准。"',
        'text = "共同生活的家庭成员人均收入低于当地低保标准。"\nexpresion = "1"',
        "dibao.toml: condition J20-05: unknown key 'expresion'",
    ),
    (
        "dibao.toml",
        'citations = ["jl-2020-46#2.1.2", "law-2026#18"]\nnote = "A01',
        'note = "A01',
        "dibao.toml: condition J20-05: 'citations' is missing",
    ),
    (
        "dibao.toml",
        'citations = ["jl-2020-46#2.1.2", "law-2026#18"]\nnote = "A01',
        'citations = ["jl-2021-46#2.1.2"]\nnote = "A01',
        "dibao.toml: condition J20-05: citation 'jl-2021-46#2.1.2' names no known norm",
    ),
    (
        "dibao.toml",
        'expression = "residence_ok"',
        'expression = "residenc_ok"',
        "dibao.toml: condition N649-11-residence:",
    ),
    (
        "dibao.toml",
        'expression = "residence_ok"',
        'expression = "residence_ok and"',
        "the expression 'residence_ok and' is no FEEL",
    ),
    (
        "dibao.toml",
        "to = 2026-06-30\ntext",
        "to = 2026-07-31\ntext",
        "dibao.toml: dibao-order-649: overlaps dibao-law-2026 in time",
    ),
    (
        "dibao.toml",
        "to = 2026-06-30\ntext",
        "to = 2026-05-31\ntext",
        "dibao.toml: dibao-order-649: leaves a gap of days before dibao-law-2026",
    ),
    ("dibao.toml", 'id = "dibao"\n', 'id = "dibaoo"\n', "dibao.toml: programme: 'dibaoo' is no programme"),
    (
        "dibao.toml",
        'conditions = ["J20-05", "J20-05-property", "J20-14", "J20-47-residence"]',
        'conditions = ["J20-05", "J20-05-property", "J20-47-residence"]',
        "dibao.toml: condition J20-14: no decision lists it",
    ),
    (
        "values.toml",
        '[[value]]\nid = "V-per-capita"',
        '[[value]]\nid = "V-idle"\nnorm = "order-649"\nname = "idle"\nlevel = "household"\n'
        'expression = "size"\ntext = "没人用。"\ncitations = ["order-649#9"]\n\n[[value]]\nid = "V-per-capita"',
        "values.toml: V-idle: no expression names 'idle'",
    ),
    (
        "values.toml",
        'expression = "income_total / size"',
        'expression = "per_capita_income / size"',
        "is a circle",
    ),
    ("dibao.toml", 'id = "J20-05"\n', 'id = "J20-14"\n', "dibao.toml: condition J20-14: the id stands twice"),
    (
        "dibao.toml",
        'id = "dibao-jl-2017"\nnorm = "jl-2017-76"',
        'id = "dibao-jl-2017"\nnorm = "jl-2018-draft"',
        "draft",
    ),
    (
        "tekun.toml",
        'id = "tekun"\n',
        'id = "tekun"\nsubjekt = "x"\n',
        "tekun.toml: programme: unknown key 'subjekt'",
    ),
    ("tekun.toml", "[[detail]]", "[[detial]]", "tekun.toml: detial: is no kind of row"),
    ("tekun.toml", "[programme]", "[programme", "tekun.toml: -:"),
]


@pytest.mark.parametrize(("file", "old", "new", "message"), BREAKS, ids=[row[3] for row in BREAKS])
def test_a_row_broken_on_purpose_stops_the_start_with_file_and_key(
    tables: Path, file: str, old: str, new: str, message: str
) -> None:
    replace(tables / "rules" / file, old, new)
    assert message in defects(tables)


def test_a_defect_of_the_fact_list_names_the_fact(tables: Path) -> None:
    replace(
        tables / "facts.toml",
        'id = "household.hukou_local"\ntype = "truth"',
        'id = "household.hukou_local"\ntype = "bool"',
    )
    assert "facts.toml: household.hukou_local: type 'bool' is not known" in defects(tables)


def test_a_defect_of_the_register_of_norms_names_the_norm(tables: Path) -> None:
    replace(tables / "norms.toml", 'level = "law"', 'level = "statute"')
    assert "norms.toml: law-2026: level 'statute' is not one of" in defects(tables)


def test_the_digest_changes_with_every_table(tables: Path) -> None:
    before = load_rulebook(tables).sha256
    replace(tables / "rules" / "dibao.toml", "[programme]", "# a remark\n[programme]")
    assert load_rulebook(tables).sha256 != before
