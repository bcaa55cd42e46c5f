"""One estimate, three renderings: the citizen's, the operator's script, the auditor's lines say the same."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from estimator import __main__ as command
from estimator import receipt
from estimator.renderings import RENDERINGS, audit, citizen, script
from estimator.samples import load_samples
from tests.support.households import changed, family

DAY = date(2024, 6, 1)
FAMILY = family(3, region="220104", area="urban", day="2024-06-01")


def made(**changes: Any) -> dict[str, Any]:
    return receipt(changed(FAMILY, changes), as_of=DAY)


def test_the_citizen_reads_outcome_amount_signs_numbers_clause_and_its_standing() -> None:
    text = citizen(made())
    assert text.startswith("吉林省长春市朝阳区，2024-06-01\n")
    assert "最低生活保障（低保）：很可能符合\n  每月 2,190.00 元：（标准 730 元 × 3 人）" in text
    assert "  ✓ 人均月收入 0 元，低于当地标准 730 元。\n    吉办发〔2020〕46号 二（一）2，现行有效" in text
    assert "  ✗ 人均月收入 0 元，没有高于低保标准 730 元。" in text
    assert text.endswith("由民政等部门审核确认。")


def test_the_operator_reads_the_likely_first_and_asks_the_next_question_last() -> None:
    text = script(made(**{"household.basic_life_in_difficulty": "?", "household.sudden_event": "?"}))
    first, open_ones, no = (
        text.index(words) for words in ("低保）很可能符合", "这几项还说不准", "按您说的情况，可能不符合")
    )
    assert first < open_ones < no < text.index("【接着问】") < text.index("【最后说】")
    assert "依据是吉办发〔2020〕46号 二（一）2" in text
    assert "J20-" not in text


def test_documents_that_differ_are_read_out_as_such() -> None:
    facts = family(2, region="220122", area="rural", day="2024-06-01")
    told = {
        "household.currently_on_dibao": True,
        "household.lifted_after_poverty_policy": True,
        "household.months_in_phase_out": 7,
        "m1.income_monthly.wage": "1700",
        "standards.phase_out_months": "?",
    }
    told |= {"standards.rural_dibao_standard": "730"}
    found = receipt(changed(facts, told), as_of=DAY)
    conflicts = [one for one in found["estimate"]["programmes"] if one["status"] == "norms_conflict"]
    assert conflicts
    assert "几份文件说法不同。" in script(found)
    assert "几份文件说法不同。" in citizen(found)


def test_persons_of_whom_the_same_is_said_stand_together() -> None:
    text = script(made(**{"m1.disability_grade": 1, "m1.disability_category": "physical"}))
    assert "重度残疾人护理补贴（第 1 人）很可能符合" in text
    assert "重度残疾人护理补贴（第 2、3 人），按您说的情况，可能不符合" in text


def test_the_auditor_sees_digest_facts_values_and_every_rule_with_both_sides() -> None:
    found = made(**{"m1.income_monthly.wage": 199.5})
    text = audit(found)
    assert f"sha256 {found['rulebook']['sha256']}" in text
    assert "  members.m1.income_monthly.wage = 199.5" in text
    assert "  household.hukou_local = true" in text
    assert "    J20-05 true [66.5 < 730] jl-2020-46#2.1.2 (吉办发〔2020〕46号 二（一）2)" in text
    assert "    amount: 1990.50..1990.50 CNY/month" in text
    rules = {
        reason["rule"]
        for line in found["estimate"]["programmes"]
        if "members" not in line
        for reason in line["reasons"]
    }
    assert all(f"    {rule} " in text for rule in rules)


@pytest.mark.parametrize("rendering", RENDERINGS)
@pytest.mark.parametrize("sample", load_samples()[::9], ids=lambda sample: str(sample.id))
def test_every_sample_household_can_be_said_in_every_rendering(sample: Any, rendering: str) -> None:
    text = RENDERINGS[rendering](receipt(sample.facts, as_of=DAY))
    assert "None" not in text
    assert "{" not in text


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_nothing_told_can_be_said_and_a_kept_receipt_says_the_same(rendering: str) -> None:
    found = receipt({}, as_of=DAY)
    assert "None" not in RENDERINGS[rendering](found)
    assert RENDERINGS[rendering](json.loads(json.dumps(found))) == RENDERINGS[rendering](found)


def test_the_command_prints_a_rendering_and_takes_it_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(FAMILY), encoding="utf-8")
    assert command.main(["estimate", "--as", "script", str(path)]) == 0
    assert "【照着念】" in capsys.readouterr().out
    for wrong in (["--as", "poem"], ["--as", "audit", "--batch"]):
        with pytest.raises(SystemExit) as left:
            command.main(["estimate", *wrong, str(path)])
        assert left.value.code == 2
