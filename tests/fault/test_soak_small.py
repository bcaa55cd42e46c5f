"""The trials of the soak in small numbers, so that they stay true between two full runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fault import soak


@pytest.mark.parametrize(
    ("trial", "size"),
    [
        (soak.f1_web_worker_killed, 15),
        (soak.f2_relay_killed, 6),
        (soak.f6_doubled_submits, 80),
        (soak.f7_same_key, 20),
        (soak.f16_retention, 45),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_fault_loses_and_doubles_nothing(trial: Callable[[int], str], size: int) -> None:
    result = trial(size)
    assert "PASS" in result, result
    assert "wrong count" not in result, result
