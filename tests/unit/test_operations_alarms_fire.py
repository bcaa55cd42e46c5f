"""Each alarm fires when it should and is silent when it should not, by Prometheus' own word (`promtool test rules`)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from portal.operations import __file__ as here

ALARMS = Path(here).parent / "alarms.yml"
CASES = Path(__file__).parent / "alarms_promtool.yml"


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    found = shutil.which("promtool") or str(Path(sys.executable).parent / "promtool")
    return subprocess.run([found, *arguments], capture_output=True, text=True, check=False)


def alarms() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(ALARMS.read_text())["groups"] for rule in group["rules"]]


def test_every_alarm_is_seen_firing_and_silent() -> None:
    seen = {
        (asked["alertname"], bool(asked["exp_alerts"]))
        for case in yaml.safe_load(CASES.read_text())["tests"]
        for asked in case["alert_rule_test"]
    }
    assert seen == {(rule["alert"], fires) for rule in alarms() for fires in (True, False)}


@pytest.mark.prometheus
def test_prometheus_takes_the_rules() -> None:
    told = promtool("check", "rules", str(ALARMS))
    assert told.returncode == 0, told.stderr
    assert f"{len(alarms())} rules found" in told.stdout


@pytest.mark.prometheus
def test_the_alarms_fire_beyond_their_limits_and_are_silent_before_them() -> None:
    told = promtool("test", "rules", str(CASES))
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.prometheus
@pytest.mark.parametrize("rule", alarms(), ids=lambda rule: rule["alert"])
def test_an_alarm_with_another_limit_is_noticed(rule: dict[str, Any], tmp_path: Path) -> None:
    """What these tests are worth: each alarm in turn is bent so that it never fires."""
    bent = yaml.safe_load(ALARMS.read_text())
    for one in bent["groups"][0]["rules"]:
        if one["alert"] == rule["alert"]:
            one["expr"] = f"({one['expr']}) and vector(0) > 1"
    (tmp_path / "alarms.yml").write_text(yaml.safe_dump(bent))
    cases = yaml.safe_load(CASES.read_text())
    cases["rule_files"] = ["alarms.yml"]
    cases["tests"] = [
        case for case in cases["tests"] if rule["alert"] in {asked["alertname"] for asked in case["alert_rule_test"]}
    ]
    (tmp_path / "cases.yml").write_text(yaml.safe_dump(cases))
    told = promtool("test", "rules", str(tmp_path / "cases.yml"))
    assert told.returncode == 1
    assert f"alertname: {rule['alert']}," in told.stdout + told.stderr
