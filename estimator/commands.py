"""The commands for those who keep the rules, and for other systems: export, diff, replay, standards import."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from estimator.difference import Difference, copy_tables, difference, read_rules
from estimator.dmn import export_dmn
from estimator.errors import FactError
from estimator.receipts import replay
from estimator.rulebook import HERE, default_rulebook, load_rulebook
from estimator.samples import load_samples
from estimator.standards_import import plan_import, write_import

DONE, BAD = 0, 1
_MOST_LINES: Final = 400  # of households that a printed comparison names


def add_commands(commands: Any, *, day: Callable[[str], date], today: Callable[[], date]) -> None:
    """Adds the commands to argparse's subparsers; each sets `run`, which returns the exit code."""
    export = commands.add_parser("export", help="write the rule tables as DMN for other systems")
    export.add_argument("--dmn", metavar="DIR", type=Path, required=True)
    export.set_defaults(run=_export)
    diff = commands.add_parser("diff", help="which sample households come out otherwise with other tables")
    diff.add_argument("old", metavar="OLD", type=Path, help="a folder of tables, or one table")
    diff.add_argument("new", metavar="NEW", type=Path)
    diff.add_argument("--as-of", type=day, metavar="DATE", help="only this day; default: today and new days")
    diff.add_argument("--json", action="store_true")
    diff.set_defaults(run=lambda options: _diff(options, today))
    again = commands.add_parser("replay", help="make the estimate of an audit receipt again")
    again.add_argument("receipt", metavar="RECEIPT", help="a receipt as JSON (- = standard input)")
    again.add_argument("--rules", type=Path, metavar="DIR", help="the tables it was made with, where kept")
    again.set_defaults(run=_replay)
    standards = commands.add_parser("standards", help="local values").add_subparsers(
        required=True, metavar="ACTION"
    )
    taken = standards.add_parser("import", help="check an officer's CSV; write it only with --write")
    taken.add_argument("file", metavar="FILE", type=Path)
    taken.add_argument("--write", action="store_true", help="write, after the dry run was read")
    taken.add_argument("--directory", type=Path, default=HERE / "standards", help="the folder of the values")
    taken.add_argument("--households", action="store_true", help="also say which sample households change")
    taken.set_defaults(run=lambda options: _import(options, today))


def _export(options: argparse.Namespace) -> int:
    try:
        written = export_dmn(default_rulebook(), options.dmn)
    except OSError as error:
        return _refuse(f"{options.dmn}: {error.strerror}")
    print(f"{len(written)} files in {options.dmn}; those for dmn-js are in {options.dmn / 'dmn-js'}")
    return DONE


def _diff(options: argparse.Namespace, today: Callable[[], date]) -> int:
    old, new = read_rules(options.old), read_rules(options.new)
    found = difference(
        old, new, load_samples(), options.as_of or today(), only_today=options.as_of is not None
    )
    if options.json:
        print(json.dumps(_as_json(found), ensure_ascii=False, indent=2))
    else:
        _say(found)
    return DONE


def _say(found: Difference) -> None:
    for title, names in (("规定", found.rows), ("当地标准", found.values)):
        for name in names:
            print(f"{title}：{name}")
    lines = [
        f"{one.day} {one.sample.title}（{one.sample.id}）：{change}"
        for one in found.changed
        for change in one.changes
    ]
    for line in lines[:_MOST_LINES]:
        print(line)
    if len(lines) > _MOST_LINES:
        print(f"……还有 {len(lines) - _MOST_LINES} 行，用 --json 看全部。")
    touched = {one.sample.id for one in found.changed}
    print(
        f"规定改了 {len(found.rows)} 条，当地标准改了 {len(found.values)} 条；"
        f"比了 {len(found.days)} 天，{found.households} 户里有 {len(touched)} 户结果不同。"
    )


def _as_json(found: Difference) -> dict[str, Any]:
    return {
        "rows": list(found.rows),
        "standards": list(found.values),
        "days": [day.isoformat() for day in found.days],
        "households": found.households,
        "changed": [
            {
                "household": one.sample.id,
                "title": one.sample.title,
                "as_of": one.day.isoformat(),
                "changes": [
                    {
                        "programme": change.programme,
                        "subject": change.subject,
                        "before": change.before,
                        "after": change.after,
                    }
                    for change in one.changes
                ],
            }
            for one in found.changed
        ],
    }


def _replay(options: argparse.Namespace) -> int:
    try:
        text = sys.stdin.read() if options.receipt == "-" else Path(options.receipt).read_text("utf-8")
        made = json.loads(text)
    except OSError as error:
        return _refuse(f"{options.receipt}: {error.strerror}")
    except (ValueError, RecursionError) as error:
        return _refuse(f"{options.receipt}: not JSON: {error}")
    if not isinstance(made, dict):
        return _refuse(f"{options.receipt}: is no receipt; give the object as it was made")
    try:
        found = replay(made, load_rulebook(options.rules) if options.rules else None)
    except FactError as error:
        return _refuse(*(str(problem) for problem in error.problems))
    for change in found.changes:
        print(change)
    if not found.same_rulebook:
        _refuse(
            f"another rulebook: the receipt was made with {found.made_with.get('sha256')}, "
            f"this is {found.made_again_with['sha256']}; "
            + ("the estimate is the same all the same" if found.equal else "the estimate differs")
            + "; give the tables of that time with --rules"
        )
        return BAD
    if not found.equal:
        what = "the lines above" if found.changes else "its words, reasons or sources"
        return _refuse(
            f"same rulebook, but the estimate differs in {what}; the receipt or the program was changed"
        )
    print(f"reproduced with rulebook {found.made_again_with['sha256']}")
    return DONE


def _import(options: argparse.Namespace, today: Callable[[], date]) -> int:
    if not options.file.is_file():
        return _refuse(f"{options.file}: no such file")
    plan = plan_import(options.file, options.directory)
    for addition in plan.additions:
        print(addition)
    print(f"新增 {len(plan.additions)} 条，已有 {plan.already_there} 条。")
    if options.households:
        with TemporaryDirectory() as temporary:
            base = copy_tables(Path(temporary))
            before = load_rulebook(base)
            write_import(plan_import(options.file, base / "standards"))
            _say(difference(before, load_rulebook(base), load_samples(), today()))
    if not options.write:
        print("只是预演，没有写入。核对无误后，加上 --write 再运行。")
        return DONE
    write_import(plan)
    print("已写入。请运行 python -m estimator check 核对全部表。")
    return DONE


def _refuse(*lines: str) -> int:
    for line in lines:
        print(line, file=sys.stderr)
    return BAD
