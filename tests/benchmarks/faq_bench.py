"""Measures the question bot on a labelled set and on synthetic sizes: `make bench-faq QUESTIONS=path`.

A line: {id, text, lang?, region?, context?, gold: [clause ids], answerable, kind, probe}. Real, near-domain,
general letters and probes are reported apart, each with n and a 95 % Wilson interval.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from faq.bot import Bot, load_bot
from faq.gazetteer import resolve
from faq.lexicon import load_lexicon
from faq.matching import build_matcher
from faq.passages import Passages

LOCAL = ("jl-", "hn-", "yj-")
HOME = {"22": ("jl-",), "43": ("hn-",), "4417": ("yj-",)}
ANSWERS = ("answer", "rule_only")


@dataclass(frozen=True, slots=True)
class Row:
    """A question with what came back for it."""

    question: dict[str, Any]
    answer: dict[str, Any]

    @property
    def answered(self) -> bool:
        return self.answer["kind"] in ANSWERS

    @property
    def clauses(self) -> list[str]:
        return [citation["clause"] for citation in self.answer["citations"]]

    @property
    def local(self) -> list[str]:
        return [clause for clause in self.clauses if clause.startswith(LOCAL)]

    @property
    def hit(self) -> bool:
        """The first citation among the five documents is an accepted one."""
        return self.answered and bool(self.local) and self.local[0] in self.question["gold"]

    @property
    def hit_strict(self) -> bool:
        """The very first citation is an accepted one."""
        return self.answered and bool(self.clauses) and self.clauses[0] in self.question["gold"]

    @property
    def hit3(self) -> bool:
        return self.answered and any(clause in self.question["gold"] for clause in self.local[:3])


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if n == 0:
        return 0.0, 1.0
    z, share = 1.96, hits / n
    middle = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)


def share(name: str, marks: Sequence[bool]) -> str:
    low, high = wilson(sum(marks), len(marks))
    value = sum(marks) / len(marks) if marks else 0.0
    return f"{name:44s} {value:.3f}  n={len(marks):4d}  95% CI {low:.3f}-{high:.3f}"


def measure(bot: Bot, questions: Iterable[dict[str, Any]]) -> tuple[list[Row], list[float]]:
    """Ask every question; the rows and the milliseconds of processor time each took."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    rows, times = [], []
    for question in questions:
        start = time.process_time()
        answer = bot.ask(
            question["text"],
            region=resolve(question.get("region")),
            as_of=today,
            lang=question.get("lang") or "",
            context=question.get("context"),
        )
        times.append((time.process_time() - start) * 1000)
        rows.append(Row(question, answer.to_json()))
    return rows, times


def report(rows: Sequence[Row], times: Sequence[float]) -> list[str]:
    """The figures, one a line."""
    written = [row for row in rows if row.question.get("kind") == "written"]
    letters = [row for row in rows if row.question.get("kind") == "general_letter_title"]
    real = [row for row in rows if row not in written and row not in letters]
    yes = [row for row in real if row.question["answerable"]]
    no = [row for row in real if not row.question["answerable"]]
    given = [row for row in real if row.answered]
    lines = [
        share("real: hit@1 (first of the five documents)", [row.hit for row in yes]),
        share("real: hit@1 (very first citation)", [row.hit_strict for row in yes]),
        share("real: hit@3", [row.hit3 for row in yes]),
        share("real: answer rate on answerable", [row.answered for row in yes]),
        share("real: precision of given answers", [row.hit for row in given]),
        share("near-domain: false answers", [row.answered and bool(row.local) for row in no]),
        share("near-domain: any answer, national included", [row.answered for row in no]),
        share("general letters: answered", [row.answered for row in letters]),
        share("general letters: asked back", [row.answer["kind"] == "clarify" for row in letters]),
    ]
    for probe in sorted({row.question["probe"] for row in written}):
        mine = [row for row in written if row.question["probe"] == probe]
        if probe == "oos":
            lines.append(share("probe oos: rightly not answered", [not row.answered for row in mine]))
            continue
        lines.append(share(f"probe {probe}: hit@1", [_right(row) for row in mine]))
    lines += [
        share("draft served as law", [_draft(row) for row in rows]),
        share("another province's rule for a stated place", [_lent(row) for row in rows]),
        f"processor time per question: p50 {_rank(times, 0.5):.2f} ms, p95 {_rank(times, 0.95):.2f} ms, "
        f"max {max(times):.2f} ms",
    ]
    return lines


def _right(row: Row) -> bool:
    if all(clause.startswith("jl-2018-draft") for clause in row.question["gold"]):
        # Only the draft speaks of it: right is the national layer, never the draft as law.
        return row.answered and not _draft(row)
    return row.hit


def _draft(row: Row) -> bool:
    return any(c["norm"] == "jl-2018-draft" and c["status"] != "draft" for c in row.answer["citations"])


def _lent(row: Row) -> bool:
    region = row.answer["trace"]["slots"]["region"]
    if not region:
        return False
    allowed = next((own for code, own in HOME.items() if region.startswith(code)), ())
    return any(not clause.startswith(allowed) if allowed else True for clause in row.local)


def _rank(times: Sequence[float], at: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * at))]


def sizes(bot: Bot, questions: Sequence[dict[str, Any]]) -> list[str]:
    """Build and ask time with 10,000 and 100,000 entries and passages, made by varying the real ones."""
    lexicon = load_lexicon()
    real = [(entry.id, entry.patterns, entry.lift) for entry in bot.knowledge.entries.values()]
    texts = [bot.normalise(question["text"]) for question in questions][:120]
    clauses = bot.passage_texts()
    # Literals that real questions do contain: the pairs of characters of the policy texts.
    pairs = sorted({clause[n : n + 2] for clause in clauses for n in range(len(clause) - 1)} - {""})
    pairs = [pair for pair in pairs if len(pair) == 2 and all("\u4e00" <= c <= "\u9fff" for c in pair)]
    lines = []
    for size in (10_000, 100_000):
        owners = []
        for number in range(size):
            entry_id, patterns, lift = real[number % len(real)]
            extra = pairs[number % len(pairs)]
            owners.append((f"{entry_id}/{number}", [f"{pattern} {extra}" for pattern in patterns[:8]], lift))
        passages = [(f"x#{n}", clauses[n % len(clauses)][:120] + f"第{n}号") for n in range(size)]
        start = time.process_time()
        matcher = build_matcher(lexicon, [*real, *owners])
        built = time.process_time() - start
        start = time.process_time()
        index = Passages(passages)
        indexed = time.process_time() - start
        times = []
        for text in texts:
            start = time.process_time()
            matcher.find(matcher.read(text))
            index.nearest(text)
            times.append((time.process_time() - start) * 1000)
        lines.append(
            f"{size:7d} entries: entry index {built:.2f} s, passage index {indexed:.2f} s, "
            f"p50 {_rank(times, 0.5):.2f} ms, p95 {_rank(times, 0.95):.2f} ms"
        )
    return lines


def main(argv: Sequence[str]) -> int:
    if not argv:
        print("usage: faq_bench QUESTIONS.jsonl [--misses] [--sizes]", file=sys.stderr)
        return 2
    lines = Path(argv[0]).read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines if line.strip()]
    start = time.process_time()
    bot = load_bot()
    print(f"loaded and checked in {time.process_time() - start:.2f} s")
    rows, times = measure(bot, questions)
    print("\n".join(report(rows, times)))
    if "--misses" in argv:
        for row in rows:
            wanted = row.question["answerable"]
            if wanted != row.answered or (wanted and not _right(row)):
                found = f"{row.answer['kind']} {row.answer['entry']} {row.clauses[:2]}"
                text, why = row.question["text"][:60], row.answer["trace"]["why"]
                print(f"  {row.question['id']} {found} | {text} | {why}")
    if "--sizes" in argv:
        print("\n".join(sizes(bot, questions)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
