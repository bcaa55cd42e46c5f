"""Norms that disagree, norms nobody could verify, lines that may have been raised: said, never merged."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from estimator import citation_label, default_norms, estimate
from tests.support.households import changed, family, lines

DAY = date(2026, 11, 22)


def line(programme: str, facts: dict[str, Any], subject: str = "household") -> dict[str, Any]:
    return lines(estimate(facts, as_of=DAY))[programme, subject]


def jilin(**changes: Any) -> dict[str, Any]:
    return changed(family(2, region="220104", area="urban", day="2024-06-01"), changes)


def test_between_one_and_a_half_and_two_lines_both_documents_are_named() -> None:
    found = line("dishouru", jilin(**{"m1.income_monthly.wage": "2500"}))
    assert (found["outcome"], found["status"]) == ("undetermined", "norms_conflict")
    assert "吉办发〔2020〕46号" in found["reasons"][0]["text"]
    assert "最低生活保障审核确认办法" in found["reasons"][0]["text"]
    assert {"jl-2020-46#2.1.1", "mca-2021-57#8"} <= set(found["citations"])
    assert found["missing"] == []


def test_below_one_and_a_half_lines_the_documents_agree() -> None:
    found = line("dishouru", jilin(**{"m1.income_monthly.wage": "2000"}))
    assert (found["outcome"], found["status"]) == ("likely", "firm")


@pytest.mark.parametrize(
    ("months", "outcome"), [(5, "likely"), (6, "undetermined"), (17, "undetermined"), (18, "unlikely")]
)
def test_the_phase_out_is_firm_where_six_and_eighteen_months_agree(months: int, outcome: str) -> None:
    on_dibao = {"household.currently_on_dibao": True, "household.months_in_phase_out": months}
    found = line("dibao_jiantui", jilin(**{"m1.income_monthly.wage": "2000"}, **on_dibao))
    assert found["outcome"] == outcome
    assert found["details"] == {"months": 18, "remaining": 18 - months, "schedule": "yearly"}


def test_a_family_exactly_on_the_line_is_told_so() -> None:
    found = line("dibao", jilin(**{"m1.income_monthly.wage": "1460"}))
    assert found["outcome"] == "unlikely"
    assert "正好等于标准 730 元" in found["to_change"]["text"]


def test_what_only_an_unverified_norm_says_is_marked() -> None:
    poor = dict.fromkeys(
        (
            "household.registered_poor",
            "household.no_industry_or_job_way_out",
            "household.no_other_economic_source",
        ),
        True,
    )
    facts = changed(family(2, region="430722", area="rural", day="2023-06-01"), poor)
    assert (line("doudi", facts)["outcome"], line("doudi", facts)["status"]) == ("likely", "norm_unverified")
    assert (line("dibao", facts)["outcome"], line("dibao", facts)["status"]) == ("likely", "firm")


def test_an_old_line_never_makes_a_no() -> None:
    facts = jilin(
        **{
            "standards.dibao_standard": "?",
            "standards.urban_dibao_standard": "?",
            "m1.income_monthly.wage": "1600",
        }
    )
    facts["as_of"] = "2026-11-22"
    found = line("dibao", facts)
    assert found["outcome"] == "undetermined"
    assert "standards.dibao_standard" in found["missing"]
    assert "标准可能已上调，请看最新公告" in found["reasons"][0]["text"]


def test_an_old_line_makes_an_amount_of_at_least() -> None:
    facts = jilin(
        **{
            "standards.dibao_standard": "?",
            "standards.urban_dibao_standard": "?",
            "m1.income_monthly.wage": "1200",
        }
    )
    facts["as_of"] = "2026-11-22"
    amount = line("dibao", facts)["amount"]
    assert (amount["low"], amount["high"], amount["at_least"]) == ("340.00", None, True)


def test_the_smallest_change_is_information_about_one_thing_only() -> None:
    found = line("dibao", jilin(**{"household.other_property_ok": False}))
    assert found["to_change"]["fact"] == "household.other_property_ok"
    assert (found["to_change"]["from"], found["to_change"]["to"]) == ("false", "true")
    two = line("dibao", jilin(**{"household.other_property_ok": False, "household.hukou_local": False}))
    assert two["to_change"] is None


def test_where_no_document_speaks_the_answer_is_no_rule_and_not_no() -> None:
    found = line("dishouru", family(1, region="510104", area="urban", day="2019-06-01"))
    assert found["outcome"] == "no_rule"
    assert found["reasons"][0]["text"] == "本站的文件没有规定。请问当地民政部门。"


def test_an_unknown_area_is_settled_where_town_and_country_agree() -> None:
    facts = jilin()
    facts["area"] = None
    assert line("dibao", facts)["outcome"] == "likely"
    facts["standards"] = {"urban_dibao_standard": "730", "rural_dibao_standard": "400"}
    facts["members"][0]["income_monthly"]["wage"] = "1000"
    found = line("dibao", facts)
    assert (found["outcome"], found["missing"]) == ("undetermined", ["area"])


def test_a_person_of_whom_it_is_open_whether_he_lives_there_makes_a_range() -> None:
    found = line("dibao", jilin(**{"m2.co_living": "?"}))
    assert found["outcome"] == "likely"
    assert (found["amount"]["low"], found["amount"]["high"]) == ("730.00", "1460.00")


def test_one_rounding_at_the_end_up_to_the_fen() -> None:
    facts = changed(
        family(3, region="220104", area="urban", day="2024-06-01"), {"m1.income_monthly.wage": "0.004"}
    )
    assert line("dibao", facts)["amount"]["low"] == "2190.00"


def test_citations_are_said_as_the_documents_number_them() -> None:
    assert citation_label("jl-2020-46#2.1.2") == "吉办发〔2020〕46号 二（一）2"
    assert citation_label("law-2026#18") == "社会救助法 第十八条"
    assert citation_label("yj-2017-8#2.1.4") == "阳府办〔2017〕8号 二（一）四是"
    assert citation_label("hn-2017-33#2.1") == "湘民发〔2017〕33号 二（一）"


@pytest.mark.parametrize(
    ("norm", "day", "programme", "word"),
    [
        ("jl-2017-76", "2020-12-31", "dibao", "in_force"),
        ("jl-2017-76", "2021-01-01", "dibao", "ended"),
        ("jl-2017-76", "2021-01-01", "yiliao", "unverified"),
        ("hn-2017-33", "2021-01-01", "doudi", "unverified"),
        ("yj-2017-8", "2017-03-23", "dibao", "ended"),
        ("jl-2018-draft", "2024-01-01", "dibao", "draft"),
        ("jl-2020-46", "2020-12-31", "dibao", "ended"),
        ("jl-2020-46", "2021-01-01", "dibao", "in_force"),
        ("law-2026", "2026-06-30", None, "ended"),
        ("law-2026", "2026-07-01", None, "in_force"),
    ],
)
def test_a_norm_stands_as_its_periods_say(norm: str, day: str, programme: str | None, word: str) -> None:
    assert default_norms()[norm].status_word(date.fromisoformat(day), programme) == word


def test_a_fact_that_matters_only_under_one_reading_is_still_missing() -> None:
    open_facts = ("household.hukou_local", "household.dangerous_house", "household.registered_poor")
    facts = changed(
        family(2, region="220104", area="rural", day="2026-08-01"), dict.fromkeys(open_facts, "?")
    )
    assert set(line("zhufang", facts)["missing"]) == set(open_facts)


def test_who_lives_there_is_missing_where_it_matters_only_with_other_answers() -> None:
    facts = changed(
        family(2, region="220104", area="urban", day="2024-06-01"),
        {"m1.income_monthly.wage": "1000", "household.currently_on_dibao": "?", "m2.co_living": "?"},
    )
    found = line("canji_shenghuo", changed(facts, {"m2.disability_grade": "?"}), "m2")
    assert set(found["missing"]) == {
        "household.currently_on_dibao",
        "member.co_living",
        "member.disability_grade",
    }


def test_a_reason_of_a_document_in_force_borrows_no_clause_of_one_nobody_could_verify() -> None:
    answer = lines(estimate(family(1, region="222401", area="urban", day="2024-06-01"), as_of=DAY))
    for reason in answer["ertong", "m1"]["reasons"]:
        assert reason["citations"] == ["jl-2020-46#2.3.11"]
