"""Defects in the data files of the FAQ, said so that the person who edits the file can cure them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong in one data file: where it is, what is wrong, what would be right."""

    file: str
    key: str
    problem: str
    cure: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.problem}; {self.cure}"


class DataError(Exception):
    """Data that must not be served. Carries every defect found, not only the first."""

    def __init__(self, defects: Sequence[Defect]) -> None:
        self.defects: tuple[Defect, ...] = tuple(defects)
        super().__init__("\n".join(str(defect) for defect in self.defects))
