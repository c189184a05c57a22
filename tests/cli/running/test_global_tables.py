"""A global table in real workers: each has all of it, and one that is killed takes nothing along."""

import json
import os
import signal

import pytest

from tests.cli.terminal import Running

APP = """
from streamz_core import App

app = App("shop", durability="process")
users = app.global_table(app.topic("users", key=str, value=str, partitions=3))
clicks = app.stream(app.topic("clicks", key=str, value=str, partitions=4))


@clicks.join(users, on=lambda click: click.split("/")[0], how="left")
def seen(click: str, user: str | None) -> str:
    return f"{click} by {user}"


seen.to(app.topic("seen", key=str, value=str, partitions=4))
"""
USERS = [f"u{n}:User {n}" for n in range(20)]


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def produce(cli, topic, lines):
    done = cli("topics", "produce", topic, "--app", "app.py", "-K", ":", stdin="\n".join(lines))
    assert done.code == 0, done.err


def clicks(first, last):
    return [f"k{n}:u{n % 25}/{n}" for n in range(first, last)]


def expected(last, **renamed):
    names = {f"u{n}": f"User {n}" for n in range(20)}
    return sorted(
        f"u{n % 25}/{n} by {renamed.get(f'{n}') or names.get(f'u{n % 25}')}" for n in range(last)
    )


def seen(cli):
    done = cli("topics", "consume", "seen", "--app", "app.py", "--json", "-e")
    assert done.code == 0, done.err
    return sorted(json.loads(line)["value"] for line in done.lines)


def rows(cli):
    done = cli("query", "app.py", "users", "--all")
    assert done.code == 0, done.err
    return [line.replace("\t", ":") for line in done.lines]


def test_one_of_two_workers_is_killed(cli, shop, watch):
    produce(cli, "users", USERS)
    produce(cli, "clicks", clicks(0, 100))
    with Running("app.py", "--workers", 2, cwd=shop) as run:
        owners = watch.until(lambda: watch.owners("shop", 2), "two workers own all tasks")
        watch.until(lambda: watch.consumed("shop", "clicks"), "the clicks are joined")
        assert seen(cli) == expected(100)
        assert sorted(rows(cli)) == sorted(USERS)

        victim = owners["clicks/0"]
        os.kill(victim, signal.SIGKILL)
        produce(cli, "users", ["u0:Renamed", "u1:Renamed"])
        produce(cli, "clicks", clicks(100, 200))
        watch.until(
            lambda: (watch.owners("shop", 2) or {}).get("clicks/0") not in {None, victim},
            "a new worker took its place",
        )
        watch.until(lambda: watch.consumed("shop", "clicks"), "the clicks are joined")
        renamed = {str(n): "Renamed" for n in range(100, 200) if n % 25 in {0, 1}}
        assert seen(cli) == expected(200, **renamed)
        one = json.loads(cli("query", "app.py", "users", "--key", "u1", "--json").out)
        assert one["value"] == "Renamed"

        run.send(signal.SIGTERM)
        assert run.wait() == 0, run.talk
    copies = (shop / ".streamz/state/shop/@global/users").iterdir()
    assert sorted(copy.name for copy in copies if copy.is_dir()) == ["1", "2"]
    assert rows(cli)[:2] == ["u0:Renamed", "u1:Renamed"]
    assert "@global" not in cli("query", "app.py", "users", "--key", "nobody").err
