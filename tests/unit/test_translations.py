"""Every string is translated, whole and in the terms of the glossary, in every catalogue there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from translations import check

LOCALES = [locale for locale in check.LOCALES if (check.HERE / locale).exists()]


@pytest.fixture(scope="module")
def sources() -> Catalog:
    return check.template()


@pytest.mark.parametrize("locale", LOCALES)
def test_a_catalogue_has_no_defect(locale: str, sources: Catalog) -> None:
    assert list(check.defects(locale, sources)) == []


def test_the_english_and_the_traditional_catalogue_exist() -> None:
    assert {"en", "zh_Hant"} <= set(LOCALES)


def test_the_strings_of_code_pages_and_tables_are_collected(sources: Catalog) -> None:
    for string in (
        "看看我能享受什么",  # a page
        "还没有看到很可能符合的",  # code
        "人均月收入 {left} 元，低于当地标准 {right} 元。",  # a rule table
        "您有工作吗？",  # a question about a member, asked of the citizen herself
        "标准可能已上调，请看最新公告。",  # the estimator's own sentences
        "中华人民共和国社会救助法",  # the register of norms
        "低保怎么申请、找谁办",  # the title of a curated answer
    ):
        assert string in sources, string


@pytest.mark.parametrize("locale", ["en", "zh_Hant"])
def test_no_catalogue_is_marked_fuzzy_as_a_whole_for_then_it_is_not_compiled(locale: str) -> None:
    assert not check.catalogue(locale).fuzzy


def test_english_says_likely_and_leaves_approved_and_entitled_to_the_authority() -> None:
    for message in check.catalogue("en"):
        words = str(message.string).lower()
        assert "entitled" not in words, message.id
        assert "approved" not in words, message.id


def test_english_has_no_chinese_characters_left() -> None:
    left = [m.id for m in check.catalogue("en") if any("㐀" <= one <= "鿿" for one in str(m.string)) and m.id]
    assert left == []


BROKEN = [
    ("剩 %(n)d 个", "left", "placeholders differ"),
    ("至少 {right} 元", "CNY {left}", "placeholders differ"),
    ("请到民政局", "Go to the office", "民政局 is civil affair"),
    ("请问两个民政局", "Ask two civil affairs bureaus", ""),
    ("低收入家庭", "low-income families", ""),
    ("特困人员", "a tekun person", ""),
    ("没有译", "", "missing"),
]


@pytest.mark.parametrize(("source", "target", "problem"), BROKEN, ids=[row[1] or "empty" for row in BROKEN])
def test_a_broken_translation_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, target: str, problem: str
) -> None:
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (tmp_path / "glossary.csv").write_bytes((check.HERE / "glossary.csv").read_bytes())
    made, wanted = Catalog(locale="en", fuzzy=False), Catalog()
    made.add(source, target)
    wanted.add(source)
    with (folder / "messages.po").open("wb") as file:
        write_po(file, made)
    monkeypatch.setattr(check, "HERE", tmp_path)
    found = list(check.defects("en", wanted))
    assert [problem in one for one in found] == ([True] if problem else [])


def test_a_string_that_no_source_has_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (tmp_path / "glossary.csv").write_bytes((check.HERE / "glossary.csv").read_bytes())
    made = Catalog(locale="en", fuzzy=False)
    made.add("没有人用", "nobody uses this")
    with (folder / "messages.po").open("wb") as file:
        write_po(file, made)
    monkeypatch.setattr(check, "HERE", tmp_path)
    assert list(check.defects("en", Catalog())) == ["en: unused: '没有人用'"]


@pytest.mark.parametrize(
    "page", sorted(check.HERE.parent.glob("portal/templates/**/*.html")), ids=lambda f: f.name
)
def test_no_page_writes_chinese_punctuation_outside_its_strings(page: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert re.findall("[，（）。：；、！？]", text) == []
