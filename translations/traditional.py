"""`python -m translations.traditional`: makes the 繁體 catalogue from the source strings by OpenCC.

`corrections.toml` holds what OpenCC gets wrong in our field (核, 复议, 著); a reviewer adds to it.
"""

from __future__ import annotations

import sys
import tomllib

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from opencc import OpenCC

from translations.check import HERE, template


def traditional(text: str, converter: OpenCC, corrections: dict[str, str]) -> str:
    """Simplified to Traditional as our readers write it."""
    changed = converter.convert(text)
    for wrong, right in corrections.items():
        changed = changed.replace(wrong, right)
    return changed


def main() -> int:
    corrections = tomllib.loads((HERE / "corrections.toml").read_text(encoding="utf-8"))["after_opencc"]
    made = Catalog(
        locale="zh_Hant",
        project="Doudi",
        version="1",
        header_comment="# Made by `python -m translations.traditional` from the source strings; not edited by hand.",
        fuzzy=False,  # a catalogue marked fuzzy is not compiled
    )
    converter = OpenCC("s2t")
    for message in template():
        if message.id:
            made.add(
                message.id, traditional(str(message.id), converter, corrections), context=message.context
            )
    target = HERE / "zh_Hant" / "LC_MESSAGES" / "messages.po"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        write_po(file, made, no_location=True, sort_output=True, omit_header=False)
    print(f"{target.relative_to(HERE.parent)}: {len(made)} strings")
    return 0


if __name__ == "__main__":
    sys.exit(main())
