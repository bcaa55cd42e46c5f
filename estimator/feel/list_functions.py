"""FEEL's list functions (DMN 1.5, table 75); those of numbers and booleans are sound for unknowns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import reduce

from estimator.feel.arithmetic import add, divide, multiply
from estimator.feel.comparison import FALSE, all_of, any_of, equal
from estimator.feel.values import NUMBERS, ONE, Interval, Value, bounds, interval, kind_of
from estimator.truth import UNKNOWN, Truth

Items = Sequence[Value]
Number = Decimal | Interval

_INFINITY = Decimal("Infinity")


def count(items: Items) -> Value:
    """How many items there are."""
    return Decimal(len(items))


def _of_one_kind(items: Items, kinds: Sequence[str]) -> Value | str:
    """The one kind the items share, UNKNOWN if some are not told, None if there is no such kind."""
    found = {kind_of(item) for item in items}
    known = found - {"unknown"}
    if not found or len(known) > 1 or not known <= set(kinds):
        return None
    return UNKNOWN if "unknown" in found else known.pop()


def _extreme(pick: Callable[..., Decimal]) -> Callable[[Items], Value]:
    def run(items: Items) -> Value:
        if items and all(type(item) is Decimal for item in items):
            return pick(items)
        kind = _of_one_kind(items, ("number", "string", "date"))
        if kind == "number":
            return _ends(pick(lows(items)), pick(highs(items)))
        return kind if kind is None or kind is UNKNOWN else pick(items)

    return run


def lows(items: Items) -> list[Decimal]:
    """The lower ends of numbers, -Infinity where there is none."""
    ends = [bounds(item)[0] for item in items]  # type: ignore[arg-type]  # callers have checked the kind
    return [-_INFINITY if end is None else end for end in ends]


def highs(items: Items) -> list[Decimal]:
    """The upper ends of numbers, Infinity where there is none."""
    ends = [bounds(item)[1] for item in items]  # type: ignore[arg-type]  # callers have checked the kind
    return [_INFINITY if end is None else end for end in ends]


def _ends(low: Decimal, high: Decimal) -> Value:
    return interval(None if low.is_infinite() else low, None if high.is_infinite() else high)


minimum = _extreme(min)
maximum = _extreme(max)


def _of_numbers(run: Callable[[Items], Value]) -> Callable[[Items], Value]:
    """Null for no items and for items that are no numbers."""

    def checked(items: Items) -> Value:
        if items and all(type(item) is Decimal for item in items):
            return run(items)
        kind = _of_one_kind(items, ("number",))
        return run(items) if kind == "number" else kind

    return checked


def _sum(items: Items) -> Value:
    return reduce(add, items)


def _mean(items: Items) -> Value:
    return divide(_sum(items), Decimal(len(items)))


def _product(items: Items) -> Value:
    return reduce(multiply, items)


def _median(items: Items) -> Value:
    return _ends(_middle(lows(items)), _middle(highs(items)))


def _middle(ends: list[Decimal]) -> Decimal:
    """Order statistics rise with every item, so the medians of the ends bound the median."""
    ordered = sorted(ends)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    low, high = ordered[half - 1], ordered[half]
    if low.is_infinite():
        return low
    return high if high.is_infinite() else NUMBERS.divide(NUMBERS.add(low, high), Decimal(2))


def _deviation(items: Items) -> Value:
    if len(items) < 2:
        return None
    mean_value = _mean(items)
    squares: Value = Decimal(0)
    for item in items:
        gap = add(item, multiply(mean_value, -ONE))
        squares = add(squares, multiply(gap, gap))
    variance = divide(squares, Decimal(len(items) - 1))
    return NUMBERS.sqrt(variance) if isinstance(variance, Decimal) else None


total = _of_numbers(_sum)
mean = _of_numbers(_mean)
product_of = _of_numbers(_product)
median = _of_numbers(_median)
standard_deviation = _of_numbers(_deviation)


def mode(items: Items) -> Value:
    """The most frequent numbers, ascending; none of an empty list."""
    if any(kind_of(item) != "number" for item in items):
        return None
    counted = Counter(items)
    most = max(counted.values(), default=0)
    return tuple(sorted(item for item, times in counted.items() if times == most))  # type: ignore[type-var]


def every_true(items: Items) -> Value:
    """False if one is false, else null if one is no boolean, else true."""
    return all_of(items)


def some_true(items: Items) -> Value:
    """True if one is true, else null if one is no boolean, else false."""
    return any_of(items)


def contains(items: Items, element: Value) -> Value:
    """Is one item equal to the element?"""
    matches = (equal(item, element) for item in items)
    return any_of(FALSE if match is None else match for match in matches)


def _index(position: Decimal, length: int) -> int | None:
    """A 1-based position, negative from the end, as a Python index; None outside the list."""
    place = int(position)
    if place == 0 or abs(place) > length:
        return None
    return place - 1 if place > 0 else length + place


def item_at(items: Items, position: Decimal) -> Value:
    """The item at a 1-based position, negative from the end; null outside the list or between positions."""
    if position != position.to_integral_value():
        return None
    index = _index(position, len(items))
    return None if index is None else items[index]


def sublist(items: Items, start: Decimal, length: Decimal | None = None) -> Value:
    """The items from a position on, all or as many as `length`, which may not reach beyond the end."""
    index = _index(start, len(items))
    if index is None:
        return None
    if length is None:
        return tuple(items[index:])
    end = index + int(length)
    return tuple(items[index:end]) if length >= 1 and end <= len(items) else None


def append(items: Items, added: Items) -> Value:
    """The list with further items at its end."""
    return (*items, *added)


def concatenate(parts: Sequence[Items]) -> Value:
    """The lists one after the other."""
    return tuple(item for part in parts for item in part)


def insert_before(items: Items, position: Decimal, item: Value) -> Value:
    """The list with an item put before a position."""
    index = _index(position, len(items))
    return None if index is None else (*items[:index], item, *items[index:])


def remove(items: Items, position: Decimal) -> Value:
    """The list without the item at a position."""
    index = _index(position, len(items))
    return None if index is None else (*items[:index], *items[index + 1 :])


def replace_item(items: Items, position: Decimal, item: Value) -> Value:
    """The list with another item at a position."""
    index = _index(position, len(items))
    return None if index is None else (*items[:index], item, *items[index + 1 :])


def reverse(items: Items) -> Value:
    """The list from its end."""
    return tuple(reversed(items))


def index_of(items: Items, match: Value) -> Value:
    """The positions of the items that are equal to `match`."""
    return tuple(Decimal(n) for n, item in enumerate(items, 1) if equal(item, match) is Truth.TRUE)


def distinct(items: Items) -> Value:
    """The list without repeated items; the first of each stays."""
    kept: list[Value] = []
    for item in items:
        if not any(equal(item, other) is Truth.TRUE for other in kept):
            kept.append(item)
    return tuple(kept)


def union(parts: Sequence[Items]) -> Value:
    """The lists one after the other, without repeated items."""
    return distinct([item for part in parts for item in part])


def flatten(items: Items) -> Value:
    """Lists within the list replaced by their items, at every depth."""
    return tuple(_leaves(items))


def _leaves(items: Items) -> Iterator[Value]:
    for item in items:
        if isinstance(item, (list, tuple)):
            yield from _leaves(item)
        else:
            yield item
