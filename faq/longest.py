"""For longest match first: how long the words are that may begin at a place in a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Sizes = Mapping[str, tuple[int, ...]]


def sizes_by_start(words: Iterable[str]) -> Sizes:
    """By their first two characters, the lengths of the words that begin with them, longest first.

    A word of one character stands under it, and with every longer one that might begin there. None may be empty.
    """
    sizes: dict[str, set[int]] = {}
    for word in words:
        sizes.setdefault(word[:2], set()).add(len(word))
    for start, lengths in sizes.items():
        if start[0] in sizes:
            lengths.add(1)
    return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in sizes.items()}
