"""`streamz log info`: what the files are, in words and as JSON."""

import json
import shutil


def test_files_and_chain_are_told(cli):
    cli("topics", "create", "t", "--partitions", 2)
    cli("topics", "produce", "t", stdin="a\nb\n" + "x" * 6000 + "\n")
    done = cli("log", "info")
    assert done.code == 0
    assert "level      power" in done.lines
    assert "topics     1, with 2 partitions, 3 records" in done.lines
    assert "000001: from commit 1 on" in done.out
    assert "1 files of 1 writers" in done.out
    told = json.loads(cli("log", "info", "--json").out)
    assert (told["topics"], told["records"], told["why"]) == (1, 3, "")
    assert told["kinds"]["TOPIC"] == 1
    assert told["segments"][0]["after"] == 0


def test_damage_is_told_and_makes_it_fail(cli, tmp_path):
    cli("topics", "create", "t")
    for line in ("one", "two", "three"):
        cli("topics", "produce", "t", stdin=line)
    shutil.rmtree(tmp_path / ".streamz" / "log" / "copies")  # which would heal it
    path = tmp_path / ".streamz" / "log" / "commit" / "000001"
    data = bytearray(path.read_bytes())
    data[data.index(b"two") - 40] ^= 1
    path.write_bytes(data)
    done = cli("log", "info")
    assert done.code == 1
    assert f"DAMAGE     {path}" in done.out


def test_what_is_healed_is_told(cli, tmp_path):
    cli("topics", "create", "t")
    for line in ("one", "two", "three"):
        cli("topics", "produce", "t", stdin=line)
    path = tmp_path / ".streamz" / "log" / "commit" / "000001"
    data = bytearray(path.read_bytes())
    data[data.index(b"two") - 40] ^= 1
    path.write_bytes(data)
    done = cli("log", "info")
    assert done.code == 0
    assert "healed     1 commits that rotted are read from copies: streamz log check" in done.lines


def test_a_directory_without_a_log_is_said_to_be_none(cli):
    done = cli("log", "info", "--home", "nowhere")
    assert done.code != 0
    assert "holds no log" in done.err


def test_a_log_without_its_first_file_is_not_taken_for_none(cli, tmp_path):
    cli("topics", "create", "t")
    (tmp_path / ".streamz" / "log" / "LOG").unlink()
    for words in (("log", "info"), ("log", "check"), ("topics", "list")):
        done = cli(*words)
        assert done.code != 0
        assert "holds commit segments but no LOG file" in done.err
