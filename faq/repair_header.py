"""What an unknown document tells about itself, and what is still undecided after a repair."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from faq.policy_file import DAMAGE, UNREADABLE
from faq.repair_policy import HEADER_ORDER
from faq.repair_table import Table
from faq.segment import Segments

_KINDS = "意见|通知|办法|方案|规定|细则|决定|条例"
_TITLE = re.compile(rf"(?:.*(?:关于|印发).*|\S{{2,30}})(?:{_KINDS})(?:[（(].{{2,8}}[）)])?")
_NUMBER = re.compile(r"[\u4e00-\u9fff]{2,8}〔(?:19|20)\d\d〕\d+号")
_DAY = re.compile(r"((?:19|20)\d\d)[年-](\d{1,2})[月-](\d{1,2})")


def guess_title(text: str) -> str:
    """The first line that reads like the title of a policy document, or an empty string."""
    lines = (line.strip() for line in text.split("\n"))
    return next((line for line in lines if _TITLE.fullmatch(line)), "")


def guess_header(title: str, text: str, front: Sequence[str]) -> dict[str, object]:
    """What the document itself tells about its header; what it does not tell stays empty."""
    number = next((match[0] for line in front if (match := _NUMBER.search(line))), "")
    facts: dict[str, object] = {"title": title, "document_number": number, "issuer": "", "jurisdiction": ""}
    day = next(_days(text), None)
    return {**facts, "status": "unverified", **({} if day is None else {"date": day})}


def find_problems(
    table: Table | None, sha256: str, header: Mapping[str, object], segments: Segments
) -> tuple[str, ...]:
    """What a person has to decide before the document may be served, one sentence each."""
    problems: list[str] = []
    if table is None:
        problems.append(
            "unknown document, so only a draft; put its facts into faq/policies/repairs/<norm>.toml"
        )
        problems.extend(f"header: {key} is not known" for key in HEADER_ORDER if header.get(key) == "")
        if "date" not in header:
            problems.append("header: date is not known")
    elif table.source_sha256 != sha256:
        problems.append("not the raw file its table was written for (other sha256); compare the result")
    if not segments.clauses():
        problems.append("no numbered clause found; number them by hand in the draft")
    for clause in segments.clauses():
        text = "".join(clause.paragraphs)
        if UNREADABLE in text:
            problems.append(f"#{clause.path}: an unreadable place; decide it in a table row")
        if DAMAGE.search(text):
            problems.append(f"#{clause.path}: damaged characters are left; decide them in a table row")
    if DAMAGE.search("".join((*segments.front, *segments.closing))):
        problems.append(
            "front text or closing lines: damaged characters are left; decide them in a table row"
        )
    return tuple(problems)


def _days(text: str) -> Iterator[date]:
    for match in _DAY.finditer(text):
        try:
            yield date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            continue
