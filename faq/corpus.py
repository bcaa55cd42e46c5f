"""The policy texts: all files of `faq/policies`, as clauses that can be cited and quoted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from faq.errors import DataError, Defect
from faq.policy_file import UNREADABLE, Clause, Policy, Section, parse_policy

__all__ = ["POLICIES", "Clause", "Corpus", "Policy", "Section", "check", "default_corpus", "load_corpus"]

POLICIES = Path(__file__).with_name("policies")
ERRATA = "ERRATA.md"
DRAFT = ".draft.md"


@dataclass(frozen=True, slots=True)
class Corpus:
    """All documents by norm id, and all clauses by clause id. `sha256` names this edition of the texts."""

    norms: Mapping[str, Policy]
    sha256: str
    _clauses: Mapping[str, Clause] = field(repr=False)

    def clause(self, clause_id: str) -> Clause:
        """The clause with this id. Raises KeyError where the corpus has none."""
        return self._clauses[clause_id]

    def __contains__(self, clause_id: object) -> bool:
        return clause_id in self._clauses

    def __iter__(self) -> Iterator[Clause]:
        return iter(self._clauses.values())

    def __len__(self) -> int:
        return len(self._clauses)

    def policy_of(self, clause_id: str) -> Policy:
        """The document a clause belongs to. Raises KeyError where the corpus has no such clause."""
        return self.norms[self._clauses[clause_id].id.partition("#")[0]]

    def quote_is_verbatim(self, clause_id: str, quote: str) -> bool:
        """Whether the quote stands, character for character, in that clause. Unknown clause: False."""
        clause = self._clauses.get(clause_id)
        return clause is not None and bool(quote.strip()) and UNREADABLE not in quote and quote in clause.text


def load_corpus(directory: Path = POLICIES) -> Corpus:
    """Reads and checks every policy file of the directory. Raises DataError with all defects found."""
    defects: list[Defect] = []
    norms: dict[str, Policy] = {}
    digest = hashlib.sha256()
    for path in sorted(directory.glob("*.md")):
        if path.name == ERRATA or path.name.endswith(DRAFT):
            continue
        content = path.read_bytes()
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(content).digest())
        try:
            policy = parse_policy(content.decode("utf-8"), file=path.name)
        except UnicodeDecodeError as error:
            defects.append(Defect(path.name, f"byte {error.start}", "not UTF-8", "save the file as UTF-8"))
        except DataError as error:
            defects.extend(error.defects)
        else:
            norms[policy.norm] = policy
    if not norms and not defects:
        defects.append(
            Defect(directory.name, "*.md", "no policy file found", "run `python -m faq import RAW` first")
        )
    if defects:
        raise DataError(defects)
    clauses = {clause.id: clause for policy in norms.values() for clause in policy.clauses}
    return Corpus(MappingProxyType(norms), digest.hexdigest(), MappingProxyType(clauses))


@lru_cache(maxsize=1)
def default_corpus() -> Corpus:
    """The shipped corpus, read once a process."""
    return load_corpus()


def check(directory: Path = POLICIES) -> tuple[Defect, ...]:
    """Every defect of the policy files; empty where all is well. Never raises for bad data."""
    try:
        load_corpus(directory)
    except DataError as error:
        return error.defects
    return ()
