"""Three truth values: Kleene's tables, and no way to use one as a condition by accident."""

from __future__ import annotations

from itertools import product

import pytest

from estimator.truth import UNKNOWN, Truth

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
ORDER = [F, U, T]


@pytest.mark.parametrize(("left", "right"), list(product(Truth, Truth)))
def test_and_is_the_lesser_and_or_the_greater_of_false_unknown_true(left: Truth, right: Truth) -> None:
    places = ORDER.index(left), ORDER.index(right)
    assert left & right is ORDER[min(places)]
    assert left | right is ORDER[max(places)]


def test_not_turns_true_and_false_and_leaves_unknown() -> None:
    assert [~value for value in ORDER] == [T, U, F]


def test_a_truth_comes_from_a_python_condition() -> None:
    assert Truth.of(1 < 2) is T
    assert Truth.of(1 > 2) is F
    assert UNKNOWN is U


@pytest.mark.parametrize("value", Truth)
def test_a_truth_cannot_be_used_as_a_python_condition(value: Truth) -> None:
    with pytest.raises(TypeError, match="is not a condition"):
        bool(value)
