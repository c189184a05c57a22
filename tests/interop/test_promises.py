"""A real Kafka broker keeps every promise that is not said to be the built-in log's alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from streamz_core.testing.promises.check import PROMISES

pytest.importorskip("confluent_kafka", reason="./dev test --with kafka")


@pytest.fixture(scope="module")
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    if "kafka" not in request.config.getoption("beside"):
        pytest.skip("./dev test --with kafka")
    from tests.interop.broker import running

    with running() as found:
        yield found


@pytest.mark.parametrize("name", [one.name for one in PROMISES.values() if one.kept_by("kafka")])
def test_promise(name: str, address: str) -> None:
    from tests.interop.clients import KafkaClients

    PROMISES[name](lambda: KafkaClients(address))
