"""A backup is the log at one commit, whatever went on meanwhile, and nothing else becomes a log."""

from __future__ import annotations

import pytest

from streamz_core.errors import Corrupt, ForeignLog, Misuse, StorageFull
from streamz_core.log.backups import taking
from streamz_core.log.backups.taking import restore, take
from streamz_core.log.log import Log
from tests.log.conftest import read, send

BIG = b"x" * 6000


@pytest.fixture
def log(opened):
    log = opened()
    log.create_topic("t", 1, {})
    for value in (b"small", BIG, b"other"):
        send(log, [value])
    return log


def copied(log: Log, path: str, meanwhile=lambda: None) -> None:
    other = Log.open(log.env, "/log", everything=True)
    meanwhile()
    take(other, path)
    other.close()


@pytest.mark.parametrize("path", ["/backup", "/backup.tar"])
def test_a_backup_is_the_log_as_it_was(log, machine, path):
    copied(log, path)
    send(log, [b"later"])
    env = machine.process()
    found = restore(env, path, "/again/log")
    assert found.lsn == log.state.lsn - 1
    again = Log.open(env, "/again/log")
    assert read(again) == [b"small", BIG, b"other"]
    assert send(again, [b"on its own way"]) == found.lsn + 1
    assert read(log) == [b"small", BIG, b"other", b"later"]


def test_what_heals_a_log_heals_its_backup(log, machine):
    log.close()
    data = machine.tree.get("/log/commit/000001").data
    data[data.index(b"small") - 40] ^= 1
    copied(log, "/backup")
    env = machine.process()
    restore(env, "/backup", "/again/log")
    assert read(Log.open(env, "/again/log")) == [b"small", BIG, b"other"]


def test_what_others_appended_behind_it_is_not_in_it(log, machine, monkeypatch):
    """Nor what their data files hold of it, which would tell of commits that are missing."""
    real = taking._copied

    def slow(found, made):
        send(log, [BIG])
        log.acknowledge(log.state.lsn)
        send(log, [BIG])
        return real(found, made)

    monkeypatch.setattr(taking, "_copied", slow)
    copied(log, "/backup")
    env = machine.process()
    found = restore(env, "/backup", "/again/log")
    again = Log.open(env, "/again/log")
    assert again.state.lsn == found.lsn == log.state.lsn - 2
    assert read(again) == [b"small", BIG, b"other"]


def test_files_that_went_meanwhile_are_looked_for_again(log, machine, monkeypatch):
    real, tries = taking._copied, []

    def gone(found, made):
        tries.append(1)
        if len(tries) == 1:
            raise FileNotFoundError
        return real(found, made)

    monkeypatch.setattr(taking, "_copied", gone)
    copied(log, "/backup")
    assert len(tries) == 2
    assert restore(machine.process(), "/backup", "/again/log").lsn == log.state.lsn


def test_nothing_is_written_over_anything(log):
    copied(log, "/backup")
    with pytest.raises(Misuse, match="/backup exists"):
        copied(log, "/backup")
    with pytest.raises(Misuse, match="/log exists"):
        restore(log.env, "/backup", "/log")


@pytest.mark.parametrize("path", ["/backup", "/backup.tar"])
def test_a_damaged_backup_becomes_no_log(log, machine, path):
    copied(log, path)
    env = machine.process()
    for name in [path] if path.endswith(".tar") else ["/backup/commit/000001"]:
        data = env.read(name)
        file = env.open(name, write=True)
        at = data.index(b"small")
        file.pwrite(b"S", at)
        file.close()
    with pytest.raises(Corrupt, match="is damaged"):
        restore(env, path, "/again/log")
    assert env.list("/again") == []


def test_a_backup_from_which_something_is_missing_becomes_no_log(log, machine):
    copied(log, "/backup")
    env = machine.process()
    data = env.read("/backup/commit/000001")
    env.unlink("/backup/commit/000001")
    file = env.create("/backup/commit/000001")
    file.append(data[: data.index(b"other") - 100])
    file.close()
    with pytest.raises(Corrupt, match="was durable"):
        restore(env, "/backup", "/again/log")
    env.unlink("/backup/LOG")
    with pytest.raises(Corrupt, match="no LOG file"):
        restore(env, "/backup", "/again/log")
    assert env.list("/again") == []


def test_names_that_no_backup_has_are_refused(log, machine):
    copied(log, "/backup")
    env = machine.process()
    env.create("/backup/other.txt").close()
    with pytest.raises(Corrupt, match=r"'other\.txt', which no backup does"):
        restore(env, "/backup", "/again/log")


def test_what_is_no_backup_is_said_to_be_none(machine):
    env = machine.process()
    with pytest.raises(ForeignLog, match="does not exist"):
        restore(env, "/none", "/again/log")
    file = env.create("/other.tar")
    file.append(b"this is no tar file" * 100)
    file.close()
    with pytest.raises(Corrupt, match="is no tar file"):
        restore(env, "/other.tar", "/again/log")


@pytest.mark.parametrize("path", ["/none/backup", "/none/backup.tar"])
def test_a_place_that_is_not_there_is_said_not_to_be(log, path):
    with pytest.raises(Misuse, match="there is no directory /none"):
        copied(log, path)


@pytest.mark.parametrize("path", ["/log/backup", "/log/commit/backup.tar"])
def test_a_backup_does_not_lie_in_what_it_is_of(log, path):
    with pytest.raises(Misuse, match="lies in the log itself, /log, and would go with it"):
        copied(log, path)


def test_the_beginning_of_a_tar_file_becomes_no_log(log, machine):
    copied(log, "/backup.tar")
    env = machine.process()
    whole = env.read("/backup.tar")
    for size in range(0, len(whole.rstrip(b"\0")), 300):
        file = env.create(f"/part{size}.tar")
        file.append(whole[:size])
        file.close()
        with pytest.raises((Corrupt, ForeignLog), match=rf"/part{size}.tar .*Nothing was restored"):
            restore(env, f"/part{size}.tar", "/again/log")
        assert not env.exists("/again/log")


@pytest.mark.parametrize("path", ["/file", "/folder.tar"])
def test_what_is_neither_a_directory_nor_a_tar_file_is_no_backup(machine, path):
    env = machine.process()
    if path.endswith(".tar"):
        env.make_dirs(path)
    else:
        env.create(path).close()
    with pytest.raises(Corrupt, match=f"{path} is no backup: those are directories"):
        restore(env, path, "/again/log")
    assert not env.exists("/again/log")


@pytest.mark.parametrize("path", ["/backup", "/backup.tar"])
def test_where_there_is_no_room_nothing_is_left(log, machine, path):
    def full() -> None:
        machine.capacity_bytes = 1

    with pytest.raises(StorageFull, match=f"{path}: .*; what was begun of the backup is removed"):
        copied(log, path, full)
    assert not log.env.exists(path)
    assert not log.env.exists(f"{path}.partial")
