"""`streamz topics describe`: one topic, partition by partition."""

import json


def test_each_partition_with_its_end(cli):
    cli("topics", "create", "t", "--partitions", 3)
    cli("topics", "produce", "t", "-p", 1, stdin="x\ny\n")
    assert cli("topics", "describe", "t").lines == [
        "TOPIC  PARTITION  END",
        "t      0          0",
        "t      1          2",
        "t      2          0",
    ]
    told = [json.loads(line) for line in cli("topics", "describe", "t", "--json").lines]
    assert told[1] == {"topic": "t", "partition": 1, "end": 2}
