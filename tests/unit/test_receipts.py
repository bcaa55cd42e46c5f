"""A receipt alone makes its estimate again, and whatever differs is said."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from estimator import FactError, load_rulebook, receipt, replay
from estimator.difference import copy_tables
from estimator.samples import load_samples

DAY = date(2024, 5, 1)
SAMPLES = load_samples()


def made(**more: object) -> dict[str, Any]:
    """A receipt as it comes back from a file."""
    return dict(json.loads(json.dumps(receipt({**SAMPLES[2].facts, **more}, as_of=DAY), ensure_ascii=False)))


@pytest.mark.parametrize("sample", SAMPLES[::7], ids=lambda sample: str(sample.id))
def test_a_receipt_is_made_again_from_itself_alone(sample: Any) -> None:
    kept = json.loads(json.dumps(receipt(sample.facts, as_of=DAY)))
    again = replay(kept)
    assert again.same_rulebook
    assert again.equal
    assert again.changes == ()


def test_a_receipt_keeps_the_day_and_the_place_that_counted() -> None:
    facts = {key: value for key, value in SAMPLES[0].facts.items() if key != "region"}
    kept = receipt(facts, as_of=DAY, region="222401")
    assert (kept["facts"]["as_of"], kept["facts"]["region"]) == ("2024-05-01", "222401")
    assert replay(kept).equal


def test_a_receipt_holds_no_names_and_no_remarks() -> None:
    facts: dict[str, Any] = {
        **SAMPLES[0].facts,
        "name": "王某某",
        "household": {**SAMPLES[0].facts["household"], "phone": "13800000000"},
        "members": [{**SAMPLES[0].facts["members"][0], "remark": "王某某"}],
    }
    text = json.dumps(receipt(facts, as_of=DAY), ensure_ascii=False)
    assert "王某某" not in text
    assert "13800000000" not in text
    assert replay(json.loads(text)).equal


def test_money_stays_exact_on_the_way_through_json() -> None:
    kept = made(
        members=[{"id": "a", "age": 40, "co_living": True, "income_monthly": {"wage": Decimal("729.99")}}]
    )
    assert kept["facts"]["members"][0]["income_monthly"]["wage"] == "729.99"
    assert replay(kept).equal


def test_members_without_an_id_keep_the_one_they_were_given() -> None:
    kept = made(members=[{"age": 40}, {"age": 8}])
    assert [member["id"] for member in kept["facts"]["members"]] == ["m1", "m2"]
    assert replay(kept).equal


def test_an_altered_result_is_noticed_and_named() -> None:
    kept = made()
    line = next(one for one in kept["estimate"]["programmes"] if one["id"] == "dibao")
    line["outcome"] = "unlikely" if line["outcome"] != "unlikely" else "likely"
    again = replay(kept)
    assert not again.equal
    assert [change.programme for change in again.changes] == ["dibao"]


def test_an_altered_reason_is_noticed() -> None:
    kept = made()
    kept["estimate"]["programmes"][0]["reasons"][0]["text"] = "因为。"
    again = replay(kept)
    assert not again.equal
    assert again.changes == ()


def test_another_rulebook_is_noticed_even_where_nothing_changes(tmp_path: Path) -> None:
    base = copy_tables(tmp_path)
    table = base / "rules" / "binzang.toml"
    table.write_text(table.read_text(encoding="utf-8") + "\n# one more remark\n", encoding="utf-8")
    again = replay(made(), load_rulebook(base))
    assert not again.same_rulebook
    assert again.equal


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"receipt": "something else"},
        {"receipt": "doudi-estimate-1", "facts": {}},
        {"receipt": "doudi-estimate-1", "facts": {}, "rulebook": {}, "estimate": {}},
        {
            "receipt": "doudi-estimate-1",
            "facts": {"as_of": "x"},
            "rulebook": {},
            "estimate": {"programmes": []},
        },
    ],
)
def test_what_is_no_receipt_is_refused_with_a_reason(broken: dict[str, Any]) -> None:
    with pytest.raises(FactError) as caught:
        replay(broken)
    assert str(caught.value)


@pytest.mark.parametrize("programmes", [None, 5, [1], [{}], [{"id": [], "subject": {}}]])
def test_a_receipt_with_a_maimed_estimate_is_refused_with_a_reason(programmes: object) -> None:
    kept = made()
    kept["estimate"]["programmes"] = programmes
    with pytest.raises(FactError, match="no estimate as it was made"):
        replay(kept)


def test_a_receipt_of_unreadable_facts_is_not_made() -> None:
    with pytest.raises(FactError):
        receipt({"members": "nobody"}, as_of=DAY)
