"""Every mistake an officer can make in a file of values stops the start with its file, key and cure."""

from pathlib import Path

import pytest

from estimator.errors import DataError
from estimator.standards import load_standards
from tests.support.standard_files import row, write

MISTAKES = {
    "unknown key": (row(documnet='"x"'), "documnet", "unknown key"),
    "no name": (row(name=None), "name", "missing"),
    "unknown name": (row(name='"dibao"'), "name", "no such standard"),
    "a name that only asks for another": (row(name='"urban_dibao_standard"'), "name", "no such standard"),
    "a list for a name": (row(name='["dibao_standard"]'), "name", "is no text"),
    "a number for a document": (row(document="67"), "document", "is no text"),
    "no document": (row(document=None), "document", "媒体报道，未核实"),
    "empty document": (row(document='""'), "document", "missing"),
    "no unit": (row(unit=None), "unit", "missing"),
    "wrong unit": (row(unit='"CNY/month"'), "unit", "is not its unit"),
    "no first day": (row(from_=None), "from", "missing"),
    "a date in quotes": (row(from_='"2024-01-01"'), "from", "is no date"),
    "a date with a time": (row(from_="2024-01-01T00:00:00"), "from", "is no date"),
    "a slip of the year": (row(from_="0224-01-01"), "from", "is no likely date"),
    "a float": (row(value="500.5"), "value", "is no number"),
    "an integer": (row(value="500"), "value", "is no number"),
    "letters": (row(value='"5OO"'), "value", "is no number"),
    "a negative number": (row(value='"-500"'), "value", "is no number"),
    "an exponent": (row(value='"5e2"'), "value", "is no number"),
    "not a number": (row(value='"NaN"'), "value", "is no number"),
    "last day before the first": (row(to="2023-12-31"), "to", "is before from"),
    "review before the first day": (row(review_by="2023-12-31"), "review_by", "is before from"),
    "no area": (row(area=None), "area", "missing"),
    "unknown area": (row(area='"town"'), "area", "is not allowed"),
    "an area where there is none": (row(name='"min_wage"', unit='"CNY/month"'), "area", "has no area"),
    "unknown kind": (row(kind='"rumour"'), "kind", "is not allowed"),
    "unknown confidence": (row(confidence='"sure"'), "confidence", "is not allowed"),
    "unknown reach": (row(covers='"counties"'), "covers", "is not allowed"),
    "a yearly figure without its end": (
        row(name='"disposable_income"', unit='"CNY/person/year"'),
        "to",
        "a figure of one period needs its last day",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_row_is_named_with_its_file_and_key(tmp_path: Path, mistake: str) -> None:
    wrong, key, said = MISTAKES[mistake]
    write(tmp_path, "220122", row(area='"rural"'), wrong)
    with pytest.raises(DataError) as stopped:
        load_standards(tmp_path)
    (line,) = str(stopped.value).splitlines()
    assert "/220122.toml: value 2" in line
    assert f".{key}: " in line
    assert said in line


OVERLAPS = {
    "the same first day": (row(), row(value='"510"')),
    "a first day before the last day": (row(to="2024-12-31"), row(value='"510"', from_="2024-12-31")),
    "both areas against one": (row(area='"both"'), row(value='"510"')),
}


@pytest.mark.parametrize("case", OVERLAPS)
def test_two_values_for_one_day_are_refused(tmp_path: Path, case: str) -> None:
    write(tmp_path, "220122", *OVERLAPS[case])
    with pytest.raises(DataError, match="overlaps the one from 2024-01-01"):
        load_standards(tmp_path)


def test_a_value_may_follow_another_and_guidance_may_stand_beside_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        "220122",
        row(to="2024-12-31"),
        row(value='"510"', from_="2025-01-01"),
        row(value='"480"', kind='"guidance"'),
        row(value='"400"', area='"rural"'),
    )
    assert len(load_standards(tmp_path).values) == 4


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ('place = "999999"', "is no known place"),
        ('place = "220381"', "is no known place"),
        ("place = 220122", "is no known place"),
        ("", "is no known place"),
        ('place = "220182"', "is not the file's name"),
        ('place = "220122"\nplaec = "x"', "plaec: unknown key"),
        ('place = "220122"\nvalue = "500"', "no readable TOML"),
        ('place = "220122"\nplace = "220122"', "no readable TOML"),
    ],
)
def test_a_mistake_in_the_head_of_a_file_is_named(tmp_path: Path, head: str, said: str) -> None:
    write(tmp_path, "220122", row(), head=head)
    with pytest.raises(DataError) as stopped:
        load_standards(tmp_path)
    assert "220122.toml" in str(stopped.value)
    assert said in str(stopped.value)


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "220122", row(document=None), row(area='"rural"', value='"x"'))
    write(tmp_path, "220182", row(kind='"rumour"'))
    with pytest.raises(DataError) as stopped:
        load_standards(tmp_path)
    assert len(str(stopped.value).splitlines()) == 3


def test_values_that_are_no_tables_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "220122", 'value = ["500"]')
    with pytest.raises(DataError, match="head each value"):
        load_standards(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no value found"):
        load_standards(tmp_path)
