"""One estimate in three renderings: for the citizen, as a script for the hotline, for the auditor.

All three are made from the same reasons; none adds a number or a clause of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from estimator.model import Rulebook
from estimator.places import place
from estimator.rulebook import default_rulebook

Line = Mapping[str, Any]
_OUTCOMES: Final = {
    "likely": "很可能符合",
    "undetermined": "还差信息",
    "unlikely": "可能不符合",
    "no_rule": "本站的文件没有规定",
}
_SIGNS: Final = {"true": "✓", "false": "✗", "unknown": "?"}
_STANDING: Final = {
    "in_force": "现行有效",
    "ended": "已经失效",
    "draft": "只是征求意见稿",
    "unverified": "是否有效没有核实",
}
_DOUBTS: Final = {
    "norm_unverified": "依据的文件是否还有效，没有核实。",
    "norms_conflict": "几份文件说法不同。",
}
_ESTIMATE_ONLY: Final = "这只是估算，不是决定。符不符合、给多少，由民政等部门审核确认。"
_WITHOUT_SPEC: Final = {
    "region": "您要在哪个县（市、区）申请？",
    "members": "家里一起生活的有几口人？各多大年纪？",
}


def citizen(made: Mapping[str, Any], rulebook: Rulebook | None = None) -> str:
    """A receipt's estimate as the household reads it: outcome, amount with its arithmetic, reasons, clauses.

    Takes what `estimator.receipt` returns; so do `script` and `audit`.
    """
    book = rulebook or default_rulebook()
    found = made["estimate"]
    lines = [_heading(found), ""]
    for who, line in _together(found, made["facts"]):
        lines.append(f"{_title(book, line)}{who}：{_OUTCOMES[line['outcome']]}")
        lines += [f"  {text}" for text in (_amount(line), _DOUBTS.get(line["status"], "")) if text]
        for reason in line["reasons"]:
            lines.append(f"  {_SIGNS[reason['truth']]} {reason['text']}")
            lines += [f"    {_source(book, one, found['as_of'])}" for one in reason["citations"]]
        if line["to_change"]:
            lines.append(f"  {line['to_change']['text']}")
        lines.append("")
    return "\n".join([*lines, *_still_to_ask(book, made, "还想知道："), _ESTIMATE_ONLY])


def script(made: Mapping[str, Any], rulebook: Rulebook | None = None) -> str:
    """A receipt's estimate as an operator reads it out: the likely with amounts and grounds, the open in one
    sentence where answers may settle them, the unlikely with their ground, then the next question."""
    book = rulebook or default_rulebook()
    found = made["estimate"]
    lines = [_heading(found), "【照着念】"]
    by_outcome: dict[str, list[tuple[str, Line]]] = {outcome: [] for outcome in _OUTCOMES}
    for who, line in _together(found, made["facts"]):
        by_outcome[line["outcome"]].append((who, line))
    for who, line in by_outcome["likely"]:
        lines.append(f"按您说的情况，{_title(book, line)}{who}很可能符合。{_amount(line)}")
        lines += _said(book, line, "true", "因为")
    waiting = [line for _, line in by_outcome["undetermined"] if _waits_for_answers(line)]
    if waiting:
        titles = dict.fromkeys(_title(book, line) for line in waiting)
        lines.append(f"这几项还说不准，再问几句就清楚些：{'、'.join(titles)}。")
    for who, line in by_outcome["undetermined"]:
        if not _waits_for_answers(line):
            lines.append(f"{_title(book, line)}{who}还说不准。{_DOUBTS.get(line['status'], '')}")
            lines += _said(book, line, "unknown", "还不清楚的是")
    for who, line in by_outcome["unlikely"]:
        lines.append(f"{_title(book, line)}{who}，按您说的情况，可能不符合。")
        lines += _said(book, line, "false", "因为")
    silent = dict.fromkeys(_title(book, line) for _, line in by_outcome["no_rule"])
    if silent:
        lines.append(f"这几项，本站的文件没有规定，请问当地民政部门：{'、'.join(silent)}。")
    return "\n".join([*lines, *_still_to_ask(book, made, "【接着问】"), "【最后说】", _ESTIMATE_ONLY])


def audit(made: Mapping[str, Any], rulebook: Rulebook | None = None) -> str:
    """A receipt as an auditor checks it: rulebook digest, facts, local values, each rule with values and clauses."""
    book = rulebook or default_rulebook()
    found = made["estimate"]
    lines = [
        f"receipt {made['receipt']}",
        f"rulebook {found['rulebook']['version']} sha256 {found['rulebook']['sha256']}",
        f"region {found['region'] or 'not told'}  as_of {found['as_of']}",
        "facts",
        *(f"  {path} = {value}" for path, value in _flat(made["facts"])),
        "standards",
        *(f"  {_standard(row)}" for row in found["standards"]),
        "programmes",
    ]
    for line in found["programmes"]:
        if "members" in line:  # a summary repeats the lines of the persons
            continue
        lines.append(f"  {line['id']} {line['subject']}: {line['outcome']}, {line['status']}")
        lines += [
            f"    {name}: {line[name]['low']}..{line[name]['high'] or ''} {line[name]['unit']}"
            for name in ("amount", "amount_if_likely")
            if line[name]
        ]
        lines += [f"    details.{path} = {value}" for path, value in _flat(line["details"])]
        for reason in line["reasons"]:
            sides = (
                f" [{reason['left'] or '?'} {reason['operator']} {reason['right'] or '?'}]"
                if reason["operator"]
                else ""
            )
            cited = ", ".join(f"{one} ({book.norms.label(one)})" for one in reason["citations"])
            lines.append(f"    {reason['rule']} {reason['truth']}{sides} {cited}".rstrip())
        if line["missing"]:
            lines.append(f"    missing: {', '.join(line['missing'])}")
    return "\n".join(lines)


RENDERINGS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "citizen": citizen,
    "script": script,
    "audit": audit,
}


def _heading(found: Mapping[str, Any]) -> str:
    where = place(found["region"])
    return f"{where.full_name if where else found['region'] or '没有说在哪里'}，{found['as_of']}"


def _title(book: Rulebook, line: Line) -> str:
    return book.programmes[line["id"]].title


def _together(found: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[tuple[str, Line]]:
    """Each line with whom it is about; persons of whom the same is to be said stand together."""
    number = {one["id"]: place for place, one in enumerate(facts.get("members", ()), 1)}
    merged: dict[tuple[object, ...], tuple[Line, list[int]]] = {}
    for line in found["programmes"]:
        if line.get("members"):  # a summary over the persons, who follow
            continue
        said = tuple((reason["truth"], str(reason["text"])) for reason in line["reasons"])
        key = (line["id"], line["outcome"], line["status"], said, _amount(line))
        people = merged.setdefault(key, (line, []))[1]
        if line["subject"] in number:
            people.append(number[line["subject"]])
    for line, people in merged.values():
        yield f"（第 {'、'.join(map(str, people))} 人）" if people else "", line


def _waits_for_answers(line: Line) -> bool:
    """Whether answers may settle it; what documents leave open is said at length instead."""
    return bool(line["missing"]) and line["status"] != "norms_conflict"


def _amount(line: Line) -> str:
    """The arithmetic, and the sum that stands behind it where one is likely."""
    paid = line["amount"]
    if paid is None:
        return ""
    low = f"{Decimal(paid['low']):,}"
    if paid["high"] is None or paid["at_least"]:
        much = f"至少 {low}"
    else:
        much = low if paid["low"] == paid["high"] else f"{low} 到 {Decimal(paid['high']):,}"
    every = {"CNY/month": "每月 ", "CNY/year": "每年 "}.get(paid["unit"], "")
    return f"{every}{much} 元：{paid['text']}"


def _said(book: Rulebook, line: Line, truth: str, opening: str) -> Iterator[str]:
    reasons = [reason for reason in line["reasons"] if reason["truth"] == truth] or line["reasons"]
    if reasons:
        yield f"{opening}：{''.join(str(reason['text']) for reason in reasons)}"
    cited = dict.fromkeys(one for reason in reasons for one in reason["citations"])
    if cited:
        yield f"依据是{'、'.join(map(book.norms.label, cited))}。"


def _source(book: Rulebook, citation: str, day: str) -> str:
    norm = book.norms.of(citation)
    standing = _STANDING[norm.status_word(date.fromisoformat(day))] if norm else ""
    return f"{book.norms.label(citation)}，{standing}"


def _still_to_ask(book: Rulebook, made: Mapping[str, Any], opening: str) -> Sequence[str]:
    asked = made["estimate"]["next_question"]
    if asked is None:
        return ()
    spec = book.facts.get(asked["fact"])
    question = spec.question if spec is not None else _WITHOUT_SPEC.get(asked["fact"], asked["fact"])
    titles = "、".join(book.programmes[one].title for one in asked["settles"])
    return (f"{opening}{question}（和这些有关：{titles}）",)


def _standard(row: Mapping[str, Any]) -> str:
    since = row["effective_from"] or "-"
    fresh = "" if row["fresh"] else ", past its review"
    return (
        f"{row['name']} = {row['value']} {row['unit']} from {since}, {row['level']}{fresh}, {row['document']}"
    )


def _flat(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every leaf of a JSON value by its path; a person by the id."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and all(isinstance(one, Mapping) and "id" in one for one in value):
        for one in value:
            yield from _flat({key: inner for key, inner in one.items() if key != "id"}, f"{path}.{one['id']}")
    elif value is None:
        return
    elif isinstance(value, bool):
        yield path, "true" if value else "false"
    else:
        yield path, ", ".join(map(str, value)) if isinstance(value, list) else value
