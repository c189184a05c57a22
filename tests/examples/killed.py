"""An example as its reader runs it: the commands it tells of, and two workers of which one is killed."""

from __future__ import annotations

import ast
import importlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from streamz_core import App, Record
from tests.cli.terminal import PATIENCE_S, ROOT, Running, Watch, environment

EXAMPLES = ROOT / "examples"
# Small bites, each committed: a worker that dies is in the middle of something.
SETTINGS = {
    "STREAMZ_POLL_RECORDS_MAX": "5",
    "STREAMZ_COMMIT_INTERVAL_MS": "0",
    "STREAMZ_DURABILITY": "process",
}
Row = tuple[Any, Any, int]  # key, value, timestamp


@frozen
class Example:
    """One program of examples/, with a home of its own."""

    name: str
    folder: Path

    @property
    def file(self) -> Path:
        return EXAMPLES / f"{self.name}.py"

    @property
    def app(self) -> App:
        """As it is imported."""
        found: App = importlib.import_module(f"examples.{self.name}").app
        return found

    # ---- what its docstring tells

    def told(self) -> list[str]:
        """What it says that the commands print; tabs are shown as spaces."""
        return [line for line in self._session() if not line.startswith("$ ")]

    def story(self) -> list[str]:
        """What its commands print, typed one after the other where the file lies."""
        commands = [line.removeprefix("$ ") for line in self._session() if line.startswith("$ ")]
        assert commands, "the docstring says what to type"
        shim = self.folder / "streamz"
        shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m streamz_core.cli "$@"\n')
        shim.chmod(0o755)
        copied = self.folder / self.file.name
        copied.write_text(self.file.read_text())
        done = subprocess.run(
            ["sh", "-e", "-c", "\n".join(commands)],
            cwd=self.folder,
            env={**environment(), **SETTINGS, "PATH": f"{self.folder}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.replace("\t", "    ").splitlines()

    def _session(self) -> list[str]:
        documented = ast.get_docstring(ast.parse(self.file.read_text()))
        return re.findall(r"(?m)^    (.*)$", documented or "")

    # ---- two workers, one of them killed

    def run_and_kill(
        self, topic: str, rows: Sequence[Row], tables: Mapping[str, Sequence[Row]] | None = None
    ) -> None:
        """Two workers; one that reads `topic` is killed half-way. Until all is processed, and they drain.

        The tables are there before the first row.
        """
        for table, lines in (tables or {}).items():
            self._send(table, lines)
        self._send(topic, rows[:1])
        watch = Watch(self.folder / ".streamz")
        try:
            with Running(self.file, "--workers", 2, cwd=self.folder) as running:
                owners = watch.until(lambda: watch.owners(self.app.name, 2), "two own the tasks")
                watch.until(lambda: self._finished(watch), "what was there is processed")
                self._send(topic, rows[1 : len(rows) // 2])
                watch.until(lambda: self._done(watch, topic) > len(rows) // 5, "they read")
                pid = owners[f"{self._reading(topic)}/0"]
                os.kill(pid, signal.SIGKILL)
                self._send(topic, rows[len(rows) // 2 :])
                watch.until(lambda: self._finished(watch), "all is processed")
                running.send(signal.SIGTERM)
                assert running.wait() == 0, running.talk
                assert f"worker {pid} was ended by SIGKILL" in running.talk
        finally:
            watch.close()

    def _send(self, topic: str, rows: Sequence[Row]) -> None:
        with self.app.producer(topic) as producer:
            for key, value, timestamp in rows:
                producer.send(topic, value, key=key, timestamp=timestamp)

    def _reading(self, topic: str) -> str:
        """The sub-topology that does."""
        (name,) = (s.name for s in self.app.job().subs.values() if reads(s, topic))
        return name

    def _finished(self, watch: Watch) -> bool:
        """Whether every input is consumed, those between the steps included."""
        topics = {one.topic for sub in self.app.job().subs.values() for one in sub.inputs}
        return all(watch.consumed(self.app.name, topic) for topic in topics)

    def _done(self, watch: Watch, topic: str) -> int:
        state = watch.log.state
        found = state.names[topic]
        parts = range(found.partitions)
        return sum(state.next_offset(self.app.name, found.id, p) for p in parts)

    # ---- what came of it

    def records(self, topic: str) -> list[Record[Any, Any]]:
        """All that is in a topic."""
        found: list[Record[Any, Any]] = []
        with self.app.consumer(topic) as consumer:
            while not consumer.at_end():
                found += consumer.poll(PATIENCE_S)
        return found

    def by_key(self, topic: str) -> dict[Any, list[Any]]:
        """The values of each key, in their order."""
        found: dict[Any, list[Any]] = {}
        for record in self.records(topic):
            found.setdefault(record.key, []).append(record.value)
        return found

    def last(self, topic: str) -> dict[Any, Any]:
        """The last value of each key."""
        return {key: values[-1] for key, values in self.by_key(topic).items()}


def reads(sub: Any, topic: str) -> bool:
    return topic in {one.topic for one in sub.inputs}
