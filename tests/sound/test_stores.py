"""The stores of an app are the worker's thread's: another one is refused, and the handler decides."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from streamz_core import App, Misuse

WAYS = {
    "get": lambda last: last.get("k"),
    "item": lambda last: last["k"],
    "in": lambda last: "k" in last,
    "set": lambda last: last.__setitem__("k", 1),
    "delete": lambda last: last.pop("k", None),
    "range": lambda last: list(last.range()),
    "len": len,
    "dict": dict,
}


def app_with(use):
    app = App("shop", processing_exception_handler="continue")
    numbers = app.stream("numbers", key=str, value=int)
    last = app.store("last", key=str, value=int)

    @numbers.map_values(store=last)
    def kept(number, last):
        last["k"] = number
        if number == 2:
            use(last)
        return number

    kept.to("out")
    return app


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_another_thread_is_refused_and_named(way):
    told = []

    def elsewhere(last):
        with ThreadPoolExecutor(1, thread_name_prefix="lookup") as pool:
            error = pool.submit(way, last).exception()
        told.append(error)
        raise error

    with app_with(elsewhere).test() as test:
        for number in (1, 2, 3):
            test.topic("numbers").send("k", number)
        assert [record.value for record in test.topic("out").records()] == [1, 3]
        assert dict(test.store("last")) == {"k": 3}
    (error,) = {type(each): each for each in told}.values()
    assert isinstance(error, Misuse)
    me = threading.current_thread().name
    assert str(error).startswith(
        f"store last belongs to the worker's thread {me}, and thread lookup_0 uses it"
    )


def test_a_thread_that_is_given_values_is_no_trouble():
    seen = []

    def given(last):
        number = last["k"]
        with ThreadPoolExecutor(1) as pool:
            seen.append(pool.submit(lambda: number + 1).result())

    with app_with(given).test() as test:
        test.topic("numbers").send("k", 2)
        assert [record.value for record in test.topic("out").records()] == [2]
    assert seen == [3]
