"""Damaged batches: everybody stops before them, until an operator gives them up."""

import json
import shutil

import pytest

BIG = 3000  # bytes of a value: two of them do not travel in the commit log


@pytest.fixture
def damaged(cli, words):
    """The topic `lines`: six records in batches of two, of which the second batch is damaged on the disk."""
    for at in (1000, 2000, 3000):
        lines = "".join(f"{n} {'x' * BIG}\n" for n in (at, at + 1))
        done = cli("topics", "produce", "lines", "--app", "app.py", "-p", 0, "-T", at, stdin=lines)
        assert done.code == 0, done.err
    damage(words, b"2001 xxx")
    return words


def damage(home, text):
    """One byte of a data file or of the commit log is another one."""
    for path in sorted((home / ".streamz" / "log").rglob("*")):
        data = bytearray(path.read_bytes()) if path.is_file() else b""
        if text in data:
            data[data.index(text)] ^= 1
            path.write_bytes(data)
            return
    raise AssertionError(f"{text} is nowhere")


def first_words(done):
    return [line.split()[0] for line in done.lines]


def test_what_would_be_lost_is_said_and_nothing_is_changed(cli, damaged):
    cli("worker", "app.py", "--quiet", "--until", "end")
    before = {path: path.read_bytes() for path in damaged.rglob("*") if path.is_file()}
    done = cli("topics", "skip", "lines", 0, 3, "--app", "app.py")
    assert done.code == 0
    assert "lines[0]\n" in done.out
    assert "2 records, offsets 2 to 3\n" in done.out
    assert "between records of 1970-01-01T00:00:01Z and 1970-01-01T00:00:03Z" in done.out
    assert "lines[0]@2" in done.out
    assert "/log/data/" in done.out
    assert "words stands at 2, and goes on at 4" in done.out
    assert "nothing was changed" in done.err
    assert "--execute" in done.err
    log = str(damaged / ".streamz/log/data")
    assert {path: path.read_bytes() for path in before if str(path).startswith(log)} == {
        path: data for path, data in before.items() if str(path).startswith(log)
    }
    assert cli("topics", "consume", "lines", "--app", "app.py", "-e").code == 1


def test_the_error_of_a_reader_names_the_command(cli, damaged):
    done = cli("topics", "consume", "lines", "--app", "app.py", "-e", "-p", 0)
    assert done.code == 1
    assert first_words(done) == ["1000", "1001"]
    assert "streamz topics skip lines 0 2" in done.err
    done = cli("worker", "app.py", "--quiet", "--until", "end")
    assert done.code == 1
    assert "streamz topics skip lines 0 2" in done.err


def test_every_reader_goes_on_behind_what_was_skipped(cli, damaged):
    assert cli("worker", "app.py", "--quiet", "--until", "end").code == 1
    done = cli("topics", "skip", "lines", 0, 2, "--app", "app.py", "--execute")
    assert (done.code, "skipped 2 of lines[0]: every reader goes on at 4" in done.err) == (0, True)
    consumed = cli("topics", "consume", "lines", "--app", "app.py", "-e")
    assert consumed.code == 0
    assert first_words(consumed) == ["1000", "1001", "3000", "3001"]
    assert first_words(cli("topics", "consume", "lines", "--app", "app.py", "-e", "-o", "3")) == [
        "3000",
        "3001",
    ]
    assert cli("worker", "app.py", "--quiet", "--until", "end").code == 0
    done = cli("query", "app.py", "counts", "--key", "x" * BIG)
    assert done.out.endswith("\t4\n")
    assert cli("query", "app.py", "counts", "--key", "2000").code == 1
    assert cli("query", "app.py", "counts", "--key", "3000").out == "3000\t1\n"


def test_a_store_is_restored_behind_what_was_skipped_of_its_changelog(cli, damaged):
    cli("topics", "skip", "lines", 0, 2, "--app", "app.py", "--execute")
    assert cli("worker", "app.py", "--quiet", "--until", "end").code == 0
    place = ("--home", ".streamz", "-e", "-p", 1, "-f", r"%o %k %T\n")
    before = cli("topics", "consume", "words-counts-changelog", *place)
    shutil.rmtree(damaged / ".streamz" / "state")
    damage(damaged, b"x" * BIG)  # of some topic: the sentence says which
    while (done := cli("worker", "app.py", "--quiet", "--until", "end")).code:
        assert done.code == 1
        command = done.err.partition("give these records up: streamz ")[2].split()[:5]
        dry = cli(*command, "--home", ".streamz")
        assert "words keeps its own records in this topic" in dry.out, dry
        assert cli(*command, "--home", ".streamz", "--execute").code == 0
    after = cli("topics", "consume", "words-counts-changelog", *place)
    assert set(after.lines) <= set(before.lines)


def test_what_can_be_read_is_not_skipped(cli, damaged):
    done = cli("topics", "skip", "lines", 0, 0, "--app", "app.py", "--execute")
    assert done.code == 2
    assert "lines[0]@0 can be read" in done.err
    assert "the first behind it that cannot is 2" in done.err
    done = cli("topics", "skip", "lines", 0, 5, "--app", "app.py", "--execute")
    assert "lines[0]@5 can be read, and so can everything behind it" in done.err
    assert first_words(cli("topics", "consume", "lines", "--app", "app.py", "-e", "-p", 1)) == []


def test_json(cli, damaged):
    done = cli("topics", "skip", "lines", 0, 2, "--app", "app.py", "--json", "--execute")
    told = json.loads(done.out)
    assert told.pop("cause").startswith("lines[0]@2, commit ")
    assert told == {
        "topic": "lines",
        "partition": 0,
        "from": 2,
        "to": 4,
        "records": 2,
        "after": 1000,
        "before": 3000,
        "owner": "",
        "groups": {},
    }


@pytest.mark.parametrize(
    "said, says",
    [
        (("lines", 7, 0), "lines has partitions 0 to 1, not 7"),
        (("lines", -1, 0), "argument partition: -1; it must be 0 or more"),
        (("lines", 0, 6), "lines[0] has the offsets 0 to 5, not 6"),
        (("lines", 0, -1), "argument offset: -1; it must be 0 or more"),
        (("lines", 1, 0), "lines[1] holds no records"),
        (("nowhere", 0, 0), "there is no topic 'nowhere'"),
        (("lines", 0, 10**30), "is too large; at most"),
        (("lines", 0, 10**18), "not 1000000000000000000"),
    ],
)
def test_what_is_not_there_is_not_skipped(cli, damaged, said, says):
    done = cli("topics", "skip", *said, "--home", ".streamz", "--execute")
    assert done.code == 2
    assert says in done.err
    assert done.out == ""


def test_a_second_time_there_is_nothing_left_to_skip(cli, damaged):
    assert cli("topics", "skip", "lines", 0, 2, "--home", ".streamz", "--execute").code == 0
    done = cli("topics", "skip", "lines", 0, 2, "--home", ".streamz", "--execute")
    assert done.code == 2
    assert "lines[0]@2" in done.err
    assert "was skipped or deleted before: every reader goes on at 4" in done.err


def test_a_group_before_the_damage_passes_it(cli, damaged):
    cli("worker", "app.py", "--quiet", "--until", "end")
    done = cli("topics", "skip", "lines", 0, 3, "--json", "--home", ".streamz")
    assert json.loads(done.out)["groups"] == {"words": 2}


def test_small_records_that_travel_in_the_commit_log(cli, tmp_path):
    assert cli("topics", "create", "t", "--partitions", 1).code == 0
    for line in ("first", "second", "third"):
        assert cli("topics", "produce", "t", stdin=f"{line}\n").code == 0
    damage(tmp_path, b"second")
    shutil.rmtree(tmp_path / ".streamz/log/copies")  # by which it would be healed
    done = cli("topics", "consume", "t", "-e")
    assert (done.code, done.lines) == (1, ["first"])
    assert "streamz topics skip t 0 1" in done.err
    assert cli("topics", "skip", "t", 0, 1, "--execute").code == 0
    assert cli("topics", "consume", "t", "-e").lines == ["first", "third"]
    assert cli("topics", "produce", "t", stdin="fourth\n").code == 0
    assert cli("topics", "consume", "t", "-e").lines == ["first", "third", "fourth"]
