"""Writes small folders of published values for tests of the standards, from a few words a row."""

from pathlib import Path

LINE = {
    "name": '"dibao_standard"',
    "area": '"urban"',
    "value": '"500"',
    "unit": '"CNY/person/month"',
    "from": "2024-01-01",
    "kind": '"local"',
    "document": '"某民发〔2024〕1号"',
    "confidence": '"high"',
}


def row(**changes: str | None) -> str:
    """One [[value]] of TOML: a good dibao line with changed keys (values as TOML), None takes a key away."""
    keys = {**LINE, **{key.rstrip("_"): value for key, value in changes.items()}}
    lines = [f"{key} = {value}" for key, value in keys.items() if value is not None]
    return "\n".join(["[[value]]", *lines])


def write(directory: Path, code: str, *rows: str, head: str | None = None) -> Path:
    """One file of a place with these rows; `head` replaces its first line."""
    file = directory / f"{code}.toml"
    file.write_text("\n".join([head if head is not None else f'place = "{code}"', *rows]), encoding="utf-8")
    return file
