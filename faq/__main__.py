"""The bot on the command line: `ask`, `ask --batch`, `check`, `import`.

Exit codes: 0 done, 1 bad data or question (one line each on standard error), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from io import TextIOWrapper
from pathlib import Path
from zoneinfo import ZoneInfo

from estimator.errors import DataError as NormError
from faq.bot import Bot, load_bot
from faq.errors import DataError
from faq.gazetteer import resolve
from faq.model import Answer


class BadQuestionError(Exception):
    """A question that cannot be asked, with the reason in one line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["import"]:
        from faq.repair import main as import_main

        return import_main(arguments[1:])
    options = _parser().parse_args(arguments)
    try:
        bot = load_bot()
        if options.command == "check":
            return _check(bot)
        return _batch(bot, options) if options.batch else _ask(bot, options)
    except (DataError, NormError) as error:
        for defect in error.defects:
            print(defect, file=sys.stderr)
        return 1
    except (BadQuestionError, OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m faq", description="Ask the policy texts.")
    commands = parser.add_subparsers(dest="command", required=True)
    ask = commands.add_parser("ask", help="one answer, or one a line with --batch")
    asked = ask.add_mutually_exclusive_group(required=True)
    asked.add_argument("question", nargs="?", help="the question")
    lines = "lines of {id, text, region?, lang?, context?}; - = standard input"
    asked.add_argument("--batch", metavar="QUESTIONS.jsonl", help=lines)
    ask.add_argument("--region", default=None, help="6-digit code of the place (GB/T 2260)")
    ask.add_argument("--as-of", type=_day, default=None, help="the day whose law is meant (default: today)")
    ask.add_argument("--lang", default="", help="language tag of the answer: zh-Hans, zh-Hant, en, ko")
    ask.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    commands.add_parser("check", help="load and check texts, entries and lexicon")
    commands.add_parser("import", help="repair a scraped document into a policy file", add_help=False)
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it as 2026-07-01") from error


def _today() -> date:
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def _region(region: object) -> str | None:
    """A code or a name; a place nobody knows is a bad question, not a silent default."""
    if region is None or region == "":
        return None
    code = resolve(str(region))
    if code is None:
        raise BadQuestionError(f"--region: {region!r} is no known place; give a 6-digit code such as 220100")
    return code


def _ask(bot: Bot, options: argparse.Namespace) -> int:
    answer = bot.ask(
        options.question,
        region=_region(options.region),
        as_of=options.as_of or _today(),
        lang=options.lang,
    )
    if options.json:
        print(json.dumps(answer.to_json(), ensure_ascii=False, indent=2))
    else:
        print(_in_words(answer))
    return 0


def _batch(bot: Bot, options: argparse.Namespace) -> int:
    as_of = options.as_of or _today()
    code = 0
    for number, line in _lines(options.batch):
        try:
            line.encode("utf-8")
            question = json.loads(line)
            if not isinstance(question, dict) or not isinstance(question.get("text"), str):
                raise BadQuestionError("an object with id and text is needed")
            place = question["region"] if question.get("region") else options.region
            region = resolve(str(place)) if place else None
            if place and region is None:
                print(
                    f"{options.batch}:{number}: {place!r} is no known place; answered without one",
                    file=sys.stderr,
                )
            answer = bot.ask(
                question["text"],
                region=region,
                as_of=as_of,
                lang=str(question.get("lang") or options.lang),
                context=question.get("context"),
            )
        except (ValueError, RecursionError, BadQuestionError) as error:
            why = "is not UTF-8" if isinstance(error, UnicodeEncodeError) else error
            print(f"{options.batch}:{number}: {why}", file=sys.stderr)
            code = 1
            continue
        print(json.dumps({"id": question.get("id"), **answer.to_json()}, ensure_ascii=False))
    return code


def _lines(name: str) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, by number; bytes that are no UTF-8 come through, so that each is judged alone."""
    with (
        sys.stdin if name == "-" else Path(name).open(encoding="utf-8-sig", errors="surrogateescape")
    ) as source:
        for number, line in enumerate(source, start=1):
            if line.strip():
                yield number, line


def _check(bot: Bot) -> int:
    defects = bot.check(_today())
    for defect in defects:
        print(defect, file=sys.stderr)
    if defects:
        return 1
    known = bot.knowledge
    print(
        f"faq: {len(known.entries)} entries, {len(known.doors)} doors, {len(known.guards)} guards: no defect"
    )
    return 0


def _in_words(answer: Answer) -> str:
    lines = [answer.text]
    for citation in answer.citations:
        quote = f"：“{citation.quote}”" if citation.quote else ""
        number = citation.document_number or citation.title
        lines.append(f"  [{citation.status}] {number} {citation.clause}{quote}")
    if answer.lacks:
        lines.append(f"文件没有写：{answer.lacks}")
    lines += [f"  · {choice.label}" for choice in (*answer.choices, *answer.follow_up)]
    if answer.hotline is not None:
        lines.append(f"电话 {answer.hotline.number}（{answer.hotline.reason}）")
    lines += ["", *(_in_words(other) for other in answer.also)] if answer.also else []
    return "\n".join(lines)


def _speak_utf_8() -> None:
    """Questions and answers are UTF-8 whatever the terminal's own encoding is."""
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="surrogateescape")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    _speak_utf_8()
    sys.exit(main())
