"""A question is brought to one spelling: every line is a real way of writing and what the bot reads."""

from __future__ import annotations

import pytest

from faq.normalise import MAX_CHARACTERS, to_simplified, to_traditional
from tests.support.asking import bot

GOLDEN = [
    # width, case, spaces
    ("ＤＩＢＡＯ", "低保"),
    ("低保　怎么申请？", "低保 怎么申请?"),
    # Traditional only where it is present; names keep their 乾
    ("乾安县低保", "乾安县低保"),
    ("乾安縣低保怎麼申請", "乾安县低保怎么申请"),
    ("特困老人可以進福利院嗎", "特困老人可以进福利院吗"),
    ("著力推进", "着力推进"),
    ("著名景点", "著名景点"),
    # Cantonese
    ("低保名單會唔會公示", "低保名单会不会公示"),
    ("低保點申請", "低保怎么申请"),
    # variants and shapes
    ("特因人员", "特困人员"),
    ("残废人护理补帖", "残疾人护理补贴"),
    ("申清底保", "申请低保"),
    ("报消", "报销"),
    # homophones of the closed list
    ("底保", "低保"),
    ("低宝户", "低保户"),
    ("地保要什么条件", "低保要什么条件"),
    ("零时救助怎么申青", "临时救助怎么申请"),
    ("公阻房", "公租房"),
    ("五堡户", "五保户"),
    # one wrong character in a long term
    ("医疗求助", "医疗救助"),
    ("临时救肋", "临时救助"),
    # words that only sound like a term stay
    ("我在潍坊打工", "我在潍坊打工"),
    ("就住在这里", "就住在这里"),
    ("公式怎么看", "公式怎么看"),
    ("事业单位", "事业单位"),
    ("手机收信", "手机收信"),
    ("棚房改造", "棚房改造"),
    ("第八届", "第八届"),
    # pinyin, with and without spaces and tones
    ("dibao shenqing tiaojian", "低保 申请 条件"),
    ("dī bǎo", "低保"),
    ("di bao zen me shen qing", "低保怎么申请"),
    ("canjiren huli butie", "残疾人 护理补贴"),
    ("falv yuanzhu", "法律援助"),
    ("falu yuanzhu", "法律援助"),
    ("fǎlǜ yuánzhù", "法律援助"),
    # English and Korean terms
    ("disability nursing subsidy", "重度残疾人护理补贴"),
    ("의료구조 비률", "医疗救助 比例"),
    # nothing of the kind is invented
    ("hello world", "hello world"),
    ("", ""),
    ("？？？", "???"),
]


@pytest.mark.parametrize(("written", "read"), GOLDEN, ids=[written or "nothing" for written, _ in GOLDEN])
def test_a_question_is_read_in_the_terms_of_the_field(written: str, read: str) -> None:
    normalised = " ".join(bot().normalise(written).split())
    assert normalised.replace(" ", "") == read.replace(" ", "")


def test_reading_twice_changes_nothing() -> None:
    for written, _ in GOLDEN:
        once = " ".join(bot().normalise(written).split())
        assert " ".join(bot().normalise(once).split()) == once


def test_simplified_text_is_never_converted() -> None:
    assert to_simplified("乾隆年间，乾坤，于是，干部，发现") == "乾隆年间，乾坤，于是，干部，发现"


def test_our_words_in_traditional_writing_keep_the_usual_forms() -> None:
    assert to_traditional("核对") == "核對"
    assert to_traditional("申请行政复议") == "申請行政復議"
    assert to_traditional("符合规定才行") == "符合規定才行"


def test_a_very_long_letter_keeps_its_head_and_its_tail() -> None:
    letter = "我家在村里。" + "很长的经过，" * 800 + "请问低保怎么申请"
    read = bot().normalise(letter)
    assert len(read) <= MAX_CHARACTERS + 10
    assert read.startswith("我家在村里")
    assert read.endswith("低保怎么申请")
