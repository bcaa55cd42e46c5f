"""The exported decision tables hold together, and say every row of the rule tables with its clauses."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from estimator import default_rulebook
from estimator.dmn import DMN_13, DMN_15, DMNDI, MODEL, export_dmn
from estimator.dmn_days import stretches
from estimator.dmn_names import feel_name
from estimator.rulebook import programme_rules

DC = "{http://www.omg.org/spec/DMN/20180521/DC/}"
ORDER = ("itemDefinition", "inputData", "decision", "knowledgeSource")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dmn")
    export_dmn(default_rulebook(), path)
    return path


@pytest.fixture(scope="module")
def documents(folder: Path) -> dict[str, ET.Element]:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.dmn")}
    return {name: ET.fromstring(text) for name, text in texts.items()}  # noqa: S314  # files of our own making


def of(name: str) -> str:
    return f"{{{MODEL}}}{name}"


def test_every_programme_is_a_file_of_dmn_1_5_and_a_twin_that_dmn_js_reads(folder: Path) -> None:
    programmes = sorted(default_rulebook().programmes)
    assert sorted(path.stem for path in folder.glob("*.dmn")) == programmes
    for name in programmes:
        text = (folder / f"{name}.dmn").read_text(encoding="utf-8")
        twin = (folder / "dmn-js" / f"{name}.dmn").read_text(encoding="utf-8")
        assert MODEL in text
        assert twin == text.replace(DMN_15, DMN_13)


def test_the_same_tables_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for path in export_dmn(default_rulebook(), tmp_path):
        assert path.read_bytes() == (folder / path.relative_to(tmp_path)).read_bytes()


def test_every_requirement_leads_to_something_and_no_id_stands_twice(
    documents: dict[str, ET.Element],
) -> None:
    for name, root in documents.items():
        ids = Counter(one.get("id") for one in root.iter() if one.get("id"))
        assert [one for one, count in ids.items() if count > 1] == [], name
        hrefs = [one.get("href", "") for one in root.iter() if one.get("href")]
        assert hrefs
        assert [href for href in hrefs if href.removeprefix("#") not in ids] == [], name


def test_elements_stand_in_the_order_of_the_schema(documents: dict[str, ET.Element]) -> None:
    for root in documents.values():
        kinds = [one.tag.partition("}")[2] for one in root]
        assert kinds[0] == "description"
        assert kinds[-1] == "DMNDI"
        places = [ORDER.index(kind) for kind in kinds[1:-1]]
        assert places == sorted(places)


def test_every_row_of_a_table_has_a_cell_for_each_column(documents: dict[str, ET.Element]) -> None:
    rows = 0
    for root in documents.values():
        for table in root.iter(of("decisionTable")):
            width = len(table.findall(of("input"))), len(table.findall(of("output"))), 1
            for row in table.findall(of("rule")):
                rows += 1
                cells = ("inputEntry", "outputEntry", "annotationEntry")
                assert tuple(len(row.findall(of(cell))) for cell in cells) == width
    assert rows > 500


def test_every_computed_row_of_a_programme_is_in_its_file_with_its_clauses(
    documents: dict[str, ET.Element],
) -> None:
    book = default_rulebook()
    for programme in book.programmes.values():
        text = "\n".join(one.text or "" for one in documents[programme.id].iter())
        for rule in programme_rules(programme):
            if rule not in programme.steps:
                assert f"{rule.id} {rule.text}（{book.norms.label(rule.citations[0])}" in text, rule.id


def test_the_diagram_shows_every_input_and_decision_once_without_overlap(
    documents: dict[str, ET.Element],
) -> None:
    for name, root in documents.items():
        drawn = Counter(one.get("dmnElementRef") for one in root.iter(f"{{{DMNDI}}}DMNShape"))
        there = {one.get("id") for kind in ("inputData", "decision") for one in root.iter(of(kind))}
        assert drawn == Counter(there), name
        corners = Counter((one.get("x"), one.get("y")) for one in root.iter(f"{DC}Bounds"))
        assert set(corners.values()) == {1}, name
        edges = {one.get("dmnElementRef") for one in root.iter(f"{{{DMNDI}}}DMNEdge")}
        assert edges == {one.get("id") for one in root.iter(of("informationRequirement"))}, name


def test_a_disputed_row_counts_only_in_its_own_reading(documents: dict[str, ET.Element]) -> None:
    book = default_rulebook()
    decisions = {one.id: one for one in book.programmes["dishouru"].decisions}
    disputing = next(one for one in decisions.values() if one.disputes)
    disputed = decisions[disputing.disputes[0]]
    day = max(disputing.scope.start, disputed.scope.start)
    sides = {
        row.id: next(
            one.local_prevails
            for one in stretches(book, row, decisions.values())
            if one.first <= day and (one.last is None or day <= one.last)
        )
        for row in (disputing, disputed)
    }
    assert sides == {disputing.id: False, disputed.id: True}
    assert "reading.local_prevails" in {one.text for one in documents["dishouru"].iter(of("text"))}


def test_an_unverified_norm_can_be_left_out(documents: dict[str, ET.Element]) -> None:
    texts = {one.text for one in documents["doudi"].iter(of("text"))}
    assert 'not(list contains(?, "hn-2017-33"))' in texts


def test_stretches_of_days_neither_overlap_nor_leave_the_days_of_their_row() -> None:
    book = default_rulebook()
    for programme in book.programmes.values():
        for row in programme.decisions:
            found = stretches(book, row, programme.decisions)
            assert found, row.id
            for one, after in pairwise(found):
                assert one.last is not None
                assert one.last < after.first
            assert (found[-1].last or date.max) <= (row.scope.end or date.max)


def test_a_rules_id_becomes_one_word() -> None:
    assert feel_name("N649-11.a") == "N649_11_a"


def test_the_file_says_that_nothing_may_be_left_untold(documents: dict[str, ET.Element]) -> None:
    for root in documents.values():
        assert "少填一个" in (root.findtext(of("description")) or "")
