"""Places: each has a name, a parent and a way to be found; places without a GB/T 2260 code have our ids."""

import pytest

from estimator.places import ancestors, children, counties_of, place, provinces, search


def test_a_county_knows_its_names_and_its_parents() -> None:
    found = place("220104")
    assert found is not None
    assert (found.name, found.full_name, found.level) == ("朝阳区", "吉林省长春市朝阳区", "county")
    assert [above.code for above in ancestors("220104")] == ["220100", "220000", "000000"]


@pytest.mark.parametrize(
    ("code", "name", "parent"),
    [
        ("220000", "吉林省", "000000"),
        ("222400", "延边朝鲜族自治州", "220000"),
        ("220184", "公主岭市", "220100"),
        ("220581", "梅河口市", "220500"),
        ("110105", "朝阳区", "110000"),
        ("429004", "仙桃市", "420000"),
        ("710000", "台湾省", "000000"),
        ("810000", "香港特别行政区", "000000"),
    ],
)
def test_codes_of_every_level_lead_to_their_place(code: str, name: str, parent: str) -> None:
    found = place(code)
    assert found is not None
    assert (found.name, found.parent) == (name, parent)


@pytest.mark.parametrize(("old", "now"), [("220381", "220184"), ("430521", "430582"), ("431121", "431181")])
def test_a_retired_code_leads_to_the_place_of_today(old: str, now: str) -> None:
    found = place(old)
    assert found is not None
    assert found.code == now


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("长白山", "229901"),
        ("长白山管委会", "229901"),
        ("长春新区", "229902"),
        ("中韩示范区", "229903"),
        ("延吉", "222401"),
        ("吉林延吉", "222401"),
        ("吉林省 延边朝鲜族自治州 延吉市", "222401"),
        ("长春市南关区", "220102"),
        ("长春朝阳区", "220104"),
        ("北京朝阳", "110105"),
        ("公主岭", "220184"),
        ("220381", "220184"),
        ("阳江", "441700"),
    ],
)
def test_people_find_their_place_by_what_they_call_it(text: str, code: str) -> None:
    assert search(text)[0].code == code


@pytest.mark.parametrize("text", ["", "  ", "火星", "（）", "9" * 500])
def test_what_names_no_place_finds_nothing_and_does_not_fail(text: str) -> None:
    assert search(text) == ()


@pytest.mark.parametrize("code", ["", "999999", "2201", "22010a", None, 220104, ["220104"]])
def test_what_is_no_code_is_no_place(code: object) -> None:
    assert place(code) is None


def test_our_own_places_count_among_the_counties_of_their_parents() -> None:
    assert {"229901", "222401", "220184"} <= {county.code for county in counties_of("220000")}
    assert {"229902", "229903", "220102"} <= {county.code for county in counties_of("220100")}


def test_our_own_ids_take_no_prefecture_of_gb2260() -> None:
    own = [county for county in counties_of("000000") if county.code[2:4] == "99"]
    assert {county.code for county in own} == {"229901", "229902", "229903", "439901", "439902", "439903"}


def test_a_city_without_counties_is_its_own_only_choice() -> None:
    assert [county.code for county in counties_of("441900")] == ["441900"]


def test_the_country_has_34_provinces_and_every_county_hangs_below_one() -> None:
    codes = {province.code for province in provinces()}
    assert len(codes) == 34
    assert all(
        {above.code for above in ancestors(county.code)} & codes | {county.code} & codes
        for county in counties_of("000000")
    )


def test_a_prefecture_lists_its_counties_by_code() -> None:
    assert [below.name for below in children("222400")] == [
        "延吉市",
        "图们市",
        "敦化市",
        "珲春市",
        "龙井市",
        "和龙市",
        "汪清县",
        "安图县",
    ]


def test_districts_are_told_from_counties_and_county_level_cities() -> None:
    kinds = {
        code: found.is_district
        for code in ("220104", "220122", "220182", "229901", "229902")
        if (found := place(code))
    }
    assert kinds == {"220104": True, "220122": False, "220182": False, "229901": False, "229902": True}
