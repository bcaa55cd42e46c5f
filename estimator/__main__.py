"""The estimator's command line. Exit 0 done, 1 the data or the question was bad, 2 wrong usage."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from estimator.commands import add_commands
from estimator.engine import estimate
from estimator.errors import DataError, FactError
from estimator.explain import explain_rule
from estimator.feel import FeelSyntaxError, compile_expression, to_json
from estimator.feel.batch import run_batch
from estimator.receipts import receipt
from estimator.renderings import RENDERINGS
from estimator.rulebook import default_rulebook

DONE, BAD, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except DataError as error:
        print(error, file=sys.stderr)
        return BAD
    except BrokenPipeError:
        return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m estimator", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser(
        "estimate", help="print the estimate of a facts file (- = standard input) as JSON"
    )
    one.add_argument("facts", metavar="FACTS.json")
    one.add_argument("--as-of", type=_day, metavar="DATE", help="day of the estimate, instead of the file's")
    one.add_argument("--region", metavar="CODE", help="six-digit place, instead of the file's")
    form = one.add_mutually_exclusive_group()
    form.add_argument(
        "--batch", action="store_true", help="one facts object a line in, one estimate a line out"
    )
    one.add_argument("--receipt", action="store_true", help="print the audit receipt for `replay` instead")
    form.add_argument(
        "--as",
        dest="rendering",
        choices=RENDERINGS,
        help="in words: for the citizen, as a script to read out, or for the auditor",
    )
    one.set_defaults(run=_estimate)
    check = commands.add_parser("check", help="load every table; one line a defect")
    check.add_argument("--verbose", action="store_true", help="name every local value past its review")
    check.set_defaults(run=_check)
    explain = commands.add_parser("explain", help="a rule in words, its expression, clauses and days")
    explain.add_argument("rule", metavar="RULE_ID")
    explain.set_defaults(run=_explain)
    feel = commands.add_parser("feel", help="the value of a FEEL expression as JSON")
    feel.add_argument(
        "expression", metavar="EXPR", help="an expression; with --batch a JSON list of {id, expr}"
    )
    feel.add_argument("--batch", action="store_true")
    feel.set_defaults(run=_feel)
    add_commands(commands, day=_day, today=today)
    return parser


def _estimate(options: argparse.Namespace) -> int:
    source = _open(options.facts)
    if source is None:
        return BAD
    with source:
        lines = _lines(source) if options.batch else iter([(1, source.read())])
        worst = DONE
        for number, line in lines:
            answer, problems = _one(line, options)
            where = f"line {number}: " if options.batch else ""
            for problem in problems:
                print(f"{where}{problem}", file=sys.stderr)
                worst = BAD
            for key in answer["ignored"] if answer is not None and "ignored" in answer else ():
                print(f"{where}warning: {key}: is no fact and was not read", file=sys.stderr)
            if answer is not None and options.rendering:
                print(RENDERINGS[options.rendering](answer))
            elif answer is not None:
                _print(answer, indent=None if options.batch else 2)
            elif options.batch:
                _print({"error": problems}, indent=None)
    return worst


def _one(line: str, options: argparse.Namespace) -> tuple[dict[str, Any] | None, list[str]]:
    try:
        line.encode("utf-8")
        facts = json.loads(line, parse_float=Decimal)
    except UnicodeEncodeError:
        return None, ["not JSON: it is not written in UTF-8; save it as UTF-8"]
    except ValueError as error:
        return None, [f"not JSON: {error}"]
    except RecursionError:
        return None, ["not JSON that can be read: it is nested too deeply"]
    if not isinstance(facts, dict):
        return None, ['facts: is not an object; write {"region": …}']
    if options.as_of is not None:
        facts["as_of"] = options.as_of
    if options.region is not None:
        facts["region"] = options.region
    try:
        make = receipt if options.receipt or options.rendering else estimate
        return make(facts, as_of=today()), []
    except FactError as error:
        return None, [str(problem) for problem in error.problems]


def _lines(source: TextIO) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, by their number in the file."""
    return ((number, line) for number, line in enumerate(source, 1) if line.strip())


def _open(name: str) -> TextIO | None:
    """A file or standard input to read; bytes that are not UTF-8 come through, so that each line can be judged."""
    if name == "-":
        return sys.stdin
    try:
        return Path(name).open(encoding="utf-8-sig", errors="surrogateescape")
    except OSError as error:
        print(f"{name}: {error.strerror}", file=sys.stderr)
        return None


def _check(options: argparse.Namespace) -> int:
    book = default_rulebook()
    late = book.standards.overdue(today())
    for one in late if options.verbose else ():
        value = one.value
        print(
            f"warning: {value.place_code}.toml: {value.name} from {value.effective_from} "
            f"is {one.days} days past its review"
        )
    if late and not options.verbose:
        print(
            f"warning: {len(late)} local values are past their review, the oldest {late[0].days} days; --verbose"
        )
    print(
        f"{len(book.rules)} rules, {len(book.programmes)} programmes, {len(book.facts)} facts, "
        f"sha256 {book.sha256}"
    )
    return DONE


def _explain(options: argparse.Namespace) -> int:
    text = explain_rule(options.rule)
    if text is None:
        print(f"{options.rule}: no rule has this id; see estimator/rules", file=sys.stderr)
        return BAD
    print(text)
    return DONE


def _feel(options: argparse.Namespace) -> int:
    if not options.batch:
        try:
            _print(to_json(compile_expression(options.expression).evaluate({})), indent=None)
        except FeelSyntaxError as error:
            print(error, file=sys.stderr)
            return BAD
        return DONE
    source = _open(options.expression)
    if source is None:
        return BAD
    with source:
        try:
            cases = json.load(source)
        except (ValueError, RecursionError) as error:
            print(f"{options.expression}: not JSON: {error}", file=sys.stderr)
            return BAD
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        print(
            f'{options.expression}: is not a list of objects; write [{{"id": …, "expr": …}}]', file=sys.stderr
        )
        return BAD
    _print(run_batch(cases), indent=None)
    return DONE


def _print(value: object, *, indent: int | None) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=indent))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write YYYY-MM-DD") from None


def today() -> date:
    """The day in China; only the command line asks the clock."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def _speak_utf_8() -> None:
    """JSON is UTF-8 whatever the terminal's own encoding is."""
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="surrogateescape")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    _speak_utf_8()
    sys.exit(main())
