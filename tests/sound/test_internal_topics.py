"""What another program writes into an internal topic its app would take for its own: nobody can."""

from __future__ import annotations

import pytest

from streamz_core import App, Misuse


def shop(home: str) -> App:
    app = App("shop", home=home, topic_partitions=1)
    app.stream("t", key=str, value=str).group_by(lambda text: text, name="by-text").count(
        name="hits"
    )
    return app


@pytest.fixture
def home(tmp_path) -> str:
    where = str(tmp_path / "home")
    app = shop(where)
    with app.producer("t") as producer:
        producer.send("t", "a", key="k")
    app.run("end")
    return where


@pytest.mark.parametrize("topic", ["shop-hits-changelog", "shop-by-text-repartition"])
@pytest.mark.parametrize("dynamic", [False, True])
def test_a_step_of_another_app_does_not_write_there(home, topic, dynamic):
    other = App("other", home=home)
    counted = other.stream("t", key=str, value=str).map_values(
        lambda _: (41).to_bytes(8, "big"), value=bytes
    )
    if dynamic:
        counted.to(lambda _: topic, key=str, value=bytes)
    else:
        counted.to(topic, key=str, value=bytes)
    with pytest.raises(Misuse, match=f"{topic} is an internal topic of the app shop"):
        other.run("end")


def test_the_last_moment_there_is_calls_no_timer(tmp_path):
    app = App("last", home=str(tmp_path), topic_partitions=1)
    stream = app.stream("t", key=str, value=str)
    stream.process(lambda record, _: [record], name="step").to("out", key=str, value=str)
    with app.test() as t:
        for _ in range(3):
            t.topic("t").send("k", "v", timestamp=(1 << 63) - 1)
        assert len(t.topic("out").records()) == 3
