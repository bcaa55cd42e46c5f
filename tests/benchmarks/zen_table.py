"""The dibao table alone in GoRules' zen engine: which document speaks, and whether the household is below the line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import zen

_INPUTS = ("region", "area", "day", "income_12", "line_12_size", "property_ok", "residence_ok", "assets_12")
_BELOW = ("< line_12_size", "", "true", "true", "")
_ROWS = (
    ('startsWith($, "4417")', '"rural"', ">= 20170324", *_BELOW, "dibao-yj-2017"),
    ('startsWith($, "22")', '"rural"', "[20171201..20201231]", *_BELOW, "dibao-jl-2017"),
    ('startsWith($, "43")', '"rural"', ">= 20171220", *_BELOW, "dibao-hn-2017"),
    ('startsWith($, "22")', "", ">= 20210101", *_BELOW[:4], "<= 24 * line_12_size", "dibao-jl-2020"),
    ("", "", ">= 20260701", *_BELOW, "dibao-law-2026"),
    ("", "", "[20140501..20260630]", *_BELOW, "dibao-order-649"),
)


def make_asker() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that asks the table; its content is compiled once and handed out by a loader."""
    rules = [
        {
            "_id": f"r{number}",
            **{f"i{column}": cell for column, cell in enumerate(row[:-1])},
            "o0": f'"{row[-1]}"',
        }
        for number, row in enumerate(_ROWS)
    ]
    table = {
        "hitPolicy": "first",
        "inputs": [{"id": f"i{column}", "name": name, "field": name} for column, name in enumerate(_INPUTS)],
        "outputs": [{"id": "o0", "name": "rule", "field": "rule"}],
        "rules": rules,
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "content": {}},
        {"id": "table", "type": "decisionTableNode", "name": "dibao", "content": table},
        {"id": "out", "type": "outputNode", "name": "out", "content": {}},
    ]
    edges = [
        {"id": "e1", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "e2", "type": "edge", "sourceId": "table", "targetId": "out"},
    ]
    graph = {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}
    content = zen.ZenDecisionContent(json.dumps(graph))
    engine = zen.ZenEngine({"loader": lambda key: content})
    return lambda inputs: dict(engine.evaluate("dibao", inputs)["result"])
