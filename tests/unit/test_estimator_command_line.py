"""The command line keeps its contract: shapes, order, exit codes, one line a problem and never a traceback."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from estimator import __main__ as command
from tests.support.households import changed, family


@pytest.fixture
def facts_file(tmp_path: Path) -> Path:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(family(3, region="220104", area="urban", day="2024-06-01")), encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = command.main(arguments)
    except SystemExit as left:
        code = int(left.code or 0)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def test_an_estimate_has_the_shape_of_the_contract(
    capsys: pytest.CaptureFixture[str], facts_file: Path
) -> None:
    code, out, _ = run(capsys, "estimate", str(facts_file))
    answer = json.loads(out)
    assert code == 0
    assert {"region", "as_of", "rulebook", "standards", "programmes", "next_question"} <= set(answer)
    assert len(answer["rulebook"]["sha256"]) == 64
    for line in answer["programmes"]:
        assert line["outcome"] in ("likely", "unlikely", "undetermined", "no_rule")
        assert line["status"] in ("firm", "norm_unverified", "norms_conflict")
        assert len(line["reasons"]) <= 60
        for reason in line["reasons"]:
            assert set(reason) == {"rule", "truth", "text", "left", "operator", "right", "citations"}
            assert reason["truth"] in ("true", "false", "unknown")
    dibao = next(line for line in answer["programmes"] if line["id"] == "dibao")
    assert dibao["amount"]["low"] == dibao["amount"]["high"] == "2190.00"
    assert dibao["amount"]["unit"] == "CNY/month"
    assert dibao["amount"]["at_least"] is False


def test_the_day_and_the_place_of_the_command_line_win(
    capsys: pytest.CaptureFixture[str], facts_file: Path
) -> None:
    _, out, _ = run(capsys, "estimate", str(facts_file), "--as-of", "2025-01-02", "--region", "510104")
    answer = json.loads(out)
    assert (answer["as_of"], answer["region"]) == ("2025-01-02", "510104")


def test_a_batch_answers_line_by_line_and_says_which_line_was_bad(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = family(1, region="220104", area="urban", day="2024-06-01")
    bad = changed(good, {"household.hukou_local": "maybe"})
    lines = [json.dumps(good), json.dumps(bad), "{", json.dumps(good)]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))
    code, out, err = run(capsys, "estimate", "--batch", "-")
    answers: list[Any] = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert ["programmes" in answer for answer in answers] == [True, False, False, True]
    assert "line 2: household.hukou_local: 'maybe' is neither true nor false" in err
    assert "line 3: not JSON" in err


ODD = [
    ({"household": {"assets": {"cash": "-5"}}}, "household.assets.cash"),
    ({"household": 5}, "household: is not an object"),
    ({"members": {}}, "members: is not a list"),
    ({"members": [{"age": "very old"}]}, "members.m1.age"),
    ({"members": [{"id": "a"}, {"id": "a"}]}, "stands twice"),
    ({"area": "suburb"}, "area: 'suburb'"),
    ({"as_of": "yesterday"}, "as_of: 'yesterday' is not a day"),
    ({"region": "Jilin"}, "region: 'Jilin' is not a place"),
    ({"household": {"assets": {"cash": "NaN"}}}, "household.assets.cash"),
    ({"household": {"months_in_phase_out": 1.5}}, "is not a whole number"),
    ({"household": {"assets": {"cash": float("inf")}}}, "household.assets.cash"),
    ({"members": [{"birth_date": "2020-02-30"}]}, "members.m1.birth_date"),
    ({"members": [{"id": "household"}]}, "members[1].id: 'household' stands for no person"),
]


@pytest.mark.parametrize(("facts", "message"), ODD, ids=[message for _, message in ODD])
def test_an_answer_that_cannot_be_read_is_named_with_its_cure(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, facts: dict[str, Any], message: str
) -> None:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"region": "220104", **facts}), encoding="utf-8")
    code, out, err = run(capsys, "estimate", str(path))
    assert (code, out) == (1, "")
    assert message in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("null", "is not an object"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 5_000 + "1" + "}" * 5_000, "nested too deeply"),
        ('{"household": {"assets": {"cash": ' + "9" * 5_000 + "}}}", "not JSON"),
    ],
    ids=["nothing", "null", "deep list", "deep object", "endless number"],
)
def test_what_is_no_facts_object_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    code, out, err = run(capsys, "estimate", "-")
    assert (code, out) == (1, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_line_that_is_not_utf_8_spoils_only_itself_and_lines_keep_their_numbers(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "facts.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"region": "220104"}\n\n{"area": "\xff"}\n{"region": "510104"}\n')
    code, out, err = run(capsys, "estimate", "--batch", str(path))
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [answer.get("region") for answer in answers] == ["220104", None, "510104"]
    assert err == "line 3: not JSON: it is not written in UTF-8; save it as UTF-8\n"


def test_half_a_character_in_an_id_or_a_key_comes_back_as_its_escape(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"\\ud800": 1, "members": [{"id": "\\udc00"}]}'))
    code, out, _ = run(capsys, "estimate", "-")
    answer = json.loads(out.encode("utf-8"))
    assert code == 0
    assert answer["ignored"] == ["\\ud800"]
    assert "\\udc00" in {line["subject"] for line in answer["programmes"]}


@pytest.mark.parametrize("code", ["220104001001", "220104001", 220104, "２２０１０４", " 220104 "])
def test_a_place_may_be_a_number_or_a_longer_code_that_begins_with_the_county(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, code: object
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"region": code})))
    _, out, _ = run(capsys, "estimate", "-")
    assert json.loads(out)["region"] == "220104"


def test_numbers_may_be_numbers_or_text_and_unknown_keys_are_only_listed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    facts = changed(
        family(1, region="220104", area="urban", day="2024-06-01"),
        {"m1.income_monthly.wage": 199.5, "m1.shoe_size": 43},
    )
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(facts), encoding="utf-8")
    code, out, _ = run(capsys, "estimate", str(path))
    answer = json.loads(out)
    assert code == 0
    assert answer["ignored"] == ["members.m1.shoe_size"]
    assert next(line for line in answer["programmes"] if line["id"] == "dibao")["amount"]["low"] == "530.50"


def test_an_empty_question_is_answered_with_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("{}"))
    code, out, _ = run(capsys, "estimate", "-")
    answer = json.loads(out)
    assert code == 0
    assert all(line["outcome"] == "undetermined" for line in answer["programmes"])
    assert all("region" in line["missing"] for line in answer["programmes"] if line["missing"] != ["members"])
    assert answer["as_of"] == command.today().isoformat()
    assert date.fromisoformat(answer["as_of"])


def test_wrong_usage_leaves_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "estimat")[0] == 2
    assert run(capsys, "estimate")[0] == 2
    assert run(capsys, "estimate", "-", "--as-of", "soon")[0] == 2


def test_a_file_that_is_not_there_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "estimate", "nowhere.json")
    assert code == 1
    assert err.count("\n") == 1


def test_check_counts_what_it_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check")
    assert code == 0
    assert "rules, 23 programmes" in out


def test_explain_says_the_rule_its_clause_and_its_days(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "explain", "J20-14")
    assert code == 0
    assert "24 * standards.dibao_standard_annual * size" in out
    assert "吉办发〔2020〕46号 二（二）4（jl-2020-46#2.2.4）" in out
    assert "2021-01-01 至 今" in out
    assert run(capsys, "explain", "J20-99")[0] == 1


def test_feel_answers_one_expression_or_a_list(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(capsys, "feel", "sum([1, 2.5])")[:2] == (0, "3.5\n")
    assert run(capsys, "feel", "1 +")[0] == 1
    path = tmp_path / "cases.json"
    path.write_text('[{"id": "a", "expr": "true and null"}, {"id": "b", "expr": "1 +"}]', encoding="utf-8")
    code, out, _ = run(capsys, "feel", "--batch", str(path))
    answers = json.loads(out)
    assert code == 0
    assert answers[0] == {"id": "a", "value": None}
    assert "error" in answers[1]["value"]
    path.write_text('[1, {"id": "b", "expr": "1"}]', encoding="utf-8")
    assert run(capsys, "feel", "--batch", str(path))[0] == 1
