"""A task rests only where it took all there is."""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core.runtime.task.queue import Queue
from streamz_core.runtime.task.waiting.resting import Rest


class Ends:
    """Of a backend only what a rest asks of it."""

    def __init__(self) -> None:
        self.ends = {"a": 0, "b": 0}

    def end(self, topic: str, partition: int) -> int:
        assert partition == 0
        return self.ends[topic]


@pytest.fixture
def rest() -> tuple[Rest, Ends, list[Queue]]:
    backend: Any = Ends()
    nothing: Any = None
    queues = [Queue(topic, 0, nothing, nothing) for topic in backend.ends]
    return Rest(backend, queues), backend, queues


Made = tuple[Rest, Ends, list[Queue]]


def test_a_record_of_any_of_its_partitions_is_in_its_way(rest: Made) -> None:
    found, backend, queues = rest
    assert found.reads == [("a", 0), ("b", 0)]
    assert found.possible
    backend.ends["b"] = 1
    assert not found.possible
    queues[1].fetched = 1
    assert found.possible


def test_records_that_were_read_and_not_taken_are_in_its_way(rest: Made) -> None:
    found, _, queues = rest
    queues[0].stop = 1
    assert not found.possible


def test_it_ends_with_a_turn(rest: Made) -> None:
    found, _, _ = rest
    assert (found.until_s, found.until_ms) == (0.0, 0)
    found.begin(5.0, 7)
    assert (found.until_s, found.until_ms) == (5.0, 7)
    found.end()
    assert (found.until_s, found.until_ms) == (0.0, 0)
