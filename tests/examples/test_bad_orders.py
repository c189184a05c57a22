"""Bad orders: which branch takes what, and nothing twice or never when a worker dies."""

import json

from examples.bad_orders import Bad, Order, bad, checked, large
from streamz_core import App

MISSING = "KeyError: 'pieces'"


def texts(count):
    """What comes in, of all kinds."""
    for number in range(count):
        kinds = [
            json.dumps({"product": "anvil", "pieces": number % 7}),
            json.dumps({"product": "nail", "pieces": 100 + number}),
            json.dumps({"product": "anvil"}),
            "not an order",
        ]
        yield str(number), kinds[number % 4], number


def test_the_functions_are_functions():
    assert checked('{"product": "anvil", "pieces": 2}') == Order("anvil", 2)
    assert checked('{"product": "anvil"}') == Bad(MISSING, '{"product": "anvil"}')
    assert bad(Bad("", ""))
    assert large(Order("nail", 100))
    assert not large(Order("nail", 99))


def test_what_its_docstring_says(example):
    assert example.story() == example.told()


def test_each_order_is_in_one_topic(example):
    assert isinstance(example.app, App)
    with example.app.test(partitions=4) as t:
        for key, text, at in texts(40):
            t.topic("raw-orders").send(key, text, timestamp=at)
        found = {
            topic: {record.key: record.value for record in t.topic(topic).records()}
            for topic in ("bad-orders", "large-orders", "small-orders")
        }
    assert found["large-orders"] == {str(n): Order("nail", 100 + n) for n in range(1, 40, 4)}
    assert found["bad-orders"]["2"] == Bad(MISSING, '{"product": "anvil"}')
    assert found["bad-orders"]["28"].reason == "nothing is ordered"
    assert found["small-orders"]["4"] == Order("anvil", 4)
    assert sum(map(len, found.values())) == 40


def test_a_killed_worker_is_not_to_be_seen(example):
    rows = list(texts(800))
    example.run_and_kill("raw-orders", rows)
    found = {}
    for topic in ("bad-orders", "large-orders", "small-orders"):
        for key, values in example.by_key(topic).items():
            assert key not in found
            found[key] = values
    assert found == {key: [checked(text)] for key, text, _ in rows}
