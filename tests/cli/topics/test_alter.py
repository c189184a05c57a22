"""`streamz topics alter`."""

import json

import pytest


@pytest.fixture
def made(cli):
    cli("topics", "create", "t", "--partitions", 2, "--config", "retention.ms=9000000000000")
    cli("topics", "produce", "t", "-p", 0, stdin="a\nb\n")
    return cli


def test_without_execute_it_is_only_said(made):
    done = made("topics", "alter", "t", "--partitions", 4, "--config", "segment.bytes=4096")
    assert done.lines == [
        "TOPIC  WHAT           IS                    WILL BE",
        "t      partitions     2                     4",
        "t      segment.bytes  1073741824 (default)  4096",
    ]
    assert "keys that had records get others in another partition" in done.err
    assert "nothing was changed; to alter the topic, add --execute" in done.err
    assert len(made("topics", "describe", "t").lines) == 3


def test_with_execute_it_is_done(made):
    words = ("--partitions", 4, "--config", "segment.bytes=4096", "--delete-config", "retention.ms")
    done = made("topics", "alter", "t", *words, "--json", "--execute")
    assert done.code == 0, done.err
    row = {"topic": "t", "what": "partitions", "is": 2, "will be": 4}
    assert json.loads(done.lines[0]) == row
    assert json.loads(done.lines[1])["will be"] is None, "it is as it is unless said"
    told = made("topics", "describe", "t")
    assert len(told.lines) == 5
    assert "config: cleanup.policy=delete, segment.bytes=4096\n" in told.err
    assert made("topics", "produce", "t", "-p", 3, stdin="c\n").code == 0
    assert sorted(made("topics", "consume", "t", "-e").lines) == ["a", "b", "c"]
    again = made("topics", "alter", "t", "--partitions", 4, "--execute")
    assert "so already" in again.err


@pytest.mark.parametrize(
    "words, why",
    [
        (("--partitions", 1), "1 are fewer"),
        (("--partitions", 0), "it must be 1 or more"),
        (("--config", "retention=1"), "did you mean retention.ms"),
        (("--delete-config", "segment.ms"), "says nothing of segment.ms"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_done(made, words, why):
    done = made("topics", "alter", "t", *words)
    assert done.code == 2
    assert why in done.err
