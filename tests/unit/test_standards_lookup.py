"""Which value counts in a place on a day: nearest first, local before guidance, old values as floors."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from estimator.standards import Standard, StandardsTable, load_standards
from tests.support.standard_files import row, write

DAY = date(2024, 6, 1)


def _urban(table: StandardsTable, region: str, day: date = DAY) -> tuple[str, str, bool, bool] | None:
    found = table.lookup("dibao_standard", region, "urban", day)
    return found and (str(found.value), found.level, found.fresh, found.at_least)


def test_before_the_first_known_value_nothing_is_known(tmp_path: Path) -> None:
    write(tmp_path, "220122", row())
    table = load_standards(tmp_path)
    assert _urban(table, "220122", date(2023, 12, 31)) is None
    assert _urban(table, "220122", date(2024, 1, 1)) == ("500", "local", True, False)


def test_an_unknown_place_name_or_area_is_not_known_and_does_not_fail(tmp_path: Path) -> None:
    write(tmp_path, "220122", row())
    table = load_standards(tmp_path)
    assert table.lookup("dibao_standard", "999999", "urban", DAY) is None
    assert table.lookup("dibao_standard", "220122", None, DAY) is None
    assert table.lookup("dibao_standard", "220122", "rural", DAY) is None
    assert table.lookup("wealth", "220122", "urban", DAY) is None
    assert table.lookup("dibao_standard_previous_year", "220122", "urban", date(1, 1, 1)) is None


def test_a_value_is_fresh_to_its_review_date_and_a_floor_after_it(tmp_path: Path) -> None:
    write(tmp_path, "220122", row())
    table = load_standards(tmp_path)
    assert _urban(table, "220122", date(2025, 1, 1)) == ("500", "local", True, False)
    assert _urban(table, "220122", date(2025, 1, 2)) == ("500", "local", False, True)


def test_a_document_may_name_its_own_review_date(tmp_path: Path) -> None:
    write(tmp_path, "220122", row(review_by="2024-05-31"))
    assert _urban(load_standards(tmp_path), "220122") == ("500", "local", False, True)


def test_a_value_known_to_have_held_longer_stays_fresh_to_its_last_day(tmp_path: Path) -> None:
    write(tmp_path, "220122", row(to="2026-03-31"))
    table = load_standards(tmp_path)
    assert _urban(table, "220122", date(2026, 3, 31)) == ("500", "local", True, False)
    assert _urban(table, "220122", date(2026, 4, 1)) == ("500", "local", False, True)


def test_guidance_stands_in_for_a_local_value_and_is_always_a_floor(tmp_path: Path) -> None:
    write(tmp_path, "220122", row(kind='"guidance"'))
    assert _urban(load_standards(tmp_path), "220122") == ("500", "guidance", True, True)


@pytest.mark.parametrize(
    ("local", "guidance", "counts"),
    [
        ('"600"', '"560"', ("600", "local", False, True)),
        ('"560"', '"560"', ("560", "local", False, True)),
        ('"500"', '"560"', ("560", "guidance", True, True)),
    ],
)
def test_an_old_local_value_counts_unless_guidance_is_higher(
    tmp_path: Path, local: str, guidance: str, counts: tuple[str, str, bool, bool]
) -> None:
    write(tmp_path, "220122", row(value=local, from_="2018-01-01"), row(value=guidance, kind='"guidance"'))
    assert _urban(load_standards(tmp_path), "220122") == counts


def test_a_fresh_local_value_newer_than_the_guidance_counts_even_if_lower(tmp_path: Path) -> None:
    guidance = row(value='"560"', kind='"guidance"', from_="2023-01-01")
    write(tmp_path, "220122", row(from_="2024-03-01"), guidance)
    assert _urban(load_standards(tmp_path), "220122") == ("500", "local", True, False)


def test_higher_guidance_that_is_newer_overtakes_a_local_value_within_its_year(tmp_path: Path) -> None:
    write(tmp_path, "220122", row(from_="2023-09-01"), row(value='"560"', kind='"guidance"'))
    assert _urban(load_standards(tmp_path), "220122") == ("560", "guidance", True, True)


def test_a_local_value_known_to_hold_that_day_is_not_overtaken_by_guidance(tmp_path: Path) -> None:
    write(tmp_path, "220122", row(from_="2023-09-01", to="2024-06-30"), row(value='"560"', kind='"guidance"'))
    assert _urban(load_standards(tmp_path), "220122") == ("500", "local", True, False)


def test_the_value_of_a_citys_districts_reaches_its_districts_and_no_county(tmp_path: Path) -> None:
    write(tmp_path, "220100", row(value='"620"', covers='"districts"'))
    table = load_standards(tmp_path)
    inside = ("620", "local", True, False)
    assert {
        code: _urban(table, code) for code in ("220100", "220102", "229902", "220122", "220182", "222401")
    } == {
        "220100": inside,
        "220102": inside,
        "229902": inside,
        "220122": None,
        "220182": None,
        "222401": None,
    }


@pytest.mark.parametrize("kind", ["local", "guidance"])
def test_a_district_with_a_value_of_its_own_does_not_take_the_citys(tmp_path: Path, kind: str) -> None:
    write(tmp_path, "220100", row(value='"620"', covers='"districts"', kind=f'"{kind}"'))
    write(tmp_path, "220112", row(value='"430"', kind=f'"{kind}"'))
    found = load_standards(tmp_path).lookup("dibao_standard", "220112", "urban", DAY)
    assert found is not None
    assert (found.value, found.place_code) == (Decimal(430), "220112")


def test_a_minimum_for_the_whole_province_lifts_a_lower_one_of_the_place(tmp_path: Path) -> None:
    write(tmp_path, "220000", row(value='"410"', covers='"all"', kind='"guidance"'))
    write(tmp_path, "220122", row(value='"405"', from_="2021-01-01", kind='"guidance"'))
    write(tmp_path, "220182", row(value='"415"', from_="2021-01-01", kind='"guidance"'))
    table = load_standards(tmp_path)
    assert _urban(table, "220122") == ("410", "guidance", True, True)
    assert _urban(table, "220182") == ("415", "guidance", False, True)


def test_a_value_for_the_other_counties_reaches_counties_and_no_district(tmp_path: Path) -> None:
    wage = {"name": '"min_wage"', "area": None, "unit": '"CNY/month"'}
    write(tmp_path, "220000", row(value='"1780"', covers='"other_counties"', **wage))
    write(tmp_path, "222401", row(value='"1920"', **wage))
    table = load_standards(tmp_path)
    wages = {
        code: found and found.value
        for code in ("220122", "222401", "220102")
        for found in [table.lookup("min_wage", code, None, DAY)]
    }
    assert wages == {"220122": Decimal(1780), "222401": Decimal(1920), "220102": None}


def test_the_line_of_last_year_is_the_one_in_force_on_its_last_day(tmp_path: Path) -> None:
    write(tmp_path, "220122", row(value='"450"', from_="2023-07-01"), row(value='"500"', from_="2024-01-01"))
    table = load_standards(tmp_path)
    assert _value(table.lookup("dibao_standard_previous_year", "220122", "urban", DAY)) == "450"
    assert _value(table.lookup("dibao_standard_previous_year", "220122", "urban", date(2025, 6, 1))) == "500"
    assert table.lookup("dibao_standard_previous_year", "220122", "urban", date(2023, 8, 1)) is None


def test_the_urban_line_is_found_for_a_rural_household_too(tmp_path: Path) -> None:
    write(tmp_path, "220122", row(value='"560"'), row(value='"440"', area='"rural"'))
    table = load_standards(tmp_path)
    assert _value(table.lookup("urban_dibao_standard", "220122", "rural", DAY)) == "560"
    assert _value(table.lookup("rural_dibao_standard", "220122", None, DAY)) == "440"
    assert _value(table.lookup("dibao_standard", "220122", "rural", DAY)) == "440"


def test_a_low_confidence_value_is_loaded_and_not_used(tmp_path: Path) -> None:
    write(tmp_path, "220122", row(value='"450"', from_="2023-07-01"), row(confidence='"low"'))
    table = load_standards(tmp_path)
    assert _urban(table, "220122") == ("450", "local", True, False)
    assert [str(value.value) for value in table.unconfirmed()] == ["500"]


def test_a_value_without_a_document_says_so(tmp_path: Path) -> None:
    write(tmp_path, "220122", row(document='"媒体报道，未核实"'))
    found = load_standards(tmp_path).lookup("dibao_standard", "220122", "urban", DAY)
    assert found is not None
    assert (found.document, found.verified) == ("媒体报道，未核实", False)


def test_a_typed_value_is_exact_and_has_no_document_behind_it(tmp_path: Path) -> None:
    write(tmp_path, "220122", row())
    table = load_standards(tmp_path)
    assert table.typed("dibao_standard", Decimal("730")).to_json() == {
        "name": "dibao_standard",
        "value": "730",
        "unit": "CNY/person/month",
        "effective_from": None,
        "document": "本人填写",
        "level": "typed",
        "fresh": True,
    }
    assert not table.typed("dibao_standard", Decimal("730")).at_least
    assert table.typed("disposable_income_last_year", Decimal("2800")).unit == "CNY/person/month"


def test_the_history_of_a_place_is_told_oldest_first(tmp_path: Path) -> None:
    write(tmp_path, "220122", row(), row(value='"450"', from_="2023-07-01"))
    write(tmp_path, "220000", row(value='"410"', from_="2022-01-01", covers='"all"', kind='"guidance"'))
    told = load_standards(tmp_path).history("dibao_standard", "220122", "urban")
    assert [(str(value.value), value.kind) for value in told] == [
        ("410", "guidance"),
        ("450", "local"),
        ("500", "local"),
    ]


def test_values_past_their_review_date_are_an_officers_work_list(tmp_path: Path) -> None:
    write(tmp_path, "220122", row(from_="2020-01-01"), row())
    write(tmp_path, "220182", row(from_="2022-01-01"))
    table = load_standards(tmp_path)
    assert [(late.value.place_code, late.days) for late in table.overdue(DAY)] == [("220182", 517)]
    assert [late.value.place_code for late in table.overdue(date(2025, 6, 1))] == ["220182", "220122"]


def _value(found: Standard | None) -> str | None:
    return found and str(found.value)
