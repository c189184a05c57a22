"""`streamz groups describe`."""

import json

from tests.cli.terminal import Running


def test_a_group_of_consumers_by_partition(read):
    done = read("groups", "describe", "fast")
    assert done.lines == [
        "GROUP  TOPIC  PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG  CONSUMER-ID  PID",
        "fast   t      0          4               4               0    -            -",
        "fast   t      1          2               2               0    -            -",
    ]
    assert "group fast (consumers) is empty, with 0 members" in done.err
    row = json.loads(read("groups", "describe", "slow", "--json").lines[0])
    assert row == {
        "group": "slow",
        "topic": "t",
        "partition": 0,
        "current-offset": 1,
        "log-end-offset": 4,
        "lag": 3,
        "consumer-id": None,
        "pid": None,
    }


def test_there_is_no_such_group(read):
    done = read("groups", "describe", "none")
    assert done.code == 2
    assert "there is no group 'none' (groups: fast, slow)" in done.err


def test_an_app_that_runs_is_told_with_its_processes(cli, words, watch):
    cli("topics", "produce", "lines", "--app", "app.py", "-p", 0, stdin="a b\n")
    with Running("app.py", "--workers", 1, cwd=words):
        watch.until(lambda: watch.consumed("words", "lines"), "all lines are read")
        done = cli("groups", "describe", "words")
        assert "group words (app) is stable, with 1 members" in done.err
        (row,) = (line.split() for line in done.lines if line.split()[1:3] == ["lines", "0"])
        assert row[3:6] == ["1", "1", "0"]
        (member,) = map(json.loads, cli("groups", "describe", "words", "--members", "--json").lines)
        assert row[6:] == [member["consumer-id"], str(member["pid"])]
        assert len(member["tasks"]) == 4
        assert "words" in cli("groups", "list").out
        refused = cli("groups", "reset-offsets", "words", "--to-earliest", "--execute")
        assert refused.code == 2
        assert "streamz reset APP" in refused.err
