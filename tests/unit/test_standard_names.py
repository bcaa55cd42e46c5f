"""The names of local values: what a citizen may type, a county can publish; each name says what it is."""

import tomllib
from pathlib import Path

import pytest

from estimator.errors import DataError
from estimator.standards_reader import DEFAULT_NAMES, read_names

FACTS = DEFAULT_NAMES.with_name("facts.toml")


def test_every_figure_a_citizen_may_type_can_also_be_published() -> None:
    facts = tomllib.loads(FACTS.read_text(encoding="utf-8"))["fact"]
    typed = {
        fact["id"].removeprefix("standards.")
        for fact in facts
        if fact["id"].startswith("standards.") and fact["type"] in ("money", "number")
    }
    assert typed
    assert typed - read_names(DEFAULT_NAMES).keys() == set()


@pytest.mark.parametrize(
    "table",
    [
        '[line]\nunits = ["CNY/month"]',
        '[line]\ntitle = "线"',
        '[line]\ntitle = "线"\nunits = ["CNY/month"]\nof = "other"',
        '[line]\ntitle = "线"\nunits = ["CNY/month"]\nholds = "for ever"',
        '[line]\ntitle = "线"\nof = "other"',
        '[line]\ntitle = "线"\nunit = "CNY/month"',
    ],
)
def test_a_name_table_with_a_mistake_stops_the_start(tmp_path: Path, table: str) -> None:
    file = tmp_path / "names.toml"
    file.write_text(table, encoding="utf-8")
    with pytest.raises(DataError, match="line"):
        read_names(file)
