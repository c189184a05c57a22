"""`streamz topics describe`: one topic, partition by partition."""

import json

from tests.cli.terminal import lose_some


def test_each_partition_with_what_there_is_of_it(cli):
    cli("topics", "create", "t", "--partitions", 3)
    cli("topics", "produce", "t", "-p", 1, stdin="x\ny\n")
    assert cli("topics", "describe", "t").lines == [
        "TOPIC  PARTITION  BEGIN  END  RECORDS  GAPS",
        "t      0          0      0    0        none",
        "t      1          0      2    2        none",
        "t      2          0      0    0        none",
    ]
    told = [json.loads(line) for line in cli("topics", "describe", "t", "--json").lines]
    row = {"topic": "t", "partition": 1, "begin": 0, "end": 2, "records": 2, "gaps": []}
    assert told[1] == row


def test_what_is_lost_is_no_record_any_more(cli, tmp_path):
    cli("topics", "create", "t", "--partitions", 1)
    cli("topics", "produce", "t", stdin="".join(f"{n}\n" for n in range(9)))
    lose_some(tmp_path / ".streamz", "t", (0, 2), (4, 5), (6, 8))
    assert cli("topics", "describe", "t").lines[1:] == [
        "t      0          2      9    4        4 to 4 (skip), 6 to 7 (skip)"
    ]
    (told,) = map(json.loads, cli("topics", "describe", "t", "--json").lines)
    assert told["gaps"] == [
        {"from": 4, "to": 5, "cause": "skip"},
        {"from": 6, "to": 8, "cause": "skip"},
    ]
    assert json.loads(cli("topics", "list", "--json").lines[0])["records"] == 4


def test_the_types_are_said_as_they_were_told(cli, typed):
    cli("topics", "create", "t")
    told = cli("topics", "describe", "t").err
    assert told.startswith("streamz: keys of t are bytes, values bytes\n")
    cli("topics", "produce", "places", *typed, "--value", '{"origin":"JFK"}')
    assert "keys of places are int, values Place\n" in cli("topics", "describe", "places").err


def test_what_it_takes_on_the_disk_and_where(cli, tmp_path):
    cli("topics", "create", "t", "--partitions", 2)
    cli("topics", "produce", "t", "-p", 0, stdin="x" * 9000 + "\n")
    cli("log", "compact")
    cli("topics", "produce", "t", "-p", 0, stdin="y" * 5000 + "\n")
    assert "size: " in cli("topics", "describe", "t").err
    rows = [json.loads(line) for line in cli("topics", "describe", "t", "--sizes", "--json").lines]
    first, second = rows
    assert first["sealed"] > 9000
    assert 5000 < first["unsealed"] < 6000
    assert first["bytes"] == first["sealed"] + first["unsealed"]
    assert (first["files"], first["directory"]) == (1, f"{tmp_path}/.streamz/log/part/1/0")
    assert (second["bytes"], second["files"]) == (0, 0)
    assert cli("topics", "describe", "t", "--sizes").lines[0].split()[2:] == [
        "BYTES",
        "SEALED",
        "UNSEALED",
        "FILES",
        "DIRECTORY",
    ]
