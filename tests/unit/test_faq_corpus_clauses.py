"""The corpus: 125 clauses under their agreed ids, verbatim and quotable, with the right header facts."""

from __future__ import annotations

import csv
import hashlib
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from estimator.norms import default_norms
from faq.corpus import POLICIES, check, default_corpus

GOLDEN = Path(__file__).parents[1] / "examples" / "corpus" / "clauses.tsv"
CORPUS = default_corpus()


def golden() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_the_clause_ids_are_exactly_the_agreed_ones_in_the_order_of_the_documents() -> None:
    agreed = [row["id"] for row in golden()]
    assert len(agreed) == 125
    assert sorted(clause.id for clause in CORPUS) == sorted(agreed)
    for norm, policy in CORPUS.norms.items():
        assert [clause.id for clause in policy.clauses] == [
            one for one in agreed if one.startswith(norm + "#")
        ]


@pytest.mark.parametrize("row", golden(), ids=lambda row: row["id"])
def test_a_clause_has_its_heading_and_its_text_to_the_letter(row: dict[str, str]) -> None:
    clause = CORPUS.clause(row["id"])
    assert clause.heading == row["heading"]
    assert clause.text.startswith(row["begins"])
    assert len(clause.text) == int(row["characters"])
    assert hashlib.sha256(clause.text.encode()).hexdigest() == row["sha256"]
    assert clause.text == "".join(clause.paragraphs)


def test_the_policy_files_have_no_defect() -> None:
    assert check() == ()


@pytest.mark.parametrize("norm", sorted(CORPUS.norms))
def test_header_and_register_of_norms_agree(norm: str) -> None:
    policy, registered = CORPUS.norms[norm], default_norms()[norm]
    assert policy.title == registered.title
    assert policy.document_number == registered.document_number
    assert policy.issuer == registered.issuer
    assert policy.jurisdiction == registered.jurisdiction
    assert policy.date == (registered.issued or registered.in_force_from)
    assert (policy.status == "draft") == registered.is_draft


def test_an_assumed_day_and_an_abridged_text_are_said_in_the_header() -> None:
    assumed = {norm for norm, policy in CORPUS.norms.items() if "推定" in policy.date_note}
    assert assumed == {"jl-2017-76", "hn-2017-33"}
    assert [norm for norm, policy in CORPUS.norms.items() if policy.abridged] == ["jl-2020-46"]
    assert CORPUS.norms["jl-2017-76"].date == date(2017, 12, 1)


def test_each_policy_names_the_raw_file_it_was_made_from() -> None:
    digests = {policy.source_sha256 for policy in CORPUS.norms.values()}
    assert len(digests) == 5
    assert all(len(digest) == 64 for digest in digests)


@pytest.mark.parametrize(
    ("clause", "label"),
    [
        ("jl-2020-46#2.2.5", "二（二）5"),
        ("jl-2020-46#3.23", "三23"),
        ("yj-2017-8#2.1.4", "二(一)四是"),
        ("hn-2017-33#2", "二"),
        ("hn-2017-33#2.3", "二（三）"),
        ("jl-2017-76#1.3.2", "一（三）2"),
        ("jl-2018-draft#15", "15"),
    ],
)
def test_a_clause_knows_its_place_as_the_document_prints_it(clause: str, label: str) -> None:
    assert CORPUS.clause(clause).label == label


def test_a_clause_knows_the_headings_above_it() -> None:
    assert CORPUS.clause("jl-2020-46#2.2.5").section == "二、主要任务（二）夯实基本生活救助"
    assert CORPUS.clause("jl-2018-draft#15").section == "四、加强和改进医疗救助工作"
    assert CORPUS.clause("hn-2017-33#1").section == ""


def test_a_quote_is_verbatim_only_to_the_letter_and_in_its_own_clause() -> None:
    quote = "渐退期间低保补助金逐年递减"
    assert CORPUS.quote_is_verbatim("jl-2020-46#2.2.5", quote)
    assert not CORPUS.quote_is_verbatim("jl-2020-46#2.2.4", quote)
    assert not CORPUS.quote_is_verbatim("jl-2020-46#2.2.5", quote.replace("逐年", "逐季"))
    assert not CORPUS.quote_is_verbatim("jl-2020-46#9.9.9", quote)
    assert not CORPUS.quote_is_verbatim("jl-2020-46#2.2.5", "")


def test_what_cannot_be_read_is_marked_and_stands_in_no_clause() -> None:
    marked = [norm for norm, policy in CORPUS.norms.items() if "[[无法辨认" in "".join(policy.preamble)]
    assert marked == ["jl-2018-draft"]
    assert all("[[" not in clause.text and "121日" not in clause.text for clause in CORPUS)
    assert "121日" not in (POLICIES / "jl-2018-draft.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("clause", "repaired"),
    [
        ("yj-2017-8#2.1.1", "按照家庭人均收入低于当地低保标准的差额发给低保金"),
        ("yj-2017-8#2.1.1", "着力加强农村低保制度与扶贫开发政策衔接"),
        ("yj-2017-8#2.1.2", "按规定程序审核后,符合条件的要及时纳入"),
        ("yj-2017-8#2.1.6", "或者其他特殊原因导致基本生活陷入困境,其他社会救助制度"),
        ("yj-2017-8#2.2.4", "根据当地实际情况适当考虑"),
        ("yj-2017-8#2.2.5", "研究制定。“十三五”期间,"),
        ("yj-2017-8#2.4.1", "扶贫部门。县级民政部门"),
        ("yj-2017-8#2.5.1", "信息化水平。县级民政"),
        ("yj-2017-8#2.5.1", "每季度核对更新。县级残联"),
        ("yj-2017-8#4.2", "资金使用效益。县级财政"),
        ("yj-2017-8#3.1", "开展调查摸底(2017年3月底前)。"),
        ("yj-2017-8#3.2", "要结合当地实际,尽快"),
        ("yj-2017-8#3.3", "推进工作落实(2017年4月—2018年8月)。"),
        ("yj-2017-8#3.3", "于每年6月30日和12月31日前"),
        ("yj-2017-8#3.4", "全面总结完善(2018年8月—2018年12月)。"),
        ("jl-2018-draft#1", "基本实现“两不愁、三保障”脱贫解困目标"),
        ("jl-2018-draft#5", "家庭人均月收入低于(含,以下同)当地低保标准"),
        ("jl-2018-draft#12", "最低工资标准的30%、20%、10%确定"),
        (
            "jl-2017-76#2.2.3",
            "给予农村低保家庭继续享受18个月、残疾人低保家庭继续享受24个月低保的待遇（补助金逐季递减）",
        ),
        ("jl-2020-46#2.4.12", "重点核实其生活必须支出情况"),
    ],
)
def test_the_damaged_places_read_as_they_were_written(clause: str, repaired: str) -> None:
    assert CORPUS.quote_is_verbatim(clause, repaired)


def test_front_text_and_signatures_are_kept_beside_the_clauses() -> None:
    yangjiang = CORPUS.norms["yj-2017-8"]
    front = "\n".join(yangjiang.preamble)
    assert "(粤府办〔2016〕116号)" in front
    assert "\n2017年3月24日\n" in front
    assert "(以下简称“农村低保”)制度与扶贫开发政策" in front
    assert yangjiang.closing[0] == "阳江市民政局 阳江市扶贫办 阳江市委农村工作办公室"
    assert "（此件有删减）" in CORPUS.norms["jl-2020-46"].preamble


def test_nothing_of_the_web_pages_and_no_traditional_character_is_left() -> None:
    for path in sorted(POLICIES.glob("*.md")):
        if path.name == "ERRATA.md":
            continue
        text = path.read_text(encoding="utf-8")
        for furniture in (
            "当前位置",
            "智能问答",
            "转载分享",
            "网站地图",
            "备案序号",
            "同意不同意",
            ".jpg",
            "字体显示",
        ):
            assert furniture not in text, f"{path.name}: {furniture}"
        outside = {
            character
            for character in text
            if unicodedata.category(character) in ("Co", "Cn")
            or ("\u4e00" <= character <= "\u9fff" and not _in_gb2312(character))
        }
        assert outside == set(), f"{path.name}: {outside}"


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def test_the_errata_list_every_document_with_its_raw_file_and_every_kind_of_repair() -> None:
    errata = (POLICIES / "ERRATA.md").read_text(encoding="utf-8")
    for norm, policy in CORPUS.norms.items():
        section = errata.partition(f"\n## {norm}\n")[2].partition("\n## ")[0]
        assert policy.source_sha256 in section
    for heading in (
        "### Lost bytes put back: 11",
        "### Lost date characters put back: 11",
        "### Pinyin glosses removed: 297",
        "### Injected lines removed: 1",
        "### Single restorations (table in `repairs/`): 3",
        "### Not decidable: marked, never quoted: 1",
        "| `著` | e8 91 97 | `着` | 著力 is 着力 in Simplified | 2 |",
    ):
        assert heading in errata
