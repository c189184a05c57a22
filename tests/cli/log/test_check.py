"""`streamz log check`: a line for each fault, and a verdict."""

import json


def test_a_sound_log_is_said_to_be_sound(cli):
    cli("topics", "create", "t", "--partitions", 1)
    cli("topics", "produce", "t", stdin="a\n" + "x" * 6000 + "\n")
    done = cli("log", "check")
    assert (done.code, done.out) == (0, "")
    assert "is sound: " in done.err


def test_each_fault_names_its_records_and_nothing_is_changed(cli, tmp_path):
    cli("topics", "create", "t", "--partitions", 1)
    for sign in "abc":
        cli("topics", "produce", "t", stdin=sign * 6000 + "\n")
    (path,) = [
        each
        for each in (tmp_path / ".streamz/log/data").rglob("*")
        if each.is_file() and b"bbb" in each.read_bytes()
    ]
    data = bytearray(path.read_bytes())
    data[data.index(b"bbb")] ^= 1
    path.write_bytes(data)
    done = cli("log", "check")
    assert done.code == 1
    (line,) = done.lines
    assert line.startswith("t[0] offset 1 (commit 3): ")
    assert f"{path} at " in line
    assert ": 1 fault; " in done.err
    assert "topics skip" in done.err
    assert "log recover" not in done.err
    assert "nothing was changed" in done.err
    assert path.read_bytes() == data
    (told,) = cli("log", "check", "--json").lines
    fault = json.loads(told)
    assert (fault["topic"], fault["partition"], fault["start"], fault["stop"]) == ("t", 0, 1, 2)


def test_what_rotted_and_is_healed_is_told(cli, tmp_path):
    cli("topics", "create", "t", "--partitions", 1)
    for sign in "abc":
        cli("topics", "produce", "t", stdin=sign * 100 + "\n")
    path = tmp_path / ".streamz/log/commit/000001"
    data = bytearray(path.read_bytes())
    data[data.index(b"bbb") - 60] ^= 1
    path.write_bytes(data)
    done = cli("log", "check")
    assert done.code == 0
    copy = tmp_path / ".streamz/log/copies/000001"
    assert done.lines == [
        f"{path}: commit 3 rotted there, and is healed: everybody reads it from {copy}"
    ]
    assert "is sound but for what is healed: " in done.err
    (told,) = cli("log", "check", "--json").lines
    assert json.loads(told) == {"lsn": 3, "path": str(path), "copy": str(copy)}


def test_what_lies_behind_the_chain_is_told_and_no_fault(cli, tmp_path):
    cli("topics", "create", "t", "--partitions", 1)
    path = tmp_path / ".streamz/log/commit/000001"
    path.write_bytes(path.read_bytes() + b"something else")
    done = cli("log", "check")
    assert done.code == 0
    assert "behind the last commit lie 14 bytes that are of none" in done.err


def test_damage_of_the_chain_itself_is_nothing_to_be_skipped(cli, tmp_path):
    cli("topics", "create", "t", "--partitions", 1)
    (tmp_path / ".streamz/log/commit/000007").write_bytes(b"")
    done = cli("log", "check")
    assert done.code == 1
    assert "if it is no file of this log, move it away" in done.lines[0]
    assert "`streamz log recover`" in done.err
    assert "topics skip" not in done.err
