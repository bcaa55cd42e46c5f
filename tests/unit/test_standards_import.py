"""An officer's CSV: the plan says what would change and what looks odd; writing keeps every file loadable."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from estimator.errors import DataError
from estimator.standards import load_standards
from estimator.standards_import import plan_import, write_import
from tests.support.standard_files import row, write

HEAD = "place,name,area,value,unit,from,kind,document,confidence"
NEW_LINE = "220122,dibao_standard,urban,560,CNY/person/month,2025-07-01,local,某民发〔2025〕3号,high"


def _csv(directory: Path, *lines: str, head: str = HEAD, encoding: str = "utf-8") -> Path:
    file = directory / "new.csv"
    file.write_bytes("\n".join([head, *lines]).encode(encoding))
    return file


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A folder that holds one line of one county, 500 a month from 2024."""
    folder = tmp_path / "standards"
    folder.mkdir()
    write(folder, "220122", row())
    return folder


def test_a_plan_says_what_would_change_and_changes_nothing(tmp_path: Path, directory: Path) -> None:
    before = (directory / "220122.toml").read_bytes()
    plan = plan_import(_csv(tmp_path, NEW_LINE), directory)
    assert [str(addition) for addition in plan.additions] == [
        "吉林省长春市农安县 城市低保标准：500（2024-01-01起）→ 560 CNY/person/month，"
        "2025-07-01起，某民发〔2025〕3号"
    ]
    assert (directory / "220122.toml").read_bytes() == before


def test_a_written_plan_counts_from_its_first_day(tmp_path: Path, directory: Path) -> None:
    other_county = NEW_LINE.replace("220122", "220182")
    write_import(plan_import(_csv(tmp_path, NEW_LINE, other_county), directory))
    table = load_standards(directory)
    lines = {
        (code, day): found and found.value
        for code in ("220122", "220182")
        for day in (date(2025, 6, 30), date(2025, 7, 1))
        for found in [table.lookup("dibao_standard", code, "urban", day)]
    }
    assert lines == {
        ("220122", date(2025, 6, 30)): Decimal(500),
        ("220122", date(2025, 7, 1)): Decimal(560),
        ("220182", date(2025, 6, 30)): None,
        ("220182", date(2025, 7, 1)): Decimal(560),
    }


def test_the_same_file_taken_in_twice_changes_nothing_then(tmp_path: Path, directory: Path) -> None:
    file = _csv(tmp_path, NEW_LINE)
    write_import(plan_import(file, directory))
    once = (directory / "220122.toml").read_bytes()
    plan = plan_import(file, directory)
    write_import(plan)
    assert (plan.additions, plan.already_there) == ((), 1)
    assert (directory / "220122.toml").read_bytes() == once


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_a_spreadsheet_saves_is_read(tmp_path: Path, directory: Path, encoding: str) -> None:
    slashes = NEW_LINE.replace("2025-07-01", "2025/7/1")
    (addition,) = plan_import(_csv(tmp_path, slashes, ",,,,,,,,", encoding=encoding), directory).additions
    assert (addition.value.document, addition.value.effective_from) == ("某民发〔2025〕3号", date(2025, 7, 1))


@pytest.mark.parametrize(
    ("value", "doubt"), [("490", "只升不降"), ("5600", "高出一半以上"), ("560", None), ("750", None)]
)
def test_a_figure_that_falls_or_leaps_asks_for_a_second_look(
    tmp_path: Path, directory: Path, value: str, doubt: str | None
) -> None:
    (addition,) = plan_import(_csv(tmp_path, NEW_LINE.replace("560", value)), directory).additions
    assert (doubt in (addition.doubt or "")) if doubt else addition.doubt is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (NEW_LINE.replace("560", "五百六"), "line 2: value 1"),
        (NEW_LINE.replace("2025-07-01", "七月"), "is no date"),
        (NEW_LINE.replace("2025-07-01", "2024-01-01"), "overlaps the one from 2024-01-01"),
        (NEW_LINE.replace("220122", "220381"), "line 2: place"),
        (NEW_LINE.replace("220122", "../220122"), "line 2: place"),
        (NEW_LINE.replace("220122", ""), "line 2: place"),
        (NEW_LINE.replace("某民发〔2025〕3号", ""), "document: missing"),
        (NEW_LINE.replace("local", "rumour"), "is not allowed"),
        (NEW_LINE + ",more", "too many cells"),
        (NEW_LINE.replace("3号", "3\x07号"), "unprintable"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_taken_in(
    tmp_path: Path, directory: Path, line: str, said: str
) -> None:
    with pytest.raises(DataError) as stopped:
        plan_import(_csv(tmp_path, line), directory)
    assert said in str(stopped.value)


@pytest.mark.parametrize(
    ("head", "said"),
    [("place,nmae", "unknown column nmae"), ("name,area", "no column place"), ("", "no column")],
)
def test_a_wrong_head_is_named(tmp_path: Path, directory: Path, head: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        plan_import(_csv(tmp_path, head=head), directory)


def test_a_document_with_quotes_survives_the_way_into_the_file(tmp_path: Path, directory: Path) -> None:
    line = NEW_LINE.replace("某民发〔2025〕3号", '"通知""提标""\\3号"')
    write_import(plan_import(_csv(tmp_path, line), directory))
    found = load_standards(directory).lookup("dibao_standard", "220122", "urban", date(2025, 7, 1))
    assert found is not None
    assert found.document == '通知"提标"\\3号'
