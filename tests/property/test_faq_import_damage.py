"""Whatever the broken converter does to a sentence of the corpus, the repair is exact or says so."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from faq.corpus import POLICIES, default_corpus
from faq.repair_likelihood import Likelihood, likelihood
from faq.repair_lost_bytes import restore_lost_bytes, strip_glosses
from faq.repair_text import Kind, Traced
from tests.support.broken_converter import damaged_at

NORMS = ("jl-2017-76", "yj-2017-8")


@cache
def strangers(norm: str) -> Likelihood:
    """What the other documents know; the damaged one must not vouch for itself."""
    others = (path for path in sorted(POLICIES.glob("*.md")) if path.stem not in (norm, "ERRATA"))
    return likelihood(*(path.read_text(encoding="utf-8") for path in others))


@cache
def traditional(norm: str) -> tuple[str, ...]:
    converter = OpenCC("s2t")
    return tuple(converter.convert(clause.text) for clause in default_corpus().norms[norm].clauses)


def half_width(text: str) -> str:
    return text.translate({ord(full): half for full, half in zip("，（）！？", ",()!?", strict=True)})


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_nothing_is_changed_that_is_not_listed(data: st.DataObject) -> None:
    norm = data.draw(st.sampled_from(NORMS))
    sentence = data.draw(st.sampled_from(traditional(norm)))
    damaged = damaged_at(sentence, data.draw(st.integers(0, len(sentence) - 1))) or sentence
    text, repairs = restore_lost_bytes(Traced.of(damaged), strangers(norm))
    back = text.text
    for repair in reversed(repairs):
        assert damaged[repair.at :].startswith(repair.before)
        assert back[repair.at :].startswith(repair.after)
        back = back[: repair.at] + repair.before + back[repair.at + len(repair.after) :]
    assert back == damaged


@pytest.mark.parametrize("norm", NORMS)
def test_nearly_every_damaged_place_is_restored_exactly_or_marked(norm: str) -> None:
    exact = marked = places = 0
    for sentence in traditional(norm):
        for index in range(0, len(sentence), 11):
            damaged = damaged_at(sentence, index)
            if damaged is None:
                continue
            places += 1
            text, repairs = restore_lost_bytes(Traced.of(damaged), strangers(norm))
            exact += half_width(text.text) == half_width(sentence)
            marked += any(repair.kind is Kind.UNREADABLE for repair in repairs)
    assert places >= 100
    assert exact / places >= 0.93
    assert (exact + marked) / places >= 0.995


@pytest.mark.parametrize("norm", sorted(default_corpus().norms))
def test_a_sound_document_is_left_alone(norm: str) -> None:
    sound = Traced.of("\n".join(clause.text for clause in default_corpus().norms[norm].clauses))
    assert strip_glosses(sound) == (sound, [])
    assert restore_lost_bytes(sound, strangers(norm)) == (sound, [])
