"""A table without a changelog of its own in real workers: one is killed, then the disk with the state is lost."""

import json
import os
import shutil
import signal

import pytest

from tests.cli.terminal import Running

APP = """
from streamz_core import App

app = App("shop", durability="process", topology_optimization="all")
users = app.table(app.topic("users", key=str, value=str, partitions=2))
clicks = app.stream(app.topic("clicks", key=str, value=str, partitions=2))
seen = clicks.join(users, lambda click, user: f"{click} by {user}", how="left", name="seen")
seen.to(app.topic("seen", key=str, value=str, partitions=2))
"""


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def produce(cli, topic, lines):
    given = "\n".join(lines)
    done = cli("topics", "produce", topic, "--app", "app.py", "-K", ":", stdin=given)
    assert done.code == 0, done.err


def rows(cli):
    done = cli("query", "app.py", "users", "--all", "--json")
    assert done.code == 0, done.err
    return {row["key"]: row["value"] for row in map(json.loads, done.lines)}


def test_a_killed_worker_and_a_lost_disk(cli, shop, watch):
    users = {f"u{n}": f"User {n}" for n in range(40)}
    produce(cli, "users", [f"{key}:{value}" for key, value in users.items()])
    with Running("app.py", "--workers", 2, cwd=shop) as run:
        owners = watch.until(lambda: watch.owners("shop", 2), "two workers own all tasks")
        watch.until(lambda: watch.consumed("shop", "users"), "the users are read")
        victim = owners["users/0"]
        os.kill(victim, signal.SIGKILL)
        produce(cli, "users", ["u0:Renamed", "u1:Renamed"])
        users |= {"u0": "Renamed", "u1": "Renamed"}
        watch.until(
            lambda: (watch.owners("shop", 2) or {}).get("users/0") not in {None, victim},
            "a new worker took its place",
        )
        watch.until(lambda: watch.consumed("shop", "users"), "the users are read")
        assert rows(cli) == users
        run.send(signal.SIGTERM)
        assert run.wait() == 0, run.talk
    assert rows(cli) == users
    assert "changelog" not in cli("topics", "list").out
    shutil.rmtree(shop / ".streamz/state")
    produce(cli, "clicks", [f"{key}:/" for key in users])
    with Running("app.py", cwd=shop) as run:
        watch.until(lambda: watch.consumed("shop", "clicks"), "the clicks are joined")
        assert rows(cli) == users
        run.send(signal.SIGTERM)
        assert run.wait() == 0, run.talk
    done = cli("topics", "consume", "seen", "--app", "app.py", "--json", "-e")
    seen = sorted(json.loads(line)["value"] for line in done.lines)
    assert seen == sorted(f"/ by {name}" for name in users.values())
