"""What can be wrong with an expression before it is evaluated; evaluation itself never raises."""

from __future__ import annotations


class FeelSyntaxError(ValueError):
    """The text is not an expression of the subset; `line` and `column` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.message = message
        self.line = line
        self.column = column


class FeelNameError(ValueError):
    """The expression uses names that are no known facts; `near` gives each one's closest known names."""

    def __init__(self, near: dict[str, tuple[str, ...]]) -> None:
        parts = [
            f"{name!r} names no known fact" + (f" (near: {', '.join(matches)})" if matches else "")
            for name, matches in near.items()
        ]
        super().__init__("; ".join(parts))
        self.near = near
