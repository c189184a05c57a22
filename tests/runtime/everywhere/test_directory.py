"""Which directory a worker's copy lies in."""

from pathlib import Path

import pytest

from streamz_core.env.real import RealEnv
from streamz_core.errors import Misuse
from streamz_core.runtime.everywhere import directory
from streamz_core.runtime.everywhere.directory import copies_directory, discard_copy, open_copy
from streamz_core.runtime.state.statedir import numbers
from streamz_state import Position, StateError, WriteBatch, open_rocksdb

ENV = RealEnv()
MAKER = b"maker"


def judge(_mark):
    return ""


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "@global" / "users")


def made(folder, number, maker=MAKER):
    Path(folder).mkdir(parents=True, exist_ok=True)
    database = open_rocksdb(f"{folder}/{number}")
    database.write(WriteBatch([(b"\x00\x01k", b"v")]), Position(7, b"hash", maker))
    database.close()


def test_no_part_of_an_app_has_such_a_name():
    assert copies_directory("/h", "shop", "users") == "/h/state/shop/@global/users"


def test_the_first_that_nobody_has_is_taken_and_no_other_is_removed(folder):
    made(folder, 1)
    made(folder, 4)
    one, two, three = (open_copy(ENV, folder, MAKER, judge) for _ in range(3))
    assert [opened.directory.rpartition("/")[2] for opened in (one, two, three)] == ["1", "4", "5"]
    assert (one.cause, two.cause, three.cause) == ("", "", "no copy that nobody has open")
    assert three.database.position is None
    for opened in (one, two, three):
        opened.database.close()
    assert sorted(numbers(ENV, folder)) == [1, 4, 5]


def test_what_is_of_no_use_is_removed(folder, caplog):
    made(folder, 1, maker=b"another")
    opened = open_copy(ENV, folder, MAKER, judge)
    opened.database.close()
    assert "1 was made for other stores" in opened.cause
    assert numbers(ENV, folder) == [2]
    made(f"{folder}-more", 3)
    opened = open_copy(ENV, f"{folder}-more", MAKER, lambda told: f"is of commit {told.commit}")
    opened.database.close()
    assert numbers(ENV, f"{folder}-more") == [4]
    assert "3 is of commit 7" in opened.cause
    assert "a copy is discarded" in caplog.text


def test_what_cannot_be_opened_at_all_is_told(folder, monkeypatch):
    def refuse(_path):
        raise StateError("no permission")

    monkeypatch.setattr("streamz_core.runtime.everywhere.directory.open_rocksdb", refuse)
    with pytest.raises(Misuse, match="no permission; make it usable"):
        open_copy(ENV, folder, MAKER, judge)


class Together(RealEnv):
    """Whoever removes a copy is disturbed by another worker, which opens one in that moment."""

    def __init__(self, other):
        super().__init__()
        self.other = other

    def remove_tree(self, path):
        self.other(path)
        super().remove_tree(path)


def test_nobody_opens_a_copy_while_another_worker_removes_it(folder, monkeypatch):
    monkeypatch.setattr(directory, "WAIT_S", 0.0)
    found = []
    made(folder, 1, maker=b"another")
    env = Together(lambda _: found.append(open_copy(ENV, folder, b"another", judge)))
    found.append(open_copy(env, folder, MAKER, judge))
    names = [opened.directory.rpartition("/")[2] for opened in found]
    assert names == ["2", "3"], "one that is not waited for takes none of those that there are"
    for opened in found:
        opened.database.write(WriteBatch([(b"\x00\x01k", b"v")]), Position(7, b"hash", MAKER))
        opened.database.close()
    assert numbers(ENV, folder) == [3, 2]


def test_a_copy_is_not_discarded_that_another_worker_took(folder):
    made(folder, 1)
    opened = open_copy(ENV, folder, MAKER, judge)
    discard_copy(ENV, f"{folder}/1")
    assert numbers(ENV, folder) == [1]
    opened.database.close()
    discard_copy(ENV, f"{folder}/1")
    assert numbers(ENV, folder) == []
