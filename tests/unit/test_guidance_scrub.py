"""What is kept of a question holds nobody's number, address, account or name."""

from __future__ import annotations

import pytest

from portal.guidance.scrub import LONGEST, scrubbed

CANARIES = [
    ("我叫王小明，身份证220102195203031234，想办低保", ("王小明", "220102195203031234")),
    ("身份证 220102 19520303 123X 能办吗", ("19520303", "123X", "220102")),
    (
        "打我电话138-1234-5678或者１３９８７６５４３２１",
        ("1234-5678", "13812345678", "３９８７", "13987654321"),
    ),
    ("座机0431-88887777没人接", ("88887777",)),
    ("卡号6222 0202 0000 1234 567 没到账", ("6222", "1234 567")),
    ("我妈叫朴英爱，今年72岁", ("朴英爱",)),
    ("本人是李秀英，住在5号楼3单元201室", ("李秀英", "5号楼", "201室")),
    ("我的名字是欧阳娜娜。没饭吃", ("欧阳娜娜",)),
    ("我叫阿依古丽·买买提，没药吃", ("阿依古丽", "买买提")),
    ("姓名：张三 想问渐退", ("张三",)),
    ("一三八一二三四五六七八是我电话", ("一三八一二三四五六七八",)),
    ("邮箱 xiaoming.wang@example.cn 回我", ("xiaoming", "example.cn")),
    ("加我微信wxid_abc123说", ("wxid_abc123",)),
    ("村里赵书记说不给办", ("赵书",)),
]


@pytest.mark.parametrize(("question", "secrets"), CANARIES)
def test_nothing_that_points_to_a_person_is_kept(question: str, secrets: tuple[str, ...]) -> None:
    kept = scrubbed(question)
    assert not [secret for secret in secrets if secret in kept], kept


@pytest.mark.parametrize(
    "question",
    [
        "低保标准770元,2023年的收入12000元算吗?",
        "这叫什么低保",
        "家里三口人,收入1800元,存款20000元",
        "渐退期是18个月还是24个月",
        "我是残疾人,能办特困吗",
    ],
)
def test_what_was_asked_stays_readable(question: str) -> None:
    assert scrubbed(question) == question


def test_a_long_story_is_cut() -> None:
    assert len(scrubbed("困难" * 1000)) == LONGEST


def test_a_question_of_nothing_but_blanks_is_not_kept() -> None:
    assert scrubbed(" \n\t ") == ""
