"""Payments enriched by a service, held against a plain loop."""

import asyncio

from examples.enrichment import COUNTRIES, Located, Payment, located


def payments(count):
    """Of cards whose country takes more or less time to tell, or is not known."""
    prefixes = [*COUNTRIES, "9999"]
    for number in range(count):
        card = f"{prefixes[number % 4]} {number * 7 % 10}"
        yield f"user-{number % 11}", Payment(card, number), number


def looked_up(rows):
    found = {}
    for key, payment, _ in rows:
        country = COUNTRIES.get(payment.card[:4], "?")
        found.setdefault(key, []).append(Located(payment.card, payment.cents, country))
    return found


def test_the_function_is_a_function():
    assert asyncio.run(located(Payment("4929 1", 7))) == Located("4929 1", 7, "GB")


def test_what_its_docstring_says(example):
    assert example.story() == example.told()


def test_answers_go_on_in_the_order_of_the_payments(example):
    rows = list(payments(60))
    with example.app.test(partitions=2) as t:
        for key, payment, at in rows:
            t.topic("payments").send(key, payment, timestamp=at, run=False)
        t.run()
        found = {}
        for record in t.topic("located").records():
            found.setdefault(record.key, []).append(record.value)
        spent = dict(t.store("spent"))
    assert found == looked_up(rows)
    assert sum(spent.values()) == sum(range(60))


def test_a_killed_worker_is_not_to_be_seen(example):
    rows = list(payments(600))
    example.run_and_kill("payments", rows)
    assert example.by_key("located") == looked_up(rows)
    with example.app.test() as t:
        for key, payment, at in rows:
            t.topic("payments").send(key, payment, timestamp=at, run=False)
        t.run()
        expected = dict(t.store("spent"))
    topic = "enrichment-spent-changelog"
    assert example.last(topic) == expected
