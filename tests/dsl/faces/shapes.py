"""What holds of every operator that takes a function, however it is called."""

from streamz_core.dsl.faces.stream import Step, Stream

NAMED = [("called", True), ("named", True), ("bare", True), ("chosen", True)]


def steps_of(stream, op):
    """The same step said in four ways."""

    def make(name):
        def fn(text):
            return [(text, text)]

        fn.__name__ = name
        return fn

    method = getattr(stream, op)
    return [
        method(make("called")),
        method(lambda text: text, name="named"),
        method()(make("bare")),
        method(name="chosen")(make("other")),
    ]


def check_shapes(app, stream, op, kind):
    """A method and a decorator, with and without options."""
    steps = steps_of(stream, op)
    assert all(isinstance(step, Step) and isinstance(step, Stream) for step in steps)
    found = [node for node in app.build().nodes if isinstance(node, kind)]
    assert [(node.name, node.named) for node in found] == NAMED
    assert not any(node.fn.with_key for node in found)
    assert all(node.parents[0].name == "texts" for node in found)


def check_handed(app, stream, op):
    """Key and stores are handed over where they are asked for."""
    one = app.store("one", key=str, value=int)
    two = app.store("two", key=str, value=int)
    getattr(stream, op)(with_key=True, store=one)(lambda key, value, one: [])
    getattr(stream, op)(lambda value, one, two: [], stores=(one, two))
    first, second = (node.fn for node in app.build().nodes[1:])
    assert first.with_key
    assert [store.name for store in first.stores] == ["one"]
    assert not second.with_key
    assert [store.name for store in second.stores] == ["one", "two"]
    assert first.stores[0] is second.stores[0], "one store is one object in a graph"
