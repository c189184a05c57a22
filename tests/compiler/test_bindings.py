"""Names of constants, and of what is made once for a task."""

from streamz_core.codecs.plain import STR
from streamz_core.compiler.bindings import Bindings
from streamz_core.compiler.names import Names


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


def test_what_is_made_once_for_a_task_has_one_name_for_an_expression():
    made = bindings()
    names = [made.bind("it", expression) for expression in ("one()", "one()", "other()")]
    assert names == ["it", "it", "it2"]
    assert made.bound == {"one()": "it", "other()": "it2"}


def test_what_a_function_begins_with_is_another_thing_than_what_a_task_makes():
    made = bindings()
    assert made.bind("it", "one()") != made.fetch("it", "one()")
    assert made.fetched == {"one()": "it2"}
