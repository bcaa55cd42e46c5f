"""Runs FEEL conformance cases: `python -m tests.support.feel_tck CASES.json`, exit 1 below 97 percent.

The cases are a JSON list of {folder, id, expr, expected}; they are read from where they lie.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

from estimator.feel.batch import run_batch

REQUIRED = 0.97


def same(value: object, expected: object) -> bool:
    """Equal as the kit compares: numbers within 1e-8, relatively where they are large."""
    if isinstance(value, list) and isinstance(expected, list):
        return len(value) == len(expected) and all(map(same, value, expected))
    if isinstance(value, bool) or isinstance(expected, bool) or value is None or expected is None:
        return value is expected
    if isinstance(value, int | float) and isinstance(expected, int | float):
        return math.isclose(value, expected, rel_tol=1e-12, abs_tol=1e-8)
    return value == expected


def main(arguments: list[str]) -> int:
    """Prints each failure and the share that passes."""
    if len(arguments) != 1:
        print("usage: python -m tests.support.feel_tck CASES.json", file=sys.stderr)
        return 2
    cases = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    results = run_batch([{"id": case["id"], "expr": case["expr"]} for case in cases])
    passed = 0
    for case, result in zip(cases, results, strict=True):
        if same(result["value"], case["expected"]):
            passed += 1
        else:
            got, wanted = result["value"], case["expected"]
            print(f"{case['folder']}/{case['id']}: {case['expr']} is {got}, not {wanted}")
    print(f"{passed} of {len(cases)} cases pass ({passed / len(cases):.1%})")
    return 0 if passed >= REQUIRED * len(cases) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
