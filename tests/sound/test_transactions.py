"""Programs that are killed while they write, and begin again: nothing is lost, nothing doubled."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streamz_core import App

COUNT = 400
KILLS = 6

HEAD = """
import sys
from streamz_core import App
app = App("sound", home={home!r}, durability="process", log_free_bytes=0)
"""

COPIES = """
with app.producer("out", id="copier") as producer, app.consumer("in", group="copiers") as consumer:
    while True:
        records = consumer.poll(0.2, records_max=7)
        with producer.transaction() as transaction:
            for record in records:
                transaction.send("out", record.value * 10, key=record.key)
                transaction.send("log", f"{record.value}")
            transaction.consumed(consumer)
        print(len(records), flush=True)
        if not records and consumer.at_end():
            break
"""

IMPORTS = """
with app.producer("out", id="importer", linger_ms=0) as producer:
    for number in range(1, COUNT + 1):
        sent = producer.send("out", number, key=str(number % 10), sequence=number)
        if number % 3 == 0:
            sent.result()
            print(1, flush=True)
"""


@pytest.fixture
def app(tmp_path: Path) -> App:
    made = App("sound", home=str(tmp_path), durability="process", log_free_bytes=0)
    made.topic("in", key=str, value=int, partitions=3)
    made.topic("out", key=str, value=int, partitions=2)
    made.topic("log", value=str, partitions=2)
    return made


def program(home: Path, text: str) -> subprocess.Popen[str]:
    said = 'app.topic("in", key=str, value=int, partitions=3)\napp.topic("out", key=str, value=int, partitions=2)\n'
    said += 'app.topic("log", value=str, partitions=2)\n'
    whole = HEAD.format(home=str(home)) + said + f"COUNT = {COUNT}\n" + textwrap.dedent(text)
    return subprocess.Popen(
        [sys.executable, "-c", whole],
        env={"PYTHONPATH": ":".join(sys.path), "PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        text=True,
    )


def killed_and_begun_again(home: Path, text: str, seed: int) -> None:
    """Run it; kill it after so many lines; at last let it end."""
    chance = random.Random(seed)
    for _ in range(KILLS):
        with program(home, text) as child:
            for _ in zip(range(chance.randint(0, 12)), lines(child), strict=False):
                pass
            child.kill()
    with program(home, text) as child:
        assert child.wait(120) == 0


def lines(child: subprocess.Popen[str]) -> Iterator[str]:
    assert child.stdout is not None
    yield from child.stdout


def read(app: App, topic: str) -> list[Any]:
    found: list[Any] = []
    with app.consumer(topic) as consumer:
        while not consumer.at_end():
            found += [record.value for record in consumer.poll(1.0)]
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_read_and_written_is_once(app: App, tmp_path: Path, seed: int) -> None:
    with app.producer("in") as producer:
        for number in range(COUNT):
            producer.send("in", number, key=str(number % 10))
    killed_and_begun_again(tmp_path, COPIES, seed)
    assert sorted(read(app, "out")) == [10 * number for number in range(COUNT)]
    assert sorted(map(int, read(app, "log"))) == list(range(COUNT))


@pytest.mark.parametrize("seed", [3, 4])
def test_what_is_sent_again_is_once_and_in_order(app: App, tmp_path: Path, seed: int) -> None:
    killed_and_begun_again(tmp_path, IMPORTS, seed)
    found = read(app, "out")
    assert sorted(found) == list(range(1, COUNT + 1))
    with app.consumer("out") as consumer:
        records = consumer.poll(1.0, records_max=COUNT)
    for key in range(10):
        of_key = [record.value for record in records if record.key == str(key)]
        assert of_key == sorted(of_key)
