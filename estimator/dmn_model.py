"""The rule tables as DMN decisions: what each needs, its table or expression, all names written for plain FEEL.

Two-valued: DMN knows neither UNKNOWN nor intervals. What this cannot carry is said in README.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from estimator.dmn_days import Stretch, stretches
from estimator.dmn_names import PERSON, FeelNames, feel_name
from estimator.feel import Expression
from estimator.model import Amount, Condition, Decision, Detail, Programme, Rule, Rulebook
from estimator.norms import place_prefix
from estimator.rulebook import dependencies, evaluation_order

ANY: Final = "-"
NO_RULE: Final = "no_rule"
# What the caller gives; `reading` says which unverified norms are left out and which side of a dispute prevails.
INPUTS: Final = ("region", "area", "as_of", "reading", "standards", "household", "members")


@dataclass(frozen=True, slots=True)
class TableRule:
    """One row: a unary test for each input, an expression for each output, and its sources in words."""

    tests: tuple[str, ...]
    outputs: tuple[str, ...]
    annotation: str


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table with hit policy FIRST; inputs are (label, expression)."""

    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[str, ...]
    rules: tuple[TableRule, ...]

    @property
    def texts(self) -> list[str]:
        """Every expression of the table except its tests."""
        said = [output for rule in self.rules for output in rule.outputs]
        return [*(expression for _, expression in self.inputs), *said]


@dataclass(frozen=True, slots=True)
class Node:
    """One DMN decision: a table, or one FEEL expression; `needs` names inputs and other decisions."""

    name: str
    label: str
    description: str
    logic: Table | str
    needs: tuple[str, ...]
    norms: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


# A row of a table to be: the rule, its days, the `when` it is narrowed to, its outputs.
_Row: TypeAlias = tuple[Rule, Stretch, str | None, tuple[str, ...]]


class Writer:
    """Writes one rulebook's programmes as DMN decisions."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.order = evaluation_order(book)
        self.graph = dependencies(book)
        self.names = FeelNames(book)

    def nodes(self, programme: str) -> list[Node]:
        """Every decision of a programme, and those it builds on, each after all it needs."""
        wanted = self._closure(f"likely.{programme}")
        found: list[Node] = [Node("size", "人数", "几个人一起生活", "count(members)", ("members",))]
        for node in self.order:
            if node not in wanted:
                continue
            if node.startswith("likely."):
                one = self.book.programmes[node.removeprefix("likely.")]
                found += self._programme(one, whole=one.id == programme)
            else:
                found.append(self._value(node))
        names = [node.name for node in found]
        for name in {name for name in names if names.count(name) > 1}:
            raise ValueError(f"{programme}: two decisions would be named {name!r} in DMN")
        used = {need for node in found for need in node.needs}
        return [node for node in found if node.name != "size" or "size" in used]

    def _closure(self, node: str) -> set[str]:
        wanted: set[str] = set()
        rest = [node]
        while rest:
            one = rest.pop()
            if one not in wanted:
                wanted.add(one)
                rest += self.graph[one]
        return wanted

    def _value(self, name: str) -> Node:
        rows = self.book.values[name]
        for_each = rows[0].level == "member"
        found: list[_Row] = [
            (row, stretch, None, (self._said(row.expression, for_each=for_each),))
            for row in rows
            for stretch in stretches(self.book, row)
        ]
        table = self._table(("value",), found)
        texts = "；".join(dict.fromkeys(row.text for row in rows))
        return self._node(name, name, texts, table, (row.expression for row in rows), rows)

    def _programme(self, programme: Programme, *, whole: bool) -> Iterator[Node]:
        for_each = programme.subject == "member"
        conditions = {one.id: one for decision in programme.decisions for one in decision.conditions}
        for condition in conditions.values():
            yield self._condition(condition, for_each=for_each)
        yield from self._deciding(programme)
        said = f'if {programme.id}.rule = "{NO_RULE}" then false else {programme.id}.holds'
        if for_each:
            said = _for_everyone(
                f'if {programme.id}.rule[{PERSON}] = "{NO_RULE}" then false else {programme.id}.holds[{PERSON}]'
            )
        if not whole:
            needs = (programme.id, "members") if for_each else (programme.id,)
            yield Node(f"likely_{programme.id}", f"{programme.title}：可能符合", "", said, needs)
            return
        if programme.amounts:
            yield self._figure(programme, "amount", programme.amounts, for_each=for_each)
        keys = dict.fromkeys(row.key for row in programme.details)
        for key in keys:
            rows = [row for row in programme.details if row.key == key]
            yield self._figure(programme, key, rows, for_each=for_each)

    def _condition(self, condition: Condition, *, for_each: bool) -> Node:
        said = self._said(condition.expression, for_each=for_each)
        label = f"{condition.id} {condition.text}"
        return self._node(
            feel_name(condition.id), label, self._sources(condition), said, (condition.expression,)
        )

    def _deciding(self, programme: Programme) -> Iterator[Node]:
        """The table that picks the document that speaks; for persons, one more after each row with a `when`."""
        for_each = programme.subject == "member"
        rows = sorted(programme.decisions, key=lambda row: row.scope.depth, reverse=True)
        tails = [index + 1 for index, row in enumerate(rows) if for_each and row.when is not None]
        for start in (*reversed(tails), 0):
            last = start == 0
            name = programme.id if last else _after(programme, rows[start - 1])
            part = rows[start:]
            table = self._table(
                ("holds", "rule"), list(self._decision_rows(programme, part)), _nobody(for_each=for_each)
            )
            expressions = [row.when for row in part if row.when is not None]
            needs = [feel_name(one.id) for row in part for one in row.conditions]
            needs += [_after(programme, row) for row in part if for_each and row.when is not None]
            label = programme.title if last else f"{programme.title}（不适用 {rows[start - 1].id} 的人）"
            yield self._node(name, label, programme.note, table, expressions, part, needs)

    def _decision_rows(self, programme: Programme, rows: Sequence[Decision]) -> Iterator[_Row]:
        for row in rows:
            for stretch in stretches(self.book, row, programme.decisions):
                on = [feel_name(one) for one in stretch.conditions]
                if programme.subject == "household":
                    holds = " and ".join(on) or "true"
                    when = None if row.when is None else self._said(row.when, for_each=False)
                    yield row, stretch, when, (holds, f'"{row.id}"')
                    continue
                holds = " and ".join(f"{one}[{PERSON}]" for one in on) or "true"
                if row.when is None:
                    yield row, stretch, None, (_for_everyone(holds), _for_everyone(f'"{row.id}"'))
                    continue
                after, when = _after(programme, row), self.names.written(row.when)
                pair = (
                    _for_everyone(f"if {when} then ({holds}) else {after}.holds[{PERSON}]"),
                    _for_everyone(f'if {when} then "{row.id}" else {after}.rule[{PERSON}]'),
                )
                yield row, stretch, None, pair

    def _figure(
        self, programme: Programme, key: str, rows: Sequence[Amount | Detail], *, for_each: bool
    ) -> Node:
        """What is paid, or one figure beside it, by the rule that spoke."""
        expressions = [row.expression for row in rows]
        name, needs = f"{programme.id}_{key}", [programme.id, "as_of"]
        label = f"{programme.title}：{'金额' if key == 'amount' else key}"
        if not for_each:
            rules = tuple(
                TableRule((_one_of(row), _days(row)), (self._paid(row),), self._sources(row)) for row in rows
            )
            table = Table((("说话的规定", f"{programme.id}.rule"), ("日期", "as_of")), (key,), rules)
            return self._node(name, label, "", table, expressions, rows, needs)
        said = "null"
        for row in reversed(rows):
            speaks = " or ".join(f'{programme.id}.rule[{PERSON}] = "{one}"' for one in row.decisions)
            paid = _rounded(row, self.names.written(row.expression))
            said = f"if ({speaks}) and as_of in {_days(row)} then {paid} else {said}"
        sources = "；".join(self._sources(row) for row in rows)
        return self._node(name, label, sources, _for_everyone(said), expressions, rows, [*needs, "members"])

    def _table(
        self,
        outputs: tuple[str, ...],
        rows: Sequence[_Row],
        otherwise: tuple[str, ...] = (),
    ) -> Table:
        """The rows in order of how narrow their place is; columns that every row leaves open are left out."""
        columns = (
            ("地方", "region"),
            ("城乡", "area"),
            ("日期", "as_of"),
            ("不采用的文件", "reading.left_out"),
            ("地方规定优先", "reading.local_prevails"),
            ("适用于", "true"),
        )
        full: list[tuple[tuple[str, ...], tuple[str, ...], str]] = []
        for row, stretch, when, said in sorted(rows, key=lambda one: one[0].scope.depth, reverse=True):
            prefix, area = place_prefix(row.scope.jurisdiction), row.scope.area
            tests = (
                f'starts with(?, "{prefix}")' if prefix else ANY,
                f'"{area}"' if area else ANY,
                _between(stretch.first, stretch.last),
                f'not(list contains(?, "{row.scope.norm}"))' if stretch.unverified else ANY,
                ANY if stretch.local_prevails is None else str(stretch.local_prevails).lower(),
                when or ANY,
            )
            full.append((tests, said, self._sources(row)))
        if otherwise:
            full.append(((ANY,) * len(columns), otherwise, "没有规定"))
        kept = [index for index in range(len(columns)) if any(tests[index] != ANY for tests, _, _ in full)]
        return Table(
            tuple(columns[index] for index in kept),
            outputs,
            tuple(TableRule(tuple(tests[index] for index in kept), said, note) for tests, said, note in full),
        )

    def _said(self, expression: Expression, *, for_each: bool) -> str:
        said = self.names.written(expression)
        return _for_everyone(said) if for_each else said

    def _paid(self, row: Amount | Detail) -> str:
        return _rounded(row, self._said(row.expression, for_each=isinstance(row, Detail) and row.each))

    def _sources(self, rule: Rule) -> str:
        labels = "；".join(self.book.norms.label(citation) for citation in rule.citations)
        return f"{rule.id} {rule.text}（{labels}）"

    def _node(
        self,
        name: str,
        label: str,
        description: str,
        logic: Table | str,
        expressions: Iterable[Expression | None],
        rows: Iterable[Rule] = (),
        needs: Iterable[str] = (),
    ) -> Node:
        used = {name for expression in expressions if expression is not None for name in expression.names}
        roots = [self.names.root(one) for one in sorted(used)]
        texts = [logic] if isinstance(logic, str) else logic.texts
        roots += [one for one in INPUTS if any(re.search(rf"\b{one}\b", text) for text in texts)]
        norms = tuple(dict.fromkeys(row.scope.norm for row in rows))
        return Node(
            name,
            label,
            description,
            logic,
            tuple(dict.fromkeys((*roots, *needs))),
            norms,
            tuple(sorted(used)),
        )


def _for_everyone(said: str) -> str:
    return f"for {PERSON} in 1..count(members) return {said}"


def _nobody(*, for_each: bool) -> tuple[str, str]:
    return (_for_everyone("null"), _for_everyone(f'"{NO_RULE}"')) if for_each else ("null", f'"{NO_RULE}"')


def _after(programme: Programme, row: Decision) -> str:
    return f"{programme.id}_after_{feel_name(row.id)}"


def _rounded(row: Amount | Detail, said: str) -> str:
    """Money that is paid is rounded up to the fen, once, and is never below nothing."""
    return f"max(0, ceiling(decimal(100 * ({said}), 7)) / 100)" if isinstance(row, Amount) else said


def _between(first: date, last: date | None) -> str:
    return f'>= @"{first}"' if last is None else f'[@"{first}"..@"{last}"]'


def _days(row: Amount | Detail) -> str:
    return _between(row.scope.start, row.scope.end)


def _one_of(row: Amount | Detail) -> str:
    return ", ".join(f'"{one}"' for one in row.decisions)
