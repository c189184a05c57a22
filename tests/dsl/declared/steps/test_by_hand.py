"""What makes processors: a class, or a function that gives a new one each time."""

import pytest

from streamz_core import App, Processor, TopologyError


class Upper(Processor[str, str, str, str]):
    def process(self, record):
        pass


def new() -> Upper:
    return Upper()


ONE = Upper()


def add(supplier):
    app = App("shop")
    app.topology.add_source("source", "in")
    app.topology.add_processor("upper", supplier, "source")
    return app


@pytest.mark.parametrize("supplier", [Upper, new])
def test_each_task_is_given_one_of_its_own(supplier):
    node = add(supplier).build().nodes[-1]
    assert node.fn.call is supplier
    assert node.fn.call() is not node.fn.call()


@pytest.mark.parametrize(
    "supplier, told",
    [
        (ONE, "makes no processors; hand over their class"),
        (5, "5 makes no processors"),
        (lambda: ONE, "its supplier gives the same processor again"),
        (lambda name: Upper(), r"upper, its supplier: .* does not take what it is called with"),
    ],
)
def test_what_makes_none_is_refused(supplier, told):
    with pytest.raises(TopologyError, match=told):
        add(supplier)
