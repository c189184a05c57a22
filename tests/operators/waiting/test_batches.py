"""Values are gathered, and the function is called with many."""

import pytest

from streamz_core.errors import Unanswered
from streamz_core.operators.waiting.batches import Batches
from streamz_core.operators.waiting.line import Line


def batches(fn, size=2):
    line = Line()
    return line, Batches(line, "step", fn, size)


def test_it_is_called_when_there_are_enough_or_when_it_is_pressed():
    calls = []
    line, made = batches(lambda values: calls.append(values) or values)
    parts = [made.add(number) for number in range(3)]
    assert calls == [[0, 1]]
    assert [part.ready() for part in parts] == [True, True, False]
    assert line.sources == [made]
    made.press()
    made.press()
    assert calls == [[0, 1], [2]]
    assert [part.result() for part in parts] == [0, 1, 2]


def test_each_argument_has_a_list_of_its_own():
    _, made = batches(lambda keys, values: [f"{k}{v}" for k, v in zip(keys, values, strict=True)])
    parts = [made.add("a", 1), made.add("b", 2)]
    assert [part.result() for part in parts] == ["a1", "b2"]


def test_what_it_raises_comes_out_where_a_result_is_asked_for():
    def fail(_):
        raise KeyError("x")

    _, made = batches(fail, size=1)
    part = made.add(1)
    assert part.ready()
    with pytest.raises(KeyError):
        part.result()


def test_what_is_forgotten_is_not_called_with():
    calls = []
    _, made = batches(lambda values: calls.append(values) or values)
    made.add("undone")
    made.forget()
    made.add("again")
    made.press()
    assert calls == [["again"]]


@pytest.mark.parametrize(
    "gave, told", [([1], "1 results"), ("ab", "'ab'"), (None, "None"), (7, "7")]
)
def test_another_number_of_results(gave, told):
    _, made = batches(lambda _: gave)
    parts = [made.add(1), made.add(2)]
    with pytest.raises(Unanswered) as error:
        parts[0].result()
    assert str(error.value).startswith(f"step was called with 2 values and gave {told}: ")
