"""`streamz log recover`: what is lost is said first, and given up only when told to."""

import json
import shutil

import pytest

from streamz_core.cli.log import recover
from streamz_core.log.backups.recovering import Gap, Rollback


@pytest.fixture
def damaged(cli, tmp_path):
    """A home whose log ends in the middle of what was durable."""
    cli("topics", "create", "t", "--partitions", 1)
    for line in ("one", "two", "three"):
        cli("topics", "produce", "t", stdin=line)
    shutil.rmtree(tmp_path / ".streamz" / "log" / "copies")  # which would heal it
    path = tmp_path / ".streamz" / "log" / "commit" / "000001"
    data = bytearray(path.read_bytes())
    data[data.index(b"two") - 40] ^= 1
    path.write_bytes(data)
    return path


def test_what_is_lost_is_said_and_nothing_is_changed(cli, damaged):
    before = damaged.read_bytes()
    done = cli("log", "recover")
    assert done.code == 1
    assert "up to commit 2" in done.out
    assert "commits from 3 on: 2 or more" in done.out
    assert str(damaged) in done.out
    assert "nothing was changed" in done.err
    assert "--accept-rollback" in done.err
    told = json.loads(cli("log", "recover", "--json").out)
    assert (told["lsn"], told["known"], told["lost"]) == (2, 4, 2)
    assert damaged.read_bytes() == before
    assert cli("topics", "consume", "t", "-e").code == 1


def test_it_goes_on_and_the_damaged_one_stays(cli, damaged, tmp_path):
    before = damaged.read_bytes()
    done = cli("log", "recover", "--accept-rollback")
    assert done.code == 0, done.err
    assert "ends with commit 2 now" in done.err
    assert cli("topics", "consume", "t", "-e").lines == ["one"]
    assert cli("topics", "produce", "t", stdin="four").code == 0
    assert cli("topics", "consume", "t", "-e").lines == ["one", "four"]
    (away,) = (tmp_path / ".streamz").glob("log.damaged-*")
    assert (away / "commit" / "000001").read_bytes() == before


def test_a_log_that_is_in_order_needs_nothing(cli):
    cli("topics", "create", "t")
    done = cli("log", "recover", "--accept-rollback")
    assert done.code == 0
    assert "nothing to recover" in done.err


def test_what_the_disk_cannot_read_is_said_and_given_up(cli, monkeypatch):
    cli("topics", "create", "t", "--partitions", 1)
    gap = Gap("t", 0, 3, 5, 7, "/log/data/1 at 9: the disk cannot read it")
    monkeypatch.setattr(recover, "look", lambda *_: Rollback(8, 8, "", [gap]))
    done = cli("log", "recover")
    assert done.code == 1
    assert done.lines == [
        "t[0] offset 3 to 4 (commit 7): /log/data/1 at 9: the disk cannot read it"
    ]
    assert "nothing was changed" in done.err
    told = json.loads(cli("log", "recover", "--json").out)
    assert told["unreadable"][0]["start"] == 3
    monkeypatch.setattr(recover, "give_up", lambda *_: [gap])
    done = cli("log", "recover", "--accept-rollback")
    assert done.code == 0
    assert "goes on without 2 records that cannot be read" in done.err
