"""Having records go that may go, at once."""

from __future__ import annotations

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.broker.operating.tidying import tidy
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import UnknownTopic
from tests.broker.conftest import HOME


def test_records_of_a_compacted_topic_go_while_others_stay(
    broker: Broker, machine: MemoryMachine
) -> None:
    for name in ("a", "b"):
        Admin(broker).create_topic(name, 1, cleanup="compact")
        transaction = broker.transaction()
        transaction.send(name, 0, [b"k"] * 9, [b"1"] * 9, [0] * 9)
        transaction.commit()
    tidy(machine.process(), HOME, ["a"])
    broker.backend.watch(["a", "b"])
    broker.backend.refresh()
    found = {
        name: sum(len(batch) for batch in broker.backend.fetch(name, 0, 0, bytes_max=1 << 20))
        for name in ("a", "b")
    }
    assert found == {"a": 1, "b": 9}
    with pytest.raises(UnknownTopic):
        tidy(machine.process(), HOME, ["c"])
