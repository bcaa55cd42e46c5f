"""What happens next is a table with clauses; a broken row is named and stops the start."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from portal.apply import household, timeline
from portal.apply.programmes import NAMES


def test_a_family_applying_for_dibao_reads_thirty_working_days_with_the_day() -> None:
    steps = {step.id: step for step in timeline.steps(["dibao"], date(2026, 3, 2))}
    assert steps["decision_dibao"].latest == date(2026, 4, 14)  # over Qingming, 6 April
    assert steps["decision_dibao"].citation == "mca-2021-57#22"
    assert "decision_rigid" not in steps


@pytest.mark.parametrize("programme", list(NAMES))
def test_every_programme_says_something_about_what_happens_next(programme: str) -> None:
    assert timeline.steps([programme], date(2026, 11, 22))


@pytest.mark.parametrize(
    ("module", "before", "after", "error"),
    [
        (timeline, 'citation = "law-2026#50"\n', "", timeline.TimelineError),
        (timeline, "days = 3\n", "weeks = 3\n", timeline.TimelineError),
        (household, 'citation = "mca-2021-57#7"\n', "", household.HouseholdTableError),
        (household, 'living = ["clergy"]', 'lives = ["clergy"]', household.HouseholdTableError),
        (
            household,
            'id = "living_elsewhere"\n',
            'id = "living_elsewhere"\nminor = false\n',
            household.HouseholdTableError,
        ),
    ],
)
def test_a_broken_row_is_named(
    module: object,
    before: str,
    after: str,
    error: type[Exception],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table: Path = module._TABLE  # type: ignore[attr-defined]
    text = table.read_text(encoding="utf-8")
    assert before in text
    broken = tmp_path / table.name
    broken.write_text(text.replace(before, after, 1), encoding="utf-8")
    monkeypatch.setattr(module, "_TABLE", broken)
    module._rows.cache_clear()  # type: ignore[attr-defined]
    with pytest.raises(error, match=table.name):
        module.check_table()  # type: ignore[attr-defined]
    module._rows.cache_clear()  # type: ignore[attr-defined]
