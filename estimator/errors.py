"""The one error of the estimator's data: a defect names file and key, what is wrong, what would be right."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong in one data file."""

    file: str
    key: str
    problem: str
    cure: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.problem}; {self.cure}"


class DataError(Exception):
    """The data files do not hold together; carries every defect found, one line each."""

    def __init__(self, defects: tuple[Defect, ...]) -> None:
        super().__init__(defects)
        self.defects = defects

    def __str__(self) -> str:
        return "\n".join(str(defect) for defect in self.defects)


@dataclass(frozen=True, slots=True)
class FactProblem:
    """One answer that cannot be read: where it stands, what is wrong, what would be right."""

    path: str
    problem: str
    cure: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}; {self.cure}"


class FactError(Exception):
    """The facts of a question cannot be read; carries every problem found, one line each."""

    def __init__(self, problems: tuple[FactProblem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)
