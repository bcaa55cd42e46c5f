"""The commands for those who keep the rules, as they are typed: what they print and how they end."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest

from estimator.__main__ import main
from estimator.rulebook import HERE
from estimator.samples import load_samples

CSV = """place,name,area,value,unit,from,kind,covers,document,confidence
222401,dibao_standard,urban,{value},CNY/person/month,2027-01-01,local,self,州民政局公告,high
"""


@pytest.fixture
def values(tmp_path: Path) -> Path:
    """A copy of the local values to write into."""
    return Path(shutil.copytree(HERE / "standards", tmp_path / "standards"))


def csv(folder: Path, value: str = "800") -> str:
    path = folder / "new.csv"
    path.write_text(CSV.format(value=value), encoding="utf-8")
    return str(path)


def test_import_shows_first_and_writes_nothing(
    tmp_path: Path, values: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (values / "222401.toml").read_bytes()
    assert main(["standards", "import", csv(tmp_path), "--directory", str(values)]) == 0
    said = capsys.readouterr().out
    assert "延吉市 城市" in said
    assert "800" in said
    assert "没有写入" in said
    assert (values / "222401.toml").read_bytes() == before


def test_import_writes_when_told_and_a_second_time_adds_nothing(
    tmp_path: Path, values: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["standards", "import", csv(tmp_path), "--directory", str(values), "--write"]
    assert main(arguments) == 0
    assert 'value = "800"' in (values / "222401.toml").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(arguments) == 0
    assert "新增 0 条，已有 1 条" in capsys.readouterr().out


def test_import_says_which_households_the_new_line_touches(
    tmp_path: Path, values: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["standards", "import", csv(tmp_path), "--directory", str(values), "--households"]) == 0
    said = capsys.readouterr().out
    assert "2027-01-01 延吉市（城镇），独居的寡妇" in said
    assert "汪清县" not in said


def test_import_doubts_a_line_that_falls(
    tmp_path: Path, values: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["standards", "import", csv(tmp_path, "8"), "--directory", str(values)]) == 0
    assert "请再核对" in capsys.readouterr().out


def test_a_wrong_line_stops_the_import_with_one_line_and_no_writing(
    tmp_path: Path, values: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (values / "222401.toml").read_bytes()
    code = main(["standards", "import", csv(tmp_path, "八百"), "--directory", str(values), "--write"])
    error = capsys.readouterr().err
    assert code == 1
    assert "new.csv: line 2" in error
    assert "Traceback" not in error
    assert (values / "222401.toml").read_bytes() == before


def test_a_csv_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["standards", "import", "nowhere.csv"]) == 1
    assert "nowhere.csv" in capsys.readouterr().err


def test_export_writes_the_tables_for_other_systems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--dmn", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "dibao.dmn").read_text(encoding="utf-8").startswith("<?xml")
    assert "dmn-js" in capsys.readouterr().out


def test_export_to_a_place_that_cannot_be_written_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["export", "--dmn", str(tmp_path / "file")]) == 1
    assert "file" in capsys.readouterr().err


def test_a_receipt_goes_through_a_file_and_is_made_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({**load_samples()[0].facts, "as_of": "2024-05-01"}), encoding="utf-8")
    assert main(["estimate", "--receipt", str(facts)]) == 0
    kept = tmp_path / "receipt.json"
    kept.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["replay", str(kept)]) == 0
    assert "reproduced" in capsys.readouterr().out

    altered = json.loads(kept.read_text(encoding="utf-8"))
    altered["rulebook"]["sha256"] = "0" * 64
    kept.write_text(json.dumps(altered), encoding="utf-8")
    assert main(["replay", str(kept)]) == 1
    assert "another rulebook" in capsys.readouterr().err

    altered["estimate"]["programmes"][0]["outcome"] = "no_rule"
    altered["rulebook"]["sha256"] = altered["estimate"]["rulebook"]["sha256"]
    kept.write_text(json.dumps(altered), encoding="utf-8")
    assert main(["replay", str(kept)]) == 1
    said = capsys.readouterr()
    assert "dibao：没有规定" in said.out
    assert "same rulebook" in said.err


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"receipt": 1}'])
def test_what_is_no_receipt_is_refused_in_one_line(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert main(["replay", "-"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1


def test_diff_tells_rows_and_households_in_words_and_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "tekun.toml"
    text = (HERE / "rules" / "tekun.toml").read_text(encoding="utf-8")
    table.write_text(text.replace('"member.no_capable_supporter"', '"false"'), encoding="utf-8")
    assert main(["diff", str(HERE), str(table), "--as-of", "2026-11-22"]) == 0
    said = capsys.readouterr().out
    assert "规定：N649-14-supporter（改）" in said
    assert "无人供养的老人" in said
    assert main(["diff", str(HERE), str(table), "--as-of", "2026-11-22", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["days"] == ["2026-11-22"]
    assert found["changed"][0]["changes"][0]["programme"] == "tekun"


def test_diff_with_a_folder_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(HERE), "nowhere"]) == 1
    assert "is not there" in capsys.readouterr().err


def test_wrong_usage_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["export"], ["diff", "one"], ["standards"], ["replay"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
    assert capsys.readouterr().err
