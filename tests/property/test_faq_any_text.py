"""Whatever a citizen writes, the bot answers in the promised shape and never raises."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.asking import ANSWERED, ask, bot

WORDS = sorted({term for concept in bot()._matcher.concepts.values() for term in concept.terms})
TALK = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=12).map("".join)
REGIONS = st.sampled_from([None, "220100", "430100", "441700", "510100", "999999", "吉林", "x"])
CONTEXTS = st.one_of(
    st.none(),
    st.text(max_size=10),
    st.dictionaries(st.sampled_from(["region", "concepts", "year", "asked"]), st.integers()),
)
HOME = {"22": "jl-", "43": "hn-", "44": "yj-"}


@settings(max_examples=150, deadline=None)
@given(text=st.one_of(st.text(), TALK), region=REGIONS, context=CONTEXTS)
def test_any_text_gets_an_answer_of_the_promised_shape(
    text: str, region: str | None, context: object
) -> None:
    answer = ask(text, region, context=context)  # type: ignore[arg-type]  # odd contexts are the point
    shown = json.loads(json.dumps(answer.to_json()))
    assert shown["kind"] in {"answer", "rule_only", "clarify", "refusal"}
    assert shown["text"]
    assert (shown["kind"] in ANSWERED) <= bool(shown["citations"])
    assert len(shown["choices"]) <= 3
    assert all(c["status"] == "draft" for c in shown["citations"] if c["norm"] == "jl-2018-draft")


@settings(max_examples=150, deadline=None)
@given(text=TALK, region=st.sampled_from(["220100", "430100", "441700", "510100"]))
def test_a_stated_place_never_gets_a_neighbours_rule(text: str, region: str) -> None:
    answer = ask(text, region)
    place = answer.trace.slots.region or region
    home = HOME.get(place[:2], "none") if not place.startswith("44") or place.startswith("4417") else "none"
    for citation in (*answer.citations, *(c for other in answer.also for c in other.citations)):
        local = citation.norm.startswith(("jl-", "hn-", "yj-"))
        # The honesty clause answers who would cheat, wherever he lives.
        assert not local or citation.norm.startswith(home) or answer.trace.entry == "forgery"
