"""What a person does at a terminal: writes app files, runs `streamz`, watches processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from attrs import frozen

from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import BYTES
from streamz_core.config import Config
from streamz_core.env.real import RealEnv
from streamz_core.log.removing import lose

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 60.0

WORDS = """
from streamz_core import App, memory, tumbling

app = App("words", topic_partitions=2, durability="process")
lines = app.stream("lines", key=str, value=str)
seen = app.store("seen", key=str, value=int)


@lines.flat_map_values
def words(line: str) -> list[str]:
    return line.split()


counts = words.group_by(lambda word: word, key=str).count(name="counts")
counts.to_stream().to("counts")


@words.group_by_key().window(tumbling("1m")).aggregate(initial=int)
def letters(total: int, word: str) -> int:
    return total + len(word)


@words.flat_map_values(store=seen)
def lengths(word: str, seen) -> list[int]:
    seen[word[0]] = seen.get(word[0], 0) + 1
    return []


words.group_by_key().count(name="brief", materialized=memory())
"""

TYPED = """
from attrs import frozen
from streamz_core import App

@frozen
class Place:
    origin: str
    raw: bytes = b""

app = App("typed", topic_partitions=1)
places = app.stream("places", key=int, value=Place)
"""


@frozen
class Done:
    """What became of a command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Of stdout."""
        return self.out.splitlines()


def streamz(*words: object, cwd: Path, stdin: str = "", **options: Any) -> Done:
    """Run a command in a process of its own to its end."""
    done = subprocess.run(
        command(*words),
        cwd=cwd,
        input=stdin.encode(),
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
        env=environment(),
        **options,
    )
    # Topics of bytes come out as they are, and need not be UTF-8.
    out = done.stdout.decode(errors="backslashreplace")
    return Done(done.returncode, out, done.stderr.decode())


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "streamz_core.cli", *map(str, words)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "state")))}


class Running:
    """A `streamz run` that goes on; ended by force when the test leaves it."""

    def __init__(self, *words: object, cwd: Path) -> None:
        self._talk = (cwd / "talk.txt").open("w+")
        self._process = subprocess.Popen(
            command("run", *words),
            cwd=cwd,
            stdout=self._talk,
            stderr=self._talk,
            env=environment(),
            start_new_session=True,
        )
        self.pid = self._process.pid

    def send(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        """Its exit code."""
        return self._process.wait(PATIENCE_S)

    @property
    def talk(self) -> str:
        """What it and its workers said so far."""
        return Path(self._talk.name).read_text()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):  # workers that outlived it included
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait(PATIENCE_S)
        self._talk.close()


def send_bytes(
    home: Path, topic: str, value: bytes, key: bytes | None = None, partition: int | None = None
) -> None:
    """A record as a program sends it that has no types: bytes go into every topic."""
    broker = Broker(RealEnv(), str(home), Config())
    with Producer(broker, key=BYTES, value=BYTES, owns_broker=True) as producer:
        producer.send(topic, value, key=key, partition=partition)


def lose_some(home: Path, topic: str, *ranges: tuple[int, int]) -> None:
    """Records of partition 0 are given up."""
    with Broker(RealEnv(), str(home), Config()) as broker:
        log = broker.backend.log
        for start, stop in ranges:
            lose(log, log.state.names[topic].id, 0, start, stop, "skip")


class Watch:
    """Looks at a log until something is so."""

    def __init__(self, home: Path) -> None:
        self._env = RealEnv()
        self._talk = home.parent / "talk.txt"
        self._closed = False
        self.broker = Broker(self._env, str(home), Config(durability="process"))
        self.log = self.broker.backend.log

    def until(self, condition: Any, what: str) -> Any:
        """What `condition()` gives once it is true."""
        give_up_s = time.monotonic() + PATIENCE_S
        while True:
            self.log.refresh()
            found = condition()
            if found:
                return found
            if time.monotonic() > give_up_s:
                said = self._talk.read_text() if self._talk.exists() else ""
                raise AssertionError(f"{what}: not within {PATIENCE_S} s\n{said}")
            self.log.wait(0.1)

    def consumed(self, app: str, topic: str) -> bool:
        """Whether the app committed everything that is in the topic."""
        found = self.log.state.names.get(topic)
        return found is not None and all(
            self.log.state.end(found.id, p) == self.log.state.next_offset(app, found.id, p)
            for p in range(found.partitions)
        )

    def owners(self, app: str, workers: int) -> dict[str, int] | None:
        """Task -> pid, once every task is owned, by that many workers."""
        state, found = self.log.state, {}
        group = state.group(app)
        for task, owner in group.owners.items():
            member = state.members.get(owner.incarnation)
            if member is not None and group.assignment.get(task) == owner.incarnation:
                found[task] = member.info["pid"]
        whole = found and len(found) == len(group.assignment)
        return found if whole and len(set(found.values())) == workers else None

    def alive(self, pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        # A zombie is dead; only its parent has not asked yet.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"

    def close(self) -> None:
        """Once; a second time is no error."""
        if not self._closed:
            self._closed = True
            self.broker.close()
