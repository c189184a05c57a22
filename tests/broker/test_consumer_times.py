"""Reading from a time on."""

from __future__ import annotations

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import Misuse
from tests.broker.test_consumer import Another, consumer, numbers


def test_it_is_read_from_a_time_on(broker: Broker) -> None:
    admin = Admin(broker)
    admin.create_topic("t", 2)
    transaction = broker.transaction()
    values = [INT.encode(number) for number in range(4)]
    transaction.send("t", 0, [b"k"] * 4, values, [10, 30, 20, 30])
    transaction.send("t", 1, [b"k"], values[:1], [5])
    transaction.commit()
    assert admin.offsets_for_times("t", 15) == {0: (1, 30), 1: None}
    with consumer(broker) as one:
        assert one.offsets_for_times({("t", 0): 20, ("t", 1): 5}) == {
            ("t", 0): (1, 30),
            ("t", 1): (0, 5),
        }
        one.seek_to_time(11)
        assert (one.position("t", 0), one.position("t", 1)) == (1, 1)
        assert numbers(one.poll(0)) == [1, 2, 3]
        with pytest.raises(Misuse, match="is not read here"):
            one.offsets_for_times({("u", 0): 1})
        with pytest.raises(TypeError, match="times are 7; they have to be a dict"):
            one.offsets_for_times(7)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="a time is 'noon'"):
            one.seek_to_time("noon")  # type: ignore[arg-type]


def test_by_time_only_what_is_as_safe_as_is_promised_is_found(
    broker: Broker, another: Another
) -> None:
    Admin(broker).create_topic("t", 1)
    broker.backend.upkeep()
    reader = another()
    transaction = broker.transaction()
    transaction.send("t", 0, [b"k"], [INT.encode(7)], [50])
    transaction.commit()
    with Consumer(reader, ["t"], key=STR, value=INT) as one:
        safe = one.end_offsets()["t", 0]
        one.seek_to_time(50)
        assert one.position("t", 0) == 0
        assert (one.offsets_for_times({("t", 0): 50})["t", 0] is None) == (safe == 0)
