"""No figure about fewer than five people: neither shown nor to be found by subtracting what is shown."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.hotline.disclosure import FEWEST, TOTAL, Cell, Cube, Why, chain, cube

COUNTS = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.sampled_from("pq")), st.integers(0, 30)
)


def test_fewer_than_five_are_not_shown_and_nobody_is() -> None:
    shown = cube({("a",): 4, ("b",): 0, ("c",): 9, ("d",): 12}, ["abcd"])
    assert shown.shown("a") is Why.FEW
    assert shown.shown("b") == 0
    assert shown.shown("c") is Why.GUARD, "else 25 - 9 - 12 says how many"
    assert (shown.shown("d"), shown.shown(TOTAL)) == (12, 25)


def test_a_single_small_cell_takes_its_total_along_if_there_is_nothing_else() -> None:
    shown = cube({("a", "x"): 3, ("b", "x"): 20, ("b", "y"): 20}, ["ab", "xy"])
    assert shown.shown("a", "x") is Why.FEW
    assert isinstance(shown.shown("a", TOTAL), Why)


def test_two_small_ones_guard_each_other() -> None:
    shown = cube({("a",): 2, ("b",): 3, ("c",): 9}, ["abc"])
    assert shown.shown("c") == 9
    assert shown.shown(TOTAL) == 14


def _found_by_subtraction(table: Cube) -> set[Cell]:
    """Everything that follows from the shown cells, line by line."""
    known = {cell for cell in table.values if cell not in table.hidden}
    while True:
        fresh: set[Cell] = set()
        for along, axis in enumerate(table.axes):
            others = [(*names, TOTAL) if n != along else ("",) for n, names in enumerate(table.axes)]
            for fixed in product(*others):
                line = [(*fixed[:along], part, *fixed[along + 1 :]) for part in (*axis, TOTAL)]
                unknown = [cell for cell in line if cell not in known]
                if len(unknown) == 1:
                    fresh.add(unknown[0])
        if not fresh:
            return known - {cell for cell in table.values if cell not in table.hidden}
        known |= fresh


@given(COUNTS)
@settings(max_examples=300, deadline=None)
def test_nothing_hidden_follows_from_what_is_shown(counts: dict[Cell, int]) -> None:
    table = cube(counts, ["abc", "xyz", "pq"])
    assert not [
        cell for cell, count in table.values.items() if 0 < count < FEWEST and cell not in table.hidden
    ]
    found = _found_by_subtraction(table)
    assert not [cell for cell in found if table.values[cell]]


@given(COUNTS)
@settings(max_examples=100, deadline=None)
def test_what_is_shown_is_true(counts: dict[Cell, int]) -> None:
    table = cube(counts, ["abc", "xyz", "pq"])
    assert table.values[TOTAL, TOTAL, TOTAL] == sum(counts.values())
    for cell in counts:
        assert table.shown(*cell) in (counts[cell], Why.FEW, Why.GUARD)


def test_steps_never_differ_by_a_few_people() -> None:
    assert chain([40, 38, 30, 30, 27, 3, 0]) == [40, Why.GUARD, 30, 30, Why.GUARD, Why.FEW, 0]


@given(st.lists(st.integers(0, 40), max_size=9))
def test_any_two_shown_steps_are_equal_or_far_apart(counts: list[int]) -> None:
    shown = [one for one in chain(counts) if not isinstance(one, Why)]
    assert not [(a, b) for a in shown for b in shown if 0 < abs(a - b) < FEWEST]
