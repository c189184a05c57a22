"""`streamz topics create`: the topic, and the log it is in."""

import json


def test_it_makes_the_topic_and_the_log(cli, tmp_path):
    made = cli("topics", "create", "b", "--partitions", 2, "--cleanup", "compact")
    assert (made.code, made.out) == (0, "")
    where = tmp_path / ".streamz"
    assert made.err == f"streamz: created topic b with 2 partitions in {where}\n"
    (told,) = cli("topics", "list", "--json").lines
    assert json.loads(told) == {"topic": "b", "partitions": 2, "records": 0, "cleanup": "compact"}


def test_four_partitions_that_forget_unless_it_is_said(cli):
    cli("topics", "create", "t")
    assert cli("topics", "list").lines[1].split() == ["t", "4", "0", "delete"]


def test_of_an_app_the_log_is_made_as_it_wants_it(cli, words):
    """The app promises less than the default: another level would be refused when it runs."""
    assert cli("topics", "create", "lines", "--app", "app.py", "--partitions", 2).code == 0
    done = cli("worker", "app.py", "--until", "end", "--quiet")
    assert done.code == 0, done.err
    log = (words / ".streamz" / "log" / "LOG").read_bytes()
    assert b"process" in log
    assert b"power" not in log


def test_settings_are_kafkas(cli):
    words = ("--config", "cleanup.policy=compact", "--config", "segment_bytes=4096")
    assert cli("topics", "create", "t", *words).code == 0
    shown = cli("topics", "describe", "t").err
    assert "config: cleanup.policy=compact, segment.bytes=4096\n" in shown
    refused = cli("topics", "create", "u", "--config", "segment.byte=4")
    assert refused.code != 0
    assert "did you mean segment.bytes?" in refused.err
    twice = cli("topics", "create", "u", *words, "--cleanup", "delete")
    assert "say it once" in twice.err
    assert "write NAME=VALUE" in cli("topics", "create", "u", "--config", "=4").err


def test_as_many_partitions_as_the_app_says(cli, tmp_path):
    (tmp_path / "shop.py").write_text(
        "from streamz_core import App\n"
        "app = App('shop', topic_partitions=7)\n"
        "app.topic('orders', key=str, value=str, partitions=3)\n"
        "app.stream('orders').to('sent')\n"
    )
    for topic, count in (("orders", 3), ("sent", 7), ("other", 7)):
        made = cli("topics", "create", topic, "--app", "shop.py")
        assert f"created topic {topic} with {count} partitions" in made.err
    made = cli("topics", "create", "more", "--app", "shop.py", "--partitions", 2)
    assert "with 2 partitions" in made.err
