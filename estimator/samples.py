"""The sample households on which a change of the tables is tried: every family of `households.toml` in every
of its places."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

SAMPLES_FILE: Final = Path(__file__).with_name("samples") / "households.toml"


@dataclass(frozen=True, slots=True)
class Sample:
    """One family in one place; `facts` as the contract names them, without a day."""

    id: str
    title: str
    facts: Mapping[str, Any]


def load_samples(path: Path = SAMPLES_FILE) -> tuple[Sample, ...]:
    """Every family in every place, in the order of the file."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    told = document["told"]
    return tuple(
        Sample(
            f"{where['id']}/{family['id']}",
            f"{where['title']}，{family['title']}",
            _facts(told, where, family),
        )
        for where in document["place"]
        for family in document["family"]
    )


def _facts(told: Mapping[str, Any], where: Mapping[str, Any], family: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "region": where["region"],
        "area": where["area"],
        "standards": dict(where.get("standards", {})),
        "household": _merged(told["household"], family.get("household", {})),
        "members": [
            _merged(told["member"], {"id": f"m{number}", **member})
            for number, member in enumerate(family["members"], 1)
        ],
    }
    for path in family.get("untold", ()):
        _take_away(facts, path.split("."))
    return facts


def _merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    merged = copy.deepcopy(dict(base))
    for key, value in change.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else copy.deepcopy(value)
    return merged


def _take_away(facts: Any, path: list[str]) -> None:
    *steps, last = path
    for step in steps:
        facts = next(one for one in facts if one["id"] == step) if isinstance(facts, list) else facts[step]
    del facts[last]
