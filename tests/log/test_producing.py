"""An id of producers is one handle's, and what was sent under it is on the chain once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.errors import Fenced, Misuse
from streamz_core.log.log import Log
from streamz_core.log.packing import pack
from streamz_core.log.producing import claim, holds
from streamz_core.log.values import Output, Stamp

Open = Callable[..., Log]


@pytest.fixture
def log(opened: Open) -> Log:
    log = opened("process")
    log.create_topic("t", 1, {})
    return log


def outputs(log: Log) -> list[Output]:
    log.refresh()
    return pack(log, log.topic("t"), 0, [None], [b"v"], [0])


def test_an_id_goes_on_where_it_stood_in_whatever_process(opened: Open, log: Log) -> None:
    assert claim(log, "p") == Stamp("p", 1, 0)
    log.commit([], outputs(log), Stamp("p", 1, 3))
    other = opened()
    stamp = claim(other, "p")
    assert stamp == Stamp("p", 2, 3)
    assert holds(other, stamp)
    assert claim(other, "q") == Stamp("q", 1, 0), "each id for itself"


def test_the_first_is_fenced_by_the_second_at_the_append(opened: Open, log: Log) -> None:
    """It learns of it by the chain and nothing else."""
    first = claim(log, "p")
    other = opened()
    second = claim(other, "p")
    with pytest.raises(Fenced, match="another one began to use this id"):
        log.commit([], outputs(log), Stamp("p", first.epoch, 1))
    assert not holds(log, first)
    other.commit([], outputs(other), Stamp("p", second.epoch, 1))
    assert log.refresh()
    assert log.state.end(1, 0) == 1


def test_what_is_no_id_is_refused(log: Log) -> None:
    with pytest.raises(Misuse, match=r"an id is 'xxx.*at most 1000 bytes"):
        claim(log, "x" * 1001)
