"""`streamz topics list`: every topic, with what is in it."""

import json


def test_topics_come_by_name_with_partitions_and_records(cli):
    cli("topics", "create", "b", "--partitions", 2)
    cli("topics", "create", "a", "--partitions", 1, "--cleanup", "compact")
    cli("topics", "produce", "b", stdin="x\ny\nz\n")
    assert cli("topics", "list").lines == [
        "TOPIC  PARTITIONS  RECORDS  CLEANUP",
        "a      1           0        compact",
        "b      2           3        delete",
    ]
    listed = [json.loads(line) for line in cli("topics", "list", "--json").lines]
    assert listed[1] == {"topic": "b", "partitions": 2, "records": 3, "cleanup": "delete"}
    assert len(listed) == 2


def test_it_makes_no_log(cli, tmp_path):
    done = cli("topics", "list")
    assert done.code == 2
    assert "holds no log" in done.err
    assert list(tmp_path.iterdir()) == []
