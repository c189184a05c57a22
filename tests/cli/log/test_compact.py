"""`streamz log compact`: what is not due yet is done now."""

import json


def test_what_it_won_is_told(cli):
    cli("topics", "create", "t", "--partitions", 1, "--cleanup", "compact")
    for _ in range(4):
        cli("topics", "produce", "t", "-K", ":", stdin=f"a:{'x' * 9000}\nb:{'y' * 9000}\n")
    done = cli("log", "compact", "t", "--json")
    assert done.code == 0, done.err
    rows = {row["folder"]: row for row in map(json.loads, done.lines)}
    assert set(rows) == {"commit", "data", "part", "ckpt", "copies"}
    assert rows["data"]["bytes before"] > 72_000
    assert (rows["data"]["bytes"], rows["part"]["files"]) == (0, 1)
    assert rows["part"]["bytes"] < 20_000
    assert "MiB, and takes" in done.err
    assert len(cli("topics", "consume", "t", "-e").lines) == 2
    assert cli("log", "check").code == 0


def test_an_unknown_topic_is_told(cli):
    cli("topics", "create", "t")
    done = cli("log", "compact", "u")
    assert done.code == 2
    assert "there is no topic 'u'" in done.err
