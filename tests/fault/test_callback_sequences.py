"""F8: random sequences of callbacks, doubled, reordered and impossible, against a model of a few lines."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from portal import db
from portal.handoff import callbacks
from portal.handoff.callbacks import Verdict
from portal.handoff.events import CaseEvent
from portal.handoff.models import CaseRecord
from tests.support.handoff import START, Desk, office, settings_for

STATES = callbacks.case_states()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = settings_for(tmp_path)
    with office(settings) as engine:
        yield Desk(engine, settings)


def play(desk: Desk, seed: int, length: int = 12) -> None:
    """One application, one random story; after every event state and verdict are those of the model."""
    chance = random.Random(seed)  # noqa: S311  # a fixed seed, no secret
    state, highest, seen, number = "none", -1, dict[str, CaseEvent](), desk.submit(f"draft-{seed}").number
    with db.writing(desk.engine) as session:
        for _ in range(length):
            if seen and chance.random() < 0.2:
                told = chance.choice(list(seen.values()))
            else:
                sequence, name = chance.randrange(length), chance.choice(STATES)
                told = CaseEvent(
                    "urn:case-system", f"{seed}-{sequence}-{name}", number, name, sequence,
                    START + timedelta(minutes=sequence), {"reason": "收入高于标准"},
                )  # fmt: skip
            verdict = callbacks.receive(session, told, now=desk.clock())
            if told.id in seen:
                wanted = Verdict.DUPLICATE
            elif told.sequence <= highest:
                wanted = Verdict.STALE
            elif told.state not in callbacks.transitions()[state]:
                wanted = Verdict.IMPOSSIBLE
            else:
                wanted, state, highest = Verdict.APPLIED, told.state, told.sequence
            seen[told.id] = told
            assert verdict == wanted, (seed, told)
    with Session(desk.engine) as session:
        record = session.get(CaseRecord, number)
        assert (record.state if record else "none") == state


def test_two_hundred_random_stories_end_as_the_model_says(desk: Desk) -> None:
    for seed in range(200):
        play(desk, seed)


@pytest.mark.soak
def test_ten_thousand_random_stories_end_as_the_model_says(desk: Desk) -> None:
    for seed in range(10_000):
        play(desk, seed)
