"""Our names as plain FEEL: a person's value is one item of a list that runs along `members`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from estimator.feel import Expression
from estimator.feel.parser import Syntax, parse
from estimator.model import Rulebook

PERSON: Final = "nth"  # which person of `members`, while a list over all of them is made


class FeelNames:
    """Writes the expressions of one rulebook."""

    def __init__(self, book: Rulebook) -> None:
        self._persons = {name for name, found in book.values.items() if found[0].level == "member"}

    def root(self, name: str) -> str:
        """The input or decision that a name stands for."""
        bare = name.removeprefix("members.").removeprefix("member.")
        if bare != name:
            if bare.startswith("likely."):
                return f"likely_{bare[7:]}"
            return bare if bare in self._persons else "members"
        return f"likely_{name[7:]}" if name.startswith("likely.") else name.partition(".")[0]

    def written(self, expression: Expression) -> str:
        """The expression over inputs and decisions; `nth` stands for the person it is about."""
        text = expression.text
        spans = {
            (node.start, node.end): node.word for node in _walk(parse(text)) if node.word in expression.names
        }
        for (start, end), name in sorted(spans.items(), reverse=True):
            text = text[:start] + self._written(name) + text[end:]
        return text

    def _written(self, name: str) -> str:
        root = self.root(name)
        if name.startswith("member."):
            return f"members[{PERSON}].{name[7:]}" if root == "members" else f"{root}[{PERSON}]"
        if name.startswith("members."):
            return name if root == "members" else root
        return root if name.startswith("likely.") else name


def _walk(node: Syntax) -> Iterator[Syntax]:
    if node.kind == "name":
        yield node
    for operand in node.operands:
        yield from _walk(operand)


def feel_name(rule_id: str) -> str:
    """A rule's id as a name that FEEL reads as one word."""
    return re.sub(r"\W", "_", rule_id)
