"""Babel extractor for the tables: the citizens' words in TOML files become strings to translate."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

# Keys whose values people read. Everything else in the tables (ids, expressions, clauses, dates) is not language.
WORDS = {
    "title", "text", "true", "false", "unknown", "question", "help", "unclear", "label", "words", "answer", "lacks",
}  # fmt: skip

THIS_PERSON = "这个人"
Found = tuple[int, None, str, list[str]]


def extract(
    fileobj: IO[bytes], keywords: Mapping[str, Any], comment_tags: Collection[str], options: Mapping[str, str]
) -> Iterator[Found]:
    """Yield (line, function, message, comments) as Babel expects.

    In babel.cfg `keys = a b` adds keys and `only = a b` names all keys there are.
    """
    keys = set(options.get("only", "").split()) or WORDS | set(options.get("keys", "").split())
    raw = fileobj.read().decode("utf-8")
    for message in dict.fromkeys(_strings(tomllib.loads(raw), keys)):
        yield 1 + raw[: max(raw.find(message), 0)].count("\n"), None, message, []


def _strings(node: object, keys: Collection[str]) -> Iterator[str]:
    match node:
        case dict():
            for key, value in node.items():
                if key in keys and isinstance(value, str) and value:
                    yield value
                    # Asked of the citizen herself, a question about a member says 您; other languages cannot put
                    # one word for another, so both forms are strings.
                    if key == "question" and THIS_PERSON in value:
                        yield value.replace(THIS_PERSON, "您")
                elif key in keys and isinstance(value, list):
                    yield from (item for item in value if isinstance(item, str) and item)
                else:
                    yield from _strings(value, keys)
        case list():
            for item in node:
                yield from _strings(item, keys)
