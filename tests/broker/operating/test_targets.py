"""Where a group goes on: each way to say it, within what the partition has."""

from __future__ import annotations

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.broker.operating.targets import (
    Target,
    current,
    earliest,
    first,
    latest,
    shifted_by,
    to_offset,
    to_time,
)


@pytest.mark.parametrize(
    "target, stood, new",
    [
        (earliest, 5, None),
        (first, 5, 2),
        (latest, 5, 6),
        (current, 5, 5),
        (current, 1, 2),
        (to_offset(4), None, 4),
        (to_offset(0), None, 2),
        (to_offset(9), None, 6),
        (shifted_by(-1), 5, 4),
        (shifted_by(-9), 5, 2),
        (shifted_by(9), 5, 6),
        (to_time(35), None, 4),
        (to_time(0), None, 2),
        (to_time(99), None, 6),
    ],
)
def test_each_way(broker: Broker, target: Target, stood: int | None, new: int | None) -> None:
    admin = Admin(broker)
    admin.create_topic("t", 1)
    transaction = broker.transaction()
    transaction.send("t", 0, [b"k"] * 6, [b"v"] * 6, [0, 10, 20, 30, 40, 50])
    transaction.commit()
    admin.delete_records("t", {0: 2})
    assert target(broker.backend, ("t", 0), stood) == new
    if stood is None:
        assert current(broker.backend, ("t", 0), None) == 2
