"""The place a question names is found by official names, longest first; streets and everyday words are no places."""

from __future__ import annotations

import pytest

from faq.gazetteer import find_place, name_of, resolve

PLACES = [
    ("吉林低保标准", "220000"),
    ("吉林市低保标准", "220200"),
    ("长春市朝阳区怎么申请", "220104"),
    ("延边朝鲜族自治州", "222400"),
    ("延边的低保", "222400"),
    ("前郭县特困", "220721"),
    ("乾安县低保", "220723"),
    ("长白山管委会", "229901"),
    ("公主岭的老人", "220184"),
    ("怀化低保渐退", "431200"),
    ("陽", None),
    ("阳春市低保名单", "441781"),
    ("广西北海合浦", "450521"),
    ("山东临沂农村", "371300"),
    ("成都特困供养", "510100"),
    ("阳江的呢", "441700"),
    # the place of the asker's papers gives way to the place where aid is sought
    ("我老家河南的，在长春打工", "220100"),
    ("四川人在延吉出了车祸", "222401"),
    # no places
    ("北京路修路", None),
    ("平安是福", None),
    ("洞口塌了", None),
    ("A市C县", None),
    ("南京路小学", None),
]


@pytest.mark.parametrize(("text", "code"), PLACES, ids=[text for text, _ in PLACES])
def test_a_named_place_is_found_by_its_code(text: str, code: str | None) -> None:
    found = find_place(text)
    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("220100", "220100"),
        ("22", "220000"),
        ("220381", "220184"),
        ("吉林", "220000"),
        ("广东阳江", "441700"),
        ("四川成都", "510100"),
        ("nowhere", None),
        ("", None),
        (None, None),
    ],
)
def test_a_region_may_be_given_as_code_or_as_name(given: str | None, code: str | None) -> None:
    assert resolve(given) == code


def test_a_code_is_shown_with_its_province() -> None:
    assert name_of("220104") == "吉林省朝阳区"
    assert name_of("229901") == "长白山保护开发区"
    assert name_of("999999") == ""
