"""Names of constants, and of what is made once for a task."""

from streamz_core.codecs.plain import STR
from streamz_core.compiler.bindings import Bindings
from streamz_core.compiler.names import Names
from streamz_core.topology.nodes import StoreSpec


def bindings():
    return Bindings(Names())


def test_one_object_has_one_name():
    made = bindings()
    first, second = ["a"], ["a"]
    assert [made.constant("x", each) for each in (first, second, first)] == ["x", "x2", "x"]
    assert made.namespace == {"x": first, "x2": second}
    assert made.namespace["x"] is first


def test_a_method_is_one_object_however_often_it_is_looked_up():
    made = bindings()
    assert made.constant("decode", STR.decode) == made.constant("decode", STR.decode)
    assert made.constant("decode", STR.encode) == "decode2"


def test_what_is_made_once_for_a_task_is_made_by_kind_and_key():
    made = bindings()
    names = [made.once(kind, "k", "it", "make()") for kind in ("one", "one", "other")]
    assert names == ["it", "it", "it2"]
    assert made.bound == {"it": "make()", "it2": "make()"}


def test_a_store_is_bound_and_its_rows_are_fetched_by_each_function():
    made = bindings()
    spec = StoreSpec("hits", "timestamped")
    names = made.store(spec)
    assert made.store(spec) is names
    assert made.bound == {names.store: "store('hits')"}
    assert made.fetched[names.live] == f"{names.store}.live"


def test_the_columns_of_an_output_are_fetched_by_each_function():
    made = bindings()
    names = made.output("out")
    assert made.output("out") is names
    assert made.bound == {names.output: "output('out')"}
    assert made.fetched[names.key] == f"{names.output}.keys.append"
