"""Six thousand steps of everybody who uses topics, the same in every run; more by `./dev chaos model --budget 10m`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from streamz_core.broker.embedded import EmbeddedBackend
from streamz_core.broker.receiving.rounds import Rounds
from streamz_core.broker.sending.outbox import Outbox
from streamz_core.broker.sending.together import ProducerTransaction
from tests.model.world import World
from tests.model.writing import Writing

WORLDS = settings(
    max_examples=110,
    stateful_step_count=60,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
# What is found is not made shorter: that it is found is all that is asked.
HUNT = settings(WORLDS, max_examples=400, phases=[Phase.generate])


def test_topics_are_as_the_model_says() -> None:
    before = Writing.taken
    run_state_machine_as_test(World, settings=WORLDS)
    assert Writing.taken - before > 5000


def forgetful(self: Rounds, give: Any, records_max: int, bytes_max: int) -> Any:
    """A poll that ends in the middle of a batch drops a record of it."""
    found, at = take(self, give, records_max, bytes_max)
    return (found[:-1] if len(found) == records_max > 1 else found), at


def late(self: EmbeddedBackend, topic: str, partition: int, at_ms: int, **rest: Any) -> Any:
    """The first record behind a time instead of the first at it."""
    return offset_at(self, topic, partition, at_ms + 1, **rest)


def alone(self: ProducerTransaction, consumer: Any) -> None:
    """What was consumed is forgotten."""


def kept(self: Outbox) -> dict[str, int]:
    """What was discarded is written all the same."""
    found = self._waiting()
    self._write()
    return found


take, offset_at = Rounds.take, EmbeddedBackend.offset_at
MUTANTS: dict[str, tuple[type, str, Callable[..., Any]]] = {
    "a poll gives one less than it passes": (Rounds, "take", forgetful),
    "by time one comes too far": (EmbeddedBackend, "offset_at", late),
    "offsets do not go with the transaction": (ProducerTransaction, "consumed", alone),
    "what is discarded is written": (Outbox, "_discard", kept),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_defect_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*MUTANTS[name])
    with pytest.raises((Exception, pytest.fail.Exception)):
        run_state_machine_as_test(World, settings=HUNT)
