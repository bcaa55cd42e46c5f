"""`python -m faq import`: whole pages in, policy file and errata out; what is undecided is said."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from faq.errors import DataError
from faq.policy_file import parse_policy
from faq.repair import import_document, main
from faq.repair_errata import merge_section
from faq.repair_page import strip_layout
from faq.repair_table import Kept, Row, Table, apply_table, load_furniture, load_script_rules, load_tables
from faq.repair_text import Kind, Traced

ADVERT = "便宜手表网,特价名包店,全国包邮"
PAGE = f"""智能問答| 無障礙 | 移動版 | 繁體版

          某市關于做好農(nóng)村救助工作的通知
          來源:市府辦 時間:2017-03-24 16:44 【字體: 】 瀏覽量:-

          各縣(市、區(qū))人民政府:

            為做好農(nóng)村救助工作,根據(jù)《通知》(某府辦〔2016116號)精神,通知如下。

            一、總體要求

            以應保盡保為原則,20173月底前落實。

            二、重點任務

            (一)加強政策銜接。著力加強銜接。一是對貧困戶,按規(guī)定程序納入低保。二是對返貧家庭,每年630日前審核。

            (二)加強管理銜接。家庭  18  個月內不變。

                                                    某市民政局 某市扶貧辦

          主辦單位:某市人民政府辦公室

          {ADVERT}
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.txt"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_an_unknown_page_becomes_a_usable_draft_with_its_clauses() -> None:
    document = import_document(PAGE.encode())
    assert [(clause.path, clause.heading) for clause in document.segments.clauses()] == [
        ("1", "总体要求"),
        ("2.1.1", "加强政策衔接"),
        ("2.1.2", "加强政策衔接"),
        ("2.2", "加强管理衔接"),
    ]
    texts = {clause.path: "".join(clause.paragraphs) for clause in document.segments.clauses()}
    assert texts["1"] == "以应保尽保为原则,2017年3月底前落实。"
    assert texts["2.1.1"] == "加强政策衔接。着力加强衔接。一是对贫困户,按规定程序纳入低保。"
    assert texts["2.1.2"] == "二是对返贫家庭,每年6月30日前审核。"
    assert texts["2.2"] == "加强管理衔接。家庭18个月内不变。"
    assert document.segments.closing == ("某市民政局 某市扶贫办",)
    assert "(某府办〔2016〕116号)" in "".join(document.segments.front)
    for furniture in ("智能", "来源", "主办单位", "手表"):
        assert furniture not in document.policy


def test_an_unknown_page_says_which_facts_a_person_must_add() -> None:
    document = import_document(PAGE.encode())
    assert not document.is_known
    said = "\n".join(document.problems)
    assert "repairs/<norm>.toml" in said
    assert "issuer is not known" in said
    assert "jurisdiction is not known" in said
    assert str(document.header["date"]) == "2017-03-24"


def test_the_errata_name_place_bytes_and_reason_and_never_repeat_an_injected_line() -> None:
    section = import_document(PAGE.encode()).errata_section
    raw = PAGE.encode()
    offset = raw.index("20173月".encode())
    assert f"| {offset} | 12 | 1 | 32 30 31 37 33 e6 9c 88 | `20173月` | `2017年3月` |" in section
    assert "`農(nóng)`" in section
    assert ADVERT not in section
    assert hashlib.sha256(ADVERT.encode()).hexdigest() in section
    assert f"{len(ADVERT.encode())} bytes" in section


def test_every_repair_stands_where_it_says_in_the_raw_file() -> None:
    document = import_document(PAGE.encode())
    kinds = {repair.kind for repair in document.repairs}
    assert {Kind.GLOSS, Kind.LOST_DATE, Kind.PAGE, Kind.INJECTED, Kind.SCRIPT, Kind.LAYOUT} <= kinds
    for repair in document.repairs:
        if repair.kind is not Kind.LAYOUT:
            assert PAGE[repair.at :].startswith(repair.before), repair


def test_the_command_writes_a_draft_and_exits_1_until_the_facts_are_known(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main([str(page), "--norm", "mou-2017-1", "--out", str(out)]) == 1
    assert sorted(path.name for path in out.iterdir()) == [
        "mou-2017-1.draft.md",
        "mou-2017-1.errata.draft.md",
    ]
    printed = capsys.readouterr()
    assert "4 clauses" in printed.out
    assert "20173月 -> 2017年3月" in printed.out
    assert all(line.startswith("mou-2017-1: ") for line in printed.err.splitlines())


def test_a_dry_run_writes_nothing(page: Path, tmp_path: Path) -> None:
    assert main([str(page), "--out", str(tmp_path / "out"), "--dry-run"]) == 1
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_one_line_and_exit_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.txt")]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_wrong_usage_is_exit_2() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--nonsense"])
    assert caught.value.code == 2


def test_a_page_in_gbk_is_read_as_well() -> None:
    text = "关于测试的通知\n一、总则\n适用于城乡低保对象。\n"
    document = import_document(text.encode("gb18030"))
    assert [clause.paragraphs for clause in document.segments.clauses()] == [["适用于城乡低保对象。"]]


def test_an_undecidable_place_in_a_clause_is_a_problem_and_outside_it_is_not() -> None:
    inside = import_document("关于测试的通知\n一、总则\n于2019年121日前办结。\n".encode())
    assert any("#1: an unreadable place" in problem for problem in inside.problems)
    outside = import_document("关于测试的通知\n于2019年121日前反馈。\n一、总则\n适用。\n".encode())
    assert "[[无法辨认：日期]]" in "".join(outside.segments.front)
    assert not any("unreadable" in problem for problem in outside.problems)


def test_a_page_in_utf_8_with_a_spoilt_byte_is_read_and_the_place_is_reported() -> None:
    text = "关于测试的通知\n" + "为了测试，通知如下。" * 20 + "\n一、总则\n适用于城乡低保对象。\n"
    raw = text.encode().replace("城乡".encode(), b"\xe5\x9f\xe4\xb9\xa1")
    document = import_document(raw)
    assert any(problem.startswith("#1: damaged characters") for problem in document.problems)
    front = import_document(text.encode().replace("如下".encode(), b"\xe5\xa6", 1))
    assert any(problem.startswith("front text") for problem in front.problems)


def test_bytes_that_are_no_text_are_reported_and_never_raise() -> None:
    document = import_document(b"\xff\xff\x00\xff\n" + "一、总则\n适用\ufffd。\n".encode())
    assert any("damaged characters" in problem for problem in document.problems)
    assert any("no numbered clause" in problem for problem in import_document(b"").problems)


def test_the_written_policy_file_reads_back_as_the_same_clauses() -> None:
    document = import_document(PAGE.encode())
    facts = 'issuer = "某市政府"\njurisdiction = "441700"\ndocument_number = "某府办〔2017〕1号"'
    sound = document.policy.replace('issuer = ""\n', "").replace('jurisdiction = ""\n', "")
    sound = sound.replace(
        next(line for line in sound.split("\n") if line.startswith("document_number")), facts
    )
    policy = parse_policy(sound, file=f"{document.norm}.md")
    assert [(clause.path, list(clause.paragraphs)) for clause in policy.clauses] == [
        (clause.path, clause.paragraphs) for clause in document.segments.clauses()
    ]
    assert policy.preamble == tuple(line for line in document.segments.front if line != policy.title)


def table(*, rows: tuple[Row, ...] = (), kept: tuple[Kept, ...] = ()) -> Table:
    return Table("mou-2017-1", "", {}, rows, kept)


def test_a_row_restores_a_place_and_is_listed_with_its_reason() -> None:
    lines = [Traced.of("按30%20%10%确定")]
    (line,), repairs = apply_table(lines, table(rows=(Row("30%20%10%", "30%、20%、10%", 1, "marks lost"),)))
    assert line.text == "按30%、20%、10%确定"
    assert [(one.kind, one.before, one.why) for one in repairs] == [(Kind.ROW, "30%20%10%", "marks lost")]


@pytest.mark.parametrize("count", [0, 2])
def test_a_row_that_matches_more_or_less_often_than_it_says_is_a_defect(count: int) -> None:
    with pytest.raises(DataError, match=rf"repairs/mou-2017-1.toml: 甲: found 1 times, expected {count}"):
        apply_table([Traced.of("甲乙")], table(rows=(Row("甲", "丙", count, "why"),)))


def test_a_kept_place_that_is_not_there_is_a_defect() -> None:
    with pytest.raises(DataError, match="not found"):
        apply_table([Traced.of("甲乙")], table(kept=(Kept("丁", "why"),)))


def test_the_shipped_tables_load_and_know_the_five_documents() -> None:
    norms = [known.norm for known in load_tables()]
    assert norms == ["hn-2017-33", "jl-2017-76", "jl-2018-draft", "jl-2020-46", "yj-2017-8"]
    assert load_furniture()
    assert "乾安" in load_script_rules().keep


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("norm = 1", "must be the file's name"),
        ('norm = "x"\nspare = 1\n[header]\n', "unknown key"),
        ('norm = "x"\n[header]\ncolour = "red"\n', "unknown key"),
        ('norm = "x"\n[header]\n[[replace]]\nbefore = "a"\n', "give exactly"),
        ('norm = "x"\n[header]\nreplace = 1', "missing or with an unknown key"),
        ("norm = ", "not TOML"),
    ],
)
def test_a_mistake_in_a_table_is_named(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "x.toml").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"x\.toml") as caught:
        load_tables(tmp_path)
    assert problem in str(caught.value)


def test_a_new_section_of_the_errata_takes_the_place_of_its_old_one() -> None:
    once = merge_section("", "bb", "## bb\n\nold\n")
    twice = merge_section(merge_section(once, "aa", "## aa\n\nfirst\n"), "bb", "## bb\n\nnew\n")
    assert twice.index("## aa") < twice.index("## bb")
    assert "old" not in twice
    assert merge_section(twice, "bb", "## bb\n\nnew\n") == twice


def test_spaces_between_names_stay_one_and_spaces_in_a_sentence_go() -> None:
    assert strip_layout(Traced.of("市民政局\xa0 市财政局"))[0].text == "市民政局 市财政局"
    assert strip_layout(Traced.of("享受  18\xa0 个月，“ 各级”。"))[0].text == "享受18个月，“各级”。"
