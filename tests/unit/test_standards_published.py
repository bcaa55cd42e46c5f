"""The published figures of Jilin, Hunan and Guangdong: found on their days; official vectors reproduce."""

from datetime import date
from decimal import ROUND_CEILING, Decimal

import pytest

from estimator.places import counties_of, place
from estimator.standards import PublishedValue, load_standards

TABLE = load_standards()
TODAY = date(2026, 11, 22)


def _where_it_counts(row: PublishedValue) -> str:
    """A place in which the row is the nearest one: its own, or for “其他县(市)” a county without any."""
    return "220122" if row.covers == "other_counties" else row.place_code


JILIN = [row for row in TABLE.values if row.place_code.startswith("22") and row.usable]


@pytest.mark.parametrize(
    "row", JILIN, ids=lambda row: f"{row.place_code}-{row.name}-{row.effective_from}-{row.kind}"
)
def test_every_figure_of_jilin_is_found_on_its_first_day(row: PublishedValue) -> None:
    day = row.effective_to if row.precision == "last_day" and row.effective_to else row.effective_from
    for area in row.areas:
        found = TABLE.lookup(row.name, _where_it_counts(row), area, day)
        assert found is not None
        if row.kind == "local" or found.level == "guidance":
            assert (found.value, found.document, found.level) == (row.value, row.document, row.kind)
        else:
            assert (
                found.place_code == row.place_code
            )  # a local value of that very place stands before guidance


def test_jilin_has_figures_to_be_found() -> None:
    assert len(JILIN) > 350


@pytest.mark.parametrize(
    ("region", "area", "day", "value", "level", "fresh", "at_least"),
    [
        ("220102", "urban", date(2018, 7, 1), "620", "local", True, False),
        ("220102", "rural", date(2018, 7, 1), "4920", "local", True, False),
        ("220104", "urban", TODAY, "770", "guidance", False, True),
        ("220112", "urban", TODAY, "660", "guidance", False, True),
        ("220102", "rural", TODAY, "500", "guidance", False, True),
        ("220204", "urban", date(2022, 8, 1), "600", "local", True, False),
        ("220681", "urban", date(2024, 1, 5), "550", "local", True, False),
        ("220681", "urban", date(2024, 2, 1), "560", "local", True, False),
        ("222401", "urban", date(2025, 8, 1), "760", "local", True, False),
        ("222401", "urban", TODAY, "760", "local", False, True),
        ("222401", "rural", date(2025, 8, 1), "415", "guidance", False, True),
        ("222424", "urban", TODAY, "600", "local", False, True),
        ("220503", "urban", date(2025, 8, 1), "760", "local", True, False),
        ("220503", "rural", date(2025, 8, 1), "440", "local", True, False),
        ("220184", "urban", TODAY, "660", "guidance", False, True),
        ("220381", "urban", TODAY, "660", "guidance", False, True),
        ("229901", "rural", date(2024, 6, 1), "470", "guidance", True, True),
        ("229902", "urban", date(2024, 6, 1), "770", "guidance", True, True),
        ("222402", "rural", date(2024, 6, 1), "410", "guidance", True, True),
        ("441700", "urban", date(2022, 6, 1), "841", "local", True, False),
        ("441702", "rural", date(2022, 6, 1), "616", "local", True, False),
        ("441781", "rural", date(2023, 6, 1), "600", "guidance", True, True),
        ("441702", "urban", TODAY, "860", "guidance", False, True),
        ("445102", "rural", TODAY, "645", "guidance", False, True),
        ("440606", "urban", TODAY, "1073", "guidance", False, True),
        ("430722", "urban", date(2021, 6, 1), "570", "local", True, False),
        ("430121", "urban", date(2018, 6, 1), "550", "local", True, False),
        ("430182", "rural", date(2017, 6, 1), "500", "local", True, False),
        ("431102", "rural", date(2023, 6, 1), "5000", "local", True, False),
        ("433101", "urban", date(2021, 6, 1), "550", "guidance", True, True),
    ],
)
def test_the_dibao_line_of_a_place_on_a_day(
    region: str, area: str, day: date, value: str, level: str, fresh: bool, at_least: bool
) -> None:
    found = TABLE.lookup("dibao_standard", region, area, day)
    assert found is not None
    assert (found.value, found.level, found.fresh, found.at_least) == (Decimal(value), level, fresh, at_least)


def test_the_line_of_changchun_names_the_document_it_comes_from() -> None:
    found = TABLE.lookup("dibao_standard", "220104", "urban", TODAY)
    assert found is not None
    assert found.to_json() == {
        "name": "dibao_standard",
        "value": "770",
        "unit": "CNY/person/month",
        "effective_from": "2024-01-01",
        "document": "吉民发〔2023〕67号",
        "level": "guidance",
        "fresh": False,
    }


@pytest.mark.parametrize(
    ("region", "day", "area", "multiple"),
    [
        ("220681", date(2024, 2, 1), "urban", "1.3"),
        ("220681", date(2024, 2, 1), "rural", "1.3"),
        ("222401", date(2025, 8, 1), "urban", "1.6"),
        ("220503", date(2025, 8, 1), "urban", "1.6"),
        ("222405", date(2020, 2, 1), "rural", "1.3"),
    ],
)
def test_the_tekun_standard_is_a_multiple_of_the_line_of_the_year_before(
    region: str, day: date, area: str, multiple: str
) -> None:
    published = TABLE.lookup("tekun_basic_dispersed", region, area, day)
    line = TABLE.lookup("dibao_standard_previous_year", region, area, day)
    assert published is not None
    assert line is not None
    years = 12 if published.unit.endswith("/year") else 1
    months = 12 if line.unit.endswith("/year") else 1
    computed = line.value / months * years * Decimal(multiple)
    assert computed.quantize(Decimal(1), ROUND_CEILING) == published.value


@pytest.mark.parametrize(
    ("region", "day", "multiple"),
    [
        ("430102", date(2019, 11, 1), "1.3"),
        ("430102", date(2021, 6, 1), "1.3"),
        ("440103", date(2023, 6, 1), "1.6"),
        ("440103", date(2024, 6, 1), "1.6"),
        ("440402", date(2023, 6, 1), "1.6"),
        ("440507", date(2025, 6, 1), "1.6"),
        ("430722", date(2021, 6, 1), "1.3"),
    ],
)
@pytest.mark.parametrize("area", ["urban", "rural"])
def test_hunan_and_guangdong_multiply_the_line_of_the_same_year(
    region: str, day: date, multiple: str, area: str
) -> None:
    published = TABLE.lookup("tekun_basic_dispersed", region, area, day)
    line = TABLE.lookup("dibao_standard", region, area, day)
    assert published is not None
    assert line is not None
    months = 12 if published.unit.endswith("/year") else 1
    assert (line.value * months * Decimal(multiple)).quantize(Decimal(1), ROUND_CEILING) == published.value


@pytest.mark.parametrize(
    ("region", "day", "wage_of", "ratios"),
    [
        ("220204", date(2022, 8, 1), 2021, ("0.10", "0.25", "0.40")),
        ("220681", date(2024, 2, 1), 2023, ("0.10", "0.20", "0.30")),
        ("222401", date(2025, 6, 30), 2023, ("0.10", "0.20", "0.30")),  # not raised before the middle of 2025
        ("222401", date(2025, 8, 1), 2024, ("0.10", "0.20", "0.30")),
        ("220503", date(2025, 8, 1), 2024, ("0.10", "0.20", "0.30")),
    ],
)
def test_the_care_standards_are_shares_of_an_earlier_minimum_wage(
    region: str, day: date, wage_of: int, ratios: tuple[str, ...]
) -> None:
    names = ("tekun_care_self", "tekun_care_half", "tekun_care_full")
    published = [TABLE.lookup(name, region, None, day) for name in names]
    wage = TABLE.lookup("min_wage_previous_year", region, None, date(wage_of + 1, 6, 1))
    assert wage is not None
    assert [found and found.value for found in published] == [wage.value * Decimal(ratio) for ratio in ratios]


def test_a_line_published_by_the_year_is_exactly_a_twelfth_a_month() -> None:
    found = TABLE.lookup("dibao_standard", "220113", "rural", date(2018, 7, 1))
    assert found is not None
    assert (found.value, found.monthly, found.unit) == (Decimal("3804"), Decimal("317"), "CNY/person/year")
    found = TABLE.lookup("dibao_standard", "220281", "rural", date(2018, 7, 1))
    assert found is not None
    assert found.monthly == Decimal("312.9166666666666666666666667")


def test_the_income_of_last_year_is_that_of_the_calendar_year_before_and_no_other() -> None:
    found = TABLE.lookup("disposable_income_last_year", "220104", "urban", date(2021, 6, 1))
    assert found is not None
    assert (found.value, found.monthly, found.at_least) == (Decimal("34560"), Decimal("2880"), False)
    assert TABLE.lookup("disposable_income_last_year", "220104", "urban", date(2022, 6, 1)) is None
    assert TABLE.lookup("disposable_income_last_year", "222401", "urban", date(2021, 6, 1)) is None


def test_no_poverty_line_applies_after_2020() -> None:
    found = TABLE.lookup("poverty_line", "430722", "rural", date(2020, 6, 1))
    assert found is not None
    assert found.value == 4000
    assert TABLE.lookup("poverty_line", "430722", "rural", date(2021, 6, 1)) is None


def test_low_confidence_values_are_kept_for_an_officer_and_never_used() -> None:
    kept = {(value.place_code, value.name) for value in TABLE.unconfirmed()}
    assert ("220200", "resident_premium_dibao") in kept
    assert ("220000", "serious_illness_deductible") in kept
    assert TABLE.lookup("resident_premium_dibao", "220202", None, date(2025, 6, 1)) is None
    assert TABLE.lookup("serious_illness_deductible", "220202", None, date(2025, 6, 1)) is None


@pytest.mark.parametrize("area", ["urban", "rural"])
def test_every_county_of_the_three_provinces_has_a_line_today(area: str) -> None:
    assert [
        county.name
        for province in ("220000", "430000", "440000")
        for county in counties_of(province)
        if TABLE.lookup("dibao_standard", county.code, area, TODAY) is None
    ] == []


def test_coverage_tells_where_no_value_is_known() -> None:
    day = date(2018, 7, 1)
    known = {county.code: found is not None for county, found in TABLE.coverage("220000", "rural", day)}
    assert known["220322"]
    assert not known["222402"]  # 图们: the rural list of 2018 was cut


@pytest.mark.parametrize("name", ["dibao_standard", "min_wage", "disability_living_allowance", "edge_line"])
@pytest.mark.parametrize("area", ["urban", "rural"])
@pytest.mark.parametrize("region", ["220000", "430000", "440000"])
def test_no_line_known_in_a_county_ever_falls_or_is_lost(name: str, area: str, region: str) -> None:
    days = [date(year, month, 15) for year in range(2014, 2028) for month in (1, 7)]
    for county in counties_of(region):
        last = Decimal(0)
        for day in days:
            found = TABLE.lookup(name, county.code, area, day)
            assert (found.monthly if found else Decimal(0)) >= last, (county.full_name, name, area, day)
            last = found.monthly if found else last


def test_no_address_of_a_mirror_is_in_the_product() -> None:
    assert [
        value for value in TABLE.values if "http" in value.document + value.note or "www" in value.document
    ] == []


def test_every_file_is_called_by_a_code_of_today() -> None:
    for code in {value.place_code for value in TABLE.values}:
        found = place(code)
        assert found is not None
        assert found.code == code
