"""The repair of damaged text, on the real damage: glosses, lost bytes, lost date characters, scripts."""

from __future__ import annotations

import pytest

from faq.repair_dates import restore_dates
from faq.repair_likelihood import likelihood
from faq.repair_lost_bytes import readings, restore_lost_bytes, strip_glosses
from faq.repair_script import ScriptRules, is_traditional, simplify
from faq.repair_text import Edit, Kind, Traced

COMPANY = (
    "農村低保制度與扶貧開發政策。縣級民政部門要按規定程序審核後,符合條件的,辦法另行制定。"
    "因特殊原因導致基本生活陷入困境,根據當地實際情況,家庭人均收入低於當地低保標準,發給低保金的差額。"
)
FAMILIAR = likelihood(COMPANY)


def restored(damaged: str) -> str:
    return restore_lost_bytes(Traced.of(damaged), FAMILIAR)[0].text


@pytest.mark.parametrize(
    ("damaged", "original"),
    [
        ("農村低?!保┲贫扰c扶貧開發政策", "農村低保”)制度與扶貧開發政策"),
        ("收入低于當?shù)氐捅\ue5dd藴实牟铑~發給低保金", "收入低于當地低保標準的差額發給低保金"),
        ("按規定程序?qū)徍撕螅\ue0d2\ue367蠗l件的要及時", "按規定程序審核后,符合條件的要及時"),
        ("特殊原因?qū)е禄\ue2a2旧\ue30a钕萑肜Ь?,其他", "特殊原因導致基本生活陷入困境,其他"),
        ("根據當?shù)貙嶋H情況", "根據當地實際情況"),
        ("研究制定?!笆\ue19f\ue437濉逼陂g,在", "研究制定。“十三五”期間,在"),
        ("扶貧部門??h級民政部門", "扶貧部門。縣級民政部門"),
    ],
)
def test_a_span_that_lost_a_byte_is_restored_to_the_letter(damaged: str, original: str) -> None:
    assert restored(damaged) == original


def test_full_width_marks_stay_full_width_where_the_document_has_them() -> None:
    assert restored("一，農村低?!保┲贫扰c扶貧") == "一，農村低保”）制度與扶貧"


@pytest.mark.parametrize(
    "text", ["您有困難嗎?請打12345", "符合條件?A類", "低保?", "?", "低保標準是多少?h", "100%?是的"]
)
def test_a_question_mark_that_is_one_stays(text: str) -> None:
    assert restored(text) == text


def test_a_span_with_two_equally_good_readings_is_marked_and_both_are_named() -> None:
    text, repairs = restore_lost_bytes(Traced.of("程序?qū)徍撕螅\ue0d2\ue367蠗l件"), likelihood("無關"))
    assert "[[无法辨认" in text.text
    assert [repair.kind for repair in repairs] == [Kind.UNREADABLE]
    assert "審核后，符合條" in repairs[0].why


def test_a_repair_tells_the_place_and_the_raw_text() -> None:
    _, repairs = restore_lost_bytes(Traced.of("根據當?shù)貙嶋H情況"), FAMILIAR)
    assert [(one.kind, one.at, one.before, one.after) for one in repairs] == [
        (Kind.LOST_BYTE, 3, "?shù)貙嶋H", "地實際")
    ]


def test_pinyin_behind_its_own_character_is_removed_and_nothing_else_in_brackets() -> None:
    text = "轉(zhuǎn)發(fā)農(nóng)業(yè)部(以下簡稱“部”)的通知(agri),樓(car)"
    stripped, repairs = strip_glosses(Traced.of(text))
    assert stripped.text == "轉發農業部(以下簡稱“部”)的通知(agri),樓(car)"
    assert [repair.before for repair in repairs] == ["轉(zhuǎn)", "發(fā)", "農(nóng)", "業(yè)"]
    assert "zhuǎn" in readings("轉")


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("(粤府办〔2016116号)", "(粤府办〔2016〕116号)"),
        ("(20173月底前)", "(2017年3月底前)"),
        ("(20174—20188月)", "(2017年4月—2018年8月)"),
        ("(20188—201812月)", "(2018年8月—2018年12月)"),
        ("\n   2017324\n", "\n   2017年3月24日\n"),
        ("20173月起,于每年630日和1231日前", "2017年3月起,于每年6月30日和12月31日前"),
        ("截止时间为2019年425日,", "截止时间为2019年4月25日,"),
    ],
)
def test_a_lost_date_character_is_put_back(broken: str, whole: str) -> None:
    assert restore_dates(Traced.of(broken))[0].text == whole


@pytest.mark.parametrize(
    "text",
    [
        "2017年3月24日",
        "〔2016〕116号",
        "30日内办结",
        "自受理之日起120日,",
        "2017—2018年",
        "162次",
        "2017年底",
        "12345",
        "20日",
    ],
)
def test_a_sound_date_or_number_stays(text: str) -> None:
    assert restore_dates(Traced.of(text)) == (Traced.of(text), [])


def test_a_date_with_two_readings_is_marked_and_both_are_named() -> None:
    text, repairs = restore_dates(Traced.of("截止时间为2019年121日,公众"))
    assert text.text == "截止时间为[[无法辨认：日期]],公众"
    assert repairs[0].kind is Kind.UNREADABLE
    assert "2019年1月21日 or 2019年12月1日" in repairs[0].why


def test_traditional_becomes_simplified_with_names_kept_and_leftovers_put_right() -> None:
    rules = ScriptRules(keep=("乾安",), replace={"著力": "着力"})
    text, repairs = simplify(Traced.of("乾安縣著力加強農村臺賬,顯著"), rules)
    assert text.text == "乾安县着力加强农村台账,显著"
    assert ("著", "着") in [(repair.before, repair.after) for repair in repairs]


@pytest.mark.parametrize(
    "text", ["乾安县城乡低保对象、特困人员和低收入家庭名单", "显著提高,着力加强", "", "abc"]
)
def test_a_simplified_text_is_not_converted(text: str) -> None:
    assert not is_traditional(text)
    assert simplify(Traced.of(text), ScriptRules((), {"显著": "显着"}))[0].text == text


def test_edits_keep_every_character_tied_to_its_place_in_the_raw_text() -> None:
    text = Traced.of("abcdef").edited([Edit(1, 3, "X"), Edit(4, 4, "++")])
    assert text.text == "aXd++ef"
    assert text.origin == (0, 1, 3, 4, 4, 4, 5)
    assert text.stood(1, 3) == "bcd"
    with pytest.raises(ValueError, match="overlap"):
        Traced.of("abcdef").edited([Edit(2, 4, ""), Edit(3, 5, "")])
