"""Where a consumer begins in a partition of which its group says nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.broker.receiving.starts import Begin, begin_of
from streamz_core.errors import Misuse
from streamz_core.log.removing import lose

NOW = 100_000


@pytest.fixture
def times(broker: Broker) -> Broker:
    """Offsets 0 to 2, written at 10, 50 and 90 seconds."""
    Admin(broker).create_topic("t", 1)
    transaction = broker.transaction()
    transaction.send("t", 0, [None] * 3, [b"x"] * 3, [10_000, 50_000, 90_000])
    transaction.commit()
    broker.backend.watch(["t"])
    return broker


@pytest.mark.parametrize(
    "start, offset",
    [
        ("earliest", 0),
        ("latest", 3),
        ("60s", 1),
        ("0.5m", 2),
        (timedelta(seconds=50), 1),
        ("1h", 0),
        (timedelta(0), 3),
    ],
)
def test_it_begins_there(times: Broker, start: str | timedelta, offset: int) -> None:
    assert begin_of(start).offset(times.backend, ("t", 0), NOW) == offset


def test_what_is_lost_is_passed(times: Broker) -> None:
    lose(times.backend.log, times.backend.log.topic("t").id, 0, 0, 2, "skip")
    assert begin_of("earliest").offset(times.backend, ("t", 0), NOW) == 2


def test_none_is_told(times: Broker) -> None:
    with pytest.raises(Misuse, match=r"no offset for t\[0\], and start='none': say where"):
        begin_of("none").offset(times.backend, ("t", 0), NOW)


@pytest.mark.parametrize(
    "start, error",
    [
        ("newest", Misuse),
        ("-5s", Misuse),
        ("5", Misuse),
        (timedelta(seconds=-1), Misuse),
        (5, TypeError),
        (None, TypeError),
    ],
)
def test_what_makes_no_sense_is_refused(start, error) -> None:
    with pytest.raises(error, match="start"):
        begin_of(start)


def test_a_length_is_in_ms() -> None:
    assert begin_of("1.5h") == Begin("back", 5_400_000)
    assert begin_of(timedelta(milliseconds=7)) == Begin("back", 7)
