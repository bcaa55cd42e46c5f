"""A policy file with a mistake stops the start, and the message names file, place, mistake and cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq.corpus import POLICIES, check, load_corpus
from faq.errors import DataError, Defect

HEADER = """+++
norm = "aa-2020-1"
title = "关于测试的意见"
document_number = "测发〔2020〕1号"
issuer = "测试办公室"
date = 2020-05-01
jurisdiction = "220000"
status = "in_force"
source_sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
+++
"""
BODY = """
# 关于测试的意见

前言。

## {1} 一、 总则

### {#1.1} 1. 第一条款

第一条款。内容。
"""


def written(folder: Path, text: str) -> Path:
    (folder / "aa-2020-1.md").write_text(text, encoding="utf-8")
    return folder


def test_a_sound_file_loads(tmp_path: Path) -> None:
    corpus = load_corpus(written(tmp_path, HEADER + BODY))
    clause = corpus.clause("aa-2020-1#1.1")
    assert (clause.text, clause.section, clause.label) == ("第一条款。内容。", "一、总则", "一1")
    assert corpus.norms["aa-2020-1"].preamble == ("前言。",)
    assert corpus.policy_of(clause.id).title == "关于测试的意见"
    assert len(corpus) == 1
    assert clause.id in corpus


@pytest.mark.parametrize(
    ("right", "wrong", "key", "problem"),
    [
        ('status = "in_force"', 'status = "valid"', "status", "'valid'"),
        ('status = "in_force"\n', "", "status", "missing"),
        ('issuer = "测试办公室"', 'issuers = "测试办公室"', "issuers", "unknown header key"),
        ("date = 2020-05-01", 'date = "2020-05-01"', "date", "not a date"),
        ('jurisdiction = "220000"', 'jurisdiction = "吉林"', "jurisdiction", "not a region code"),
        ('norm = "aa-2020-1"', 'norm = "bb-2020-1"', "norm", "bb-2020-1"),
        ('source_sha256 = "00', 'source_sha256 = "zz', "source_sha256", "not a SHA-256"),
        ('title = "关于测试的意见"', 'title = ""', "title, issuer", "empty"),
        ('document_number = "测发〔2020〕1号"', 'document_number = ""', "document_number", "empty"),
        ('norm = "aa-2020-1"', "norm = ", "header", "not TOML"),
        ("+++\n", "---\n", "line 1", "no header"),
        ("### {#1.1} 1. 第一条款", "### 1. 第一条款", "line 18", "heading without an id"),
        ("### {#1.1} 1. 第一条款\n", "", "line 19", "in no clause"),
        (
            "第一条款。内容。\n",
            "第一条款。内容。\n\n### {#1.1} 1. 又一\n\n又一。\n",
            "aa-2020-1#1.1",
            "given twice",
        ),
        ("第一条款。内容。\n", "", "aa-2020-1#1.1", "has no text"),
        ("内容。", "[[无法辨认：日期]]内容。", "aa-2020-1#1.1", "unreadable"),
        ("内容。", "轉(zhuǎn)内容。", "aa-2020-1#1.1", "damaged text"),
        ("内容。", "内\ue5dd容。", "aa-2020-1#1.1", "damaged text"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, right: str, wrong: str, key: str, problem: str
) -> None:
    text = HEADER + BODY
    assert right in text
    with pytest.raises(DataError) as caught:
        load_corpus(written(tmp_path, text.replace(right, wrong)))
    defect = next(defect for defect in caught.value.defects if defect.key == key)
    assert defect.file == "aa-2020-1.md"
    assert problem in defect.problem
    assert defect.cure


def test_all_files_are_checked_and_each_defect_is_one_line(tmp_path: Path) -> None:
    written(tmp_path, HEADER + BODY.replace("内容。", "[[无法辨认]]"))
    (tmp_path / "bb-2020-2.md").write_bytes(b"\xff\xfe")
    defects = check(tmp_path)
    assert [defect.file for defect in defects] == ["aa-2020-1.md", "bb-2020-2.md"]
    assert all("\n" not in str(defect) for defect in defects)


def test_an_empty_folder_is_a_defect(tmp_path: Path) -> None:
    assert [defect.problem for defect in check(tmp_path)] == ["no policy file found"]


def test_drafts_and_the_errata_are_no_policies(tmp_path: Path) -> None:
    written(tmp_path, HEADER + BODY)
    (tmp_path / "ERRATA.md").write_text("# Errata\n", encoding="utf-8")
    (tmp_path / "cc.draft.md").write_text("unfinished\n", encoding="utf-8")
    assert list(load_corpus(tmp_path).norms) == ["aa-2020-1"]


def test_the_edition_changes_with_any_letter(tmp_path: Path) -> None:
    before = load_corpus(written(tmp_path, HEADER + BODY)).sha256
    assert load_corpus(written(tmp_path, HEADER + BODY.replace("内容", "新内容"))).sha256 != before
    assert len(load_corpus(POLICIES).sha256) == 64


def test_a_defect_reads_as_one_sentence_with_its_cure() -> None:
    assert str(Defect("a.md", "date", "not a date", "write it so")) == "a.md: date: not a date; write it so"
