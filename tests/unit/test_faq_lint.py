"""A broken entry stops the start: each mistake is named with its file and key and what would be right."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from faq.bot import load_bot
from faq.entries import ENTRIES
from faq.errors import DataError

Broken = Callable[[str, str, str], str]


@pytest.fixture
def broken(tmp_path: Path) -> Broken:
    """Break one place of one file of the shipped entries; returns everything the loader then says."""

    def break_and_load(file: str, old: str, new: str) -> str:
        copy = tmp_path / "entries"
        shutil.copytree(ENTRIES, copy)
        text = (copy / file).read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{old!r} is no longer in {file}"
        (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(DataError) as caught:
            load_bot(copy)
        return str(caught.value)

    return break_and_load


MISTAKES = [
    ("not TOML", "qunuan.toml", "[programme]", "[programme", "qunuan.toml: : cannot be read"),
    ("unknown key", "qunuan.toml", 'title = "困难', 'titel = "困难', "qunuan.toml: tiaojian.titel: unknown key"),
    ("no title", "qunuan.toml", 'title = "困难', 'titel = "困难', "qunuan.toml: tiaojian.title: is missing"),
    ("unknown clause", "qunuan.toml", "jl-2020-46#2.3.11", "jl-2020-46#2.3.99", "unknown clause jl-2020-46#2.3.99"),
    ("unknown norm", "qunuan.toml", "law-2026#15", "law-2062#15", "cites the unknown norm 'law-2062'"),
    ("unknown article", "qunuan.toml", "law-2026#15", "law-2026#99", "cites law-2026#99; an article the norm has"),
    ("altered quote", "qunuan.toml", "取暖救助、电价", "取暖和电价", "does not stand in jl-2020-46#2.3.11"),
    ("draft as law", "qunuan.toml", '"law-2026#15"', '"jl-2018-draft#4"', "cites the draft jl-2018-draft#4 as law"),
    ("a neighbour's rule", "yiliao.toml", '"hn-2017-33#2.3"', '"yj-2017-8#2.1.4"', "to the layer hunan"),
    ("a quoted law", "qunuan.toml", '"law-2026#15"', '["law-2026#15", "国家"]', "quotes law-2026#15; no quote"),
    ("dead pattern", "qunuan.toml", '"取暖 低保"', '"取暖 補貼"', "'取暖 補貼' can never match"),
    ("gateless pattern", "qunuan.toml", '"取暖 低保"', '"条件 多少钱"', "'条件 多少钱' names no programme"),
    ("collision", "qunuan.toml", '"取暖 低保"', '"低保 条件"', "'低保 条件' collides with dibao.tiaojian"),
    ("too few patterns", "wujia.toml", "patterns = [", 'patterns = ["物价补贴"] #', "has 1; 5 to 15"),
    ("no examples", "falv.toml", "examples = [", "examples = [] #", "falv.tiaojian.examples: has 0; at least 3"),
    ("over-long answer", "qunuan.toml", "取暖补助由当地规定。", "取暖补助由当地规定。" * 12, "long; at most 120"),
    ("unknown follow-up", "qunuan.toml", '"dianjia.tiaojian"', '"dianjia.gone"', "unknown entry 'dianjia.gone'"),
    ("unknown choice", "qunuan.toml", 'choices = ["qunuan.tiaojian"]', 'choices = ["gone"]', "unknown entry 'gone'"),
    ("unknown default", "dibao.toml", 'default = "dibao.tiaojian"', 'default = "gone"', "unknown entry 'gone'"),
    ("silent layer", "qunuan.toml", 'clauses = ["law-2026#15", "law-2026#29"]', "clauses = []", "cites nothing"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "said"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES]
)
def test_a_mistake_stops_the_start_with_its_place_and_cure(
    broken: Broken, file: str, old: str, new: str, said: str
) -> None:
    assert said in broken(file, old, new)


def test_an_empty_folder_of_entries_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no entry found"):
        load_bot(tmp_path)


def test_all_mistakes_are_told_at_once(broken: Broken) -> None:
    said = broken("qunuan.toml", '"law-2026#15", "law-2026#29"', '"law-2026#99", "law-2062#1"')
    assert "law-2026#99" in said
    assert "law-2062" in said
