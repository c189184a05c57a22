"""Topics that match a pattern come while real workers run, and one of those is killed."""

import json
import os
import signal

import pytest

from tests.cli.terminal import Running

APP = """
import re

from streamz_core import App

app = App("shop", durability="process")
orders = app.stream(re.compile("orders-.*"), key=str, value=str, name="orders")
orders.group_by_key().count(name="n").to(app.topic("counts", key=str, value=int, partitions=4))
"""


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def produce(cli, topic):
    lines = "\n".join(f"k{n}:x" for n in range(50))
    done = cli("topics", "produce", topic, "--app", "app.py", "-K", ":", stdin=lines)
    assert done.code == 0, done.err


def counts(cli):
    done = cli("topics", "consume", "counts", "--app", "app.py", "--json", "-e")
    assert done.code == 0, done.err
    return sorted((row["key"], row["value"]) for row in map(json.loads, done.lines))


def test_topics_come_and_a_worker_is_killed(cli, shop, watch):
    with Running("app.py", "--workers", 2, cwd=shop) as run:
        watch.until(lambda: watch.owners("shop", 2), "two workers own all tasks")
        produce(cli, "orders-eu")
        watch.until(lambda: watch.consumed("shop", "orders-eu"), "the first topic is read")

        victim = watch.owners("shop", 2)["n/0"]
        produce(cli, "orders-us")
        os.kill(victim, signal.SIGKILL)
        produce(cli, "orders-eu")
        watch.until(
            lambda: (watch.owners("shop", 2) or {}).get("n/0") not in {None, victim},
            "a new worker took its place",
        )
        produce(cli, "orders-asia")
        for topic in ("orders-eu", "orders-us", "orders-asia"):
            watch.until(lambda name=topic: watch.consumed("shop", name), f"{topic} is read")
        assert counts(cli) == sorted((f"k{n}", count) for n in range(50) for count in (1, 2, 3, 4))
        one = json.loads(cli("query", "app.py", "n", "--key", "k7", "--json").out)
        assert one["value"] == 4
        assert "reading orders-asia as well" in run.talk

        run.send(signal.SIGTERM)
        assert run.wait() == 0, run.talk
    shown = cli("topology", "app.py")
    assert "Source: orders (topics: orders-.*)" in shown.out
    reset = cli("reset", "app.py")
    assert "orders-asia" in reset.out
