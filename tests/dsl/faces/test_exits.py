"""Where streams end: in topics, in functions, on the screen."""

import pytest

from streamz_core import App
from streamz_core.dsl.faces.exits import SinkStep
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n


def test_sinks(app, texts):
    assert texts.to("fixed") is None
    texts.to(app.topic("described", partitions=2))

    @texts.to
    def chosen(text: str) -> str:
        return f"topic-{text}"

    texts.to(lambda key, text: key, with_key=True, name="by-key")
    assert isinstance(chosen, SinkStep)
    assert chosen("a") == "topic-a"
    graph = app.build()
    sinks = [node for node in graph.nodes if isinstance(node, n.Sink)]
    assert [sink.topic.name if sink.topic else sink.choose.name for sink in sinks] == [
        "fixed",
        "described",
        "chosen",
        "by-key",
    ]
    assert [sink.choose.with_key for sink in sinks[2:]] == [False, True]
    assert {topic.name: topic.partitions for topic in graph.topics} == {
        "texts": None,
        "fixed": None,
        "described": 2,
    }


def test_only_a_function_is_handed_the_key(texts):
    with pytest.raises(TopologyError, match=r"texts.to: with_key= goes with a function.*'out'"):
        texts.to("out", with_key=True)


def test_foreach_ends_a_stream_and_gives_the_function(app, texts):
    seen = app.store("seen", key=str, value=int)

    @texts.foreach
    def told(text: str) -> int:
        return len(text)

    texts.foreach(lambda key, text, seen: None, with_key=True, store=seen, name="kept")
    assert isinstance(told, SinkStep)
    assert told("abc") == 3
    first, second = app.build().nodes[1:]
    assert [type(node) for node in (first, second)] == [n.Foreach, n.Foreach]
    assert (first.name, first.fn.call) == ("told", told.__wrapped__)
    assert (second.fn.with_key, [store.name for store in second.fn.stores]) == (True, ["seen"])


def test_print_is_labelled_as_the_step_it_hangs_on(app, texts):
    assert texts.print() is None
    texts.filter(bool).print(label="some", file="some.txt")
    plain, _, labelled = app.build().nodes[1:]
    assert isinstance(plain, n.Print)
    assert (plain.label, plain.file) == ("texts", None)
    assert (labelled.label, labelled.file) == ("some", "some.txt")


def test_what_ends_a_stream_sees_every_record(capsys):
    app = App("ends")
    texts = app.stream("texts", key=str, value=str)
    seen = []
    texts.foreach(lambda key, text: seen.append((key, text)), with_key=True)
    texts.map_values(str.upper, value=str, name="upper").print()
    with app.test() as test:
        for text in ("a", "", "b"):
            test.topic("texts").send("k", text, timestamp=0)
    assert seen == [("k", "a"), ("k", ""), ("k", "b")]
    assert capsys.readouterr().out.splitlines() == [
        "[upper]: k, A",
        "[upper]: k, ",
        "[upper]: k, B",
    ]
