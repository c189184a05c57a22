"""print: a line for every record."""

from streamz_core.topology import nodes as n
from tests.compiler.harness import row, task_of
from tests.topology.graphs import Shop


def test_a_line_has_label_key_and_value():
    shop = Shop()
    shop.add(n.Print, "shown", shop.stream("in"), label="in")
    task = task_of(shop)
    task.run("in", [row("a", 1), row(None, None)])
    assert task.printed == {None: ["[in]: a, 1", "[in]: None, None"]}
    assert task.commit() == {}


def test_each_print_has_its_label_and_its_file():
    shop = Shop()
    source = shop.stream("in")
    shop.add(n.Print, "one", source, label="it's", file="/tmp/shown")
    shop.add(n.Print, "two", shop.count("hits", source), label="hits")
    task = task_of(shop)
    task.run("in", [row("a", 7)])
    assert task.printed == {"/tmp/shown": ["[it's]: a, 7"], None: ["[hits]: a, 1"]}
