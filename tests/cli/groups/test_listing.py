"""`streamz groups list` and `lag`."""

import json


def test_every_group_is_listed(read):
    assert read("groups", "list").lines == [
        "GROUP  KIND       STATE  MEMBERS  PARTITIONS  LAG",
        "fast   consumers  empty  0        2           0",
        "slow   consumers  empty  0        1           3",
    ]
    (_, slow) = map(json.loads, read("groups", "list", "--json").lines)
    assert (slow["group"], slow["lag"]) == ("slow", 3)


def test_lag_is_told_by_topic(read):
    assert read("groups", "lag", "slow").lines == [
        "GROUP  TOPIC  PARTITIONS  LAG",
        "slow   t      1           3",
    ]
    rows = [json.loads(line) for line in read("groups", "lag", "--json").lines]
    assert [(row["group"], row["lag"]) for row in rows] == [("fast", 0), ("slow", 3)]
    assert read("groups", "lag", "nobody").code == 2


def test_without_groups_there_are_no_lines(cli):
    cli("topics", "create", "t")
    assert cli("groups", "list").lines == ["GROUP  KIND  STATE  MEMBERS  PARTITIONS  LAG"]
