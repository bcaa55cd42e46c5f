"""Every alarm has a section in the runbook, and every figure it looks at is one that the portal tells."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from portal import chores
from portal.operations import __file__ as here
from tests.support.pages import LintedClient

FOLDER = Path(here).parent
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "alarms.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
RUNBOOK = (FOLDER / "RUNBOOK.md").read_text(encoding="utf-8")
METRIC = re.compile(r"\bdoudi_[a-z_]+")


def test_every_alarm_has_its_section_and_every_section_its_alarm() -> None:
    before_the_rest = RUNBOOK.split("# What has no alarm")[0]
    sections = re.findall(r"^## (\w+)$", before_the_rest, re.MULTILINE)
    assert sections == [rule["alert"] for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alarm_says_how_bad_it_is_what_it_means_and_how_long_it_waits(rule: dict[str, Any]) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("page", "look")
    assert rule["annotations"]["summary"].endswith(".")
    assert (FOLDER.parents[1] / rule["annotations"]["runbook"]).exists()


def test_every_figure_an_alarm_looks_at_is_told(app: Flask, client: LintedClient) -> None:
    with chores.recorded(app.extensions["doudi_engine"], "backup"):
        pass
    client.get("/")
    told = set(METRIC.findall(client.get("/metrics").text))
    wanted = {name for rule in RULES for name in METRIC.findall(rule["expr"])}
    assert len(wanted) >= 8
    assert wanted <= told


def test_every_label_an_alarm_selects_exists(client: LintedClient) -> None:
    client.get("/")
    told = client.get("/metrics").text
    for rule in RULES:
        for metric, label, value in re.findall(r"(doudi_[a-z_]+)\{(\w+)=\"(\w+)\"", rule["expr"]):
            if label in ("status", "chore"):
                assert f"{label}=" in told or label == "chore"
                continue
            assert f'{metric}{{{label}="{value}"}}' in told, rule["alert"]


def test_every_command_of_the_runbook_exists(app: Flask) -> None:
    runner = app.test_cli_runner()
    for command in ("doctor", "backup check", "backup create", "backup restore", "database upgrade", "keys rotate",
                    "handoff status", "handoff replay", "handoff restart-route", "handoff reconcile", "handoff keys",
                    "retention run"):  # fmt: skip
        assert command in RUNBOOK, command
        assert runner.invoke(args=[*command.split(), "--help"]).exit_code == 0, command
