"""A home that is removed or renamed under those who use it: each is told so in a sentence, once it looks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from streamz_core import App
from streamz_core.errors import Corrupt, StreamzError

TOLD = r"log is gone: somebody removed or renamed it while this process used it"
AWAY: dict[str, Callable[[Path], object]] = {
    "removed": shutil.rmtree,
    "renamed": lambda home: home.rename(home.with_name("elsewhere")),
}


@pytest.fixture(params=["power", "process"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> App:
    made = App("homes", home=str(tmp_path / "home"), durability=request.param, log_free_bytes=0)
    source = made.stream(made.topic("in", key=str, value=int, partitions=1))
    source.group_by_key().count(name="counts").to("out")
    with made.producer("in") as producer:
        for number in range(3):
            producer.send("in", number, key="k")
    return made


def again_and_again(call: Callable[[], object]) -> None:
    """Until it raises: at level process up to a second passes before anybody looks."""
    while True:
        call()


@pytest.mark.parametrize("way", list(AWAY))
def test_a_producer_is_told(app: App, tmp_path: Path, way: str) -> None:
    producer = app.producer("in")
    producer.send("in", 1, key="k")
    producer.flush()
    AWAY[way](tmp_path / "home")

    def send() -> None:
        producer.send("in", 2, key="k")
        producer.flush()

    with pytest.raises(Corrupt, match=TOLD):
        again_and_again(send)
    with pytest.raises(StreamzError, match=TOLD):
        producer.close()


@pytest.mark.parametrize("way", list(AWAY))
def test_a_consumer_is_told(app: App, tmp_path: Path, way: str) -> None:
    consumer = app.consumer("in", group="g")
    assert len(consumer.poll(1)) == 3
    AWAY[way](tmp_path / "home")
    with pytest.raises(Corrupt, match=TOLD):
        again_and_again(lambda: consumer.poll(0.2))
    with suppress(Corrupt):
        consumer.close()


@pytest.mark.parametrize("way", list(AWAY))
def test_a_worker_is_told(app: App, tmp_path: Path, way: str) -> None:
    source = app.stream("in")

    @source.foreach
    def go(_: int) -> None:
        if (tmp_path / "home").exists():
            AWAY[way](tmp_path / "home")

    with pytest.raises(Corrupt, match=TOLD):
        app.run()


def test_where_there_is_none_the_door_is_told_so(app: App, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "home")
    with pytest.raises(StreamzError, match="holds no log"):
        app.broker(create=False)
