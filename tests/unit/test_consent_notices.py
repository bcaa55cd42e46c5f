"""What people are shown before they sign is frozen: a changed, missing or unlisted text stops the start."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from portal.consent import notices
from portal.consent.notices import Act, NoticeError

ON = date(2026, 11, 22)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "notices"
    shutil.copytree(notices.FOLDER, folder)
    return folder


def test_every_text_matches_the_digest_it_was_signed_under() -> None:
    found = notices.load()
    assert {notice.act for notice in found} == set(Act)


def test_a_copy_of_the_folder_loads_too(copy: Path) -> None:
    assert notices.load(copy) == notices.load()


def test_a_text_edited_silently_stops_the_start(copy: Path) -> None:
    file = copy / "authorisation" / "1.0.0.zh_Hans.md"
    file.write_text(file.read_text(encoding="utf-8") + "- 多查一项。\n", encoding="utf-8")
    with pytest.raises(NoticeError, match=r"authorisation/1\.0\.0\.zh_Hans\.md: does not match"):
        notices.load(copy)


def test_a_listed_text_that_is_missing_stops_the_start(copy: Path) -> None:
    (copy / "privacy" / "1.0.0.en.md").unlink()
    with pytest.raises(NoticeError, match=r"privacy/1\.0\.0\.en\.md: is listed in index\.toml but missing"):
        notices.load(copy)


def test_a_text_nobody_listed_stops_the_start(copy: Path) -> None:
    (copy / "privacy" / "1.1.0.zh_Hans.md").write_text("# 新\n", encoding="utf-8")
    with pytest.raises(NoticeError, match=r"privacy/1\.1\.0\.zh_Hans\.md: is not listed"):
        notices.load(copy)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('act = "sensitive"', 'act = "agreement"', "notice sensitive"),
        ('articles = ["pipl#28", "pipl#29", "pipl#30", "pipl#31"]', "articles = []", "no article"),
        ('recipients = ["township", "county"]', 'recipients = ["bank"]', "'bank'"),
        ('lawful_basis = "separate_consent"\n', "", "lawful_basis"),
        ("withdrawable = true", "withdrawable = true\nbundled = true", "bundled"),
    ],
)
def test_a_row_that_is_wrong_is_named(copy: Path, before: str, after: str, said: str) -> None:
    index = copy / "index.toml"
    text = index.read_text(encoding="utf-8")
    assert before in text
    index.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(NoticeError, match=said):
        notices.load(copy)


def test_the_version_in_force_on_the_day_is_shown() -> None:
    assert notices.current(Act.AUTHORISATION, "adult", ON).id == "authorisation"
    assert notices.current(Act.AUTHORISATION, "supporter", ON).id == "authorisation-supporter"


@pytest.mark.parametrize("notice", notices.load(), ids=lambda notice: notice.id)
def test_every_text_has_a_short_part_of_at_most_one_screen_and_a_whole_text(notice: notices.Notice) -> None:
    for locale in notice.sha256:
        shown = notices.text(notice, locale)
        assert shown.title
        assert shown.full
        assert len(shown.short) <= 7
        if locale == notices.SOURCE_LOCALE:
            assert sum(len(line) for _kind, line in shown.short) <= 260


@pytest.mark.parametrize("notice", notices.load(), ids=lambda notice: notice.id)
def test_no_text_threatens_with_the_old_fine(notice: notices.Notice) -> None:
    text = notice.file(notices.SOURCE_LOCALE).read_text(encoding="utf-8")
    assert "三倍" not in text
    assert "3倍" not in text


def test_the_declaration_names_the_fine_of_the_law_in_force() -> None:
    notice = notices.current(Act.DECLARATION, "applicant", ON)
    assert "law-2026#73" in notice.articles
    assert any("两倍" in line for _kind, line in notices.text(notice, "zh_Hans").short)


def test_the_authorisation_names_every_source_of_the_law() -> None:
    notice = notices.current(Act.AUTHORISATION, "adult", ON)
    words = " ".join(line for _kind, line in notices.text(notice, "zh_Hans").short)
    for source in (
        "户籍",
        "税务",
        "社保",
        "不动产",
        "市场监管",
        "公积金",
        "车船",
        "银行",
        "保险",
        "证券",
        "支付机构",
    ):
        assert source in words


@pytest.mark.parametrize("notice", notices.load(), ids=lambda notice: notice.id)
def test_every_text_says_the_same_number_of_things_in_four_languages(notice: notices.Notice) -> None:
    assert set(notice.sha256) == {"zh_Hans", "zh_Hant", "en", "ko"}
    shapes = {
        locale: ([kind for kind, _line in shown.short], [kind for kind, _line in shown.full])
        for locale in notice.sha256
        for shown in [notices.text(notice, locale)]
    }
    assert all(shape == shapes["zh_Hans"] for shape in shapes.values()), shapes


@pytest.mark.parametrize("notice", notices.load(), ids=lambda notice: notice.id)
def test_the_traditional_text_keeps_no_character_that_conversion_gets_wrong(notice: notices.Notice) -> None:
    text = notice.file("zh_Hant").read_text(encoding="utf-8")
    assert not set(text) & set("籤爲覈麽")
    assert "複議" not in text
