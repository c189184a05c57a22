"""Bursts of payments, held against a plain search for gaps."""

from collections import defaultdict

from examples.fraud import Burst, Card, Judged, Payment, alerts, alive, by_card, judged
from streamz_core import Windowed

GAP = 300_000
CARDS = [(f"card-{n}", Card(f"owner-{n}", 100 + 50 * n), 0) for n in range(8)]


def payments(count):
    """Of nine cards, one of which nobody owns; every ninth payment connects bursts, or comes late."""
    for number in range(count):
        at = 47_000 * number + (number // 20) * GAP - (40_000 if number % 9 == 8 else 0)
        yield f"card-{number % 9 if number % 4 else 1}", Payment(5 + number % 60, at), at


def bursts(rows):
    """Card -> [(first, last, payments, amount)], as anybody would look for them who has all payments."""
    times = defaultdict(list)
    for key, payment, at in rows:
        times[key].append((at, payment.amount))
    found = {}
    for key, paid in times.items():
        groups = []
        for at, amount in sorted(paid):
            if groups and at - groups[-1][-1][0] <= GAP:
                groups[-1].append((at, amount))
            else:
                groups.append([(at, amount)])
        found[key] = [
            (group[0][0], group[-1][0], len(group), sum(amount for _, amount in group))
            for group in groups
        ]
    return found


def test_the_functions_are_functions():
    burst = Burst().add(Payment(60, 0)).merge(Burst().add(Payment(50, 1)))
    assert burst == Burst(2, 110)
    assert by_card(Windowed("4711", 0, 1), burst) == "4711"
    assert alive(burst)
    assert not alive(None)
    assert alerts(judged("4711", burst, Card("ann", 100)))
    assert not alerts(Judged("4711", "ann", 2, 100, 100))


def test_what_its_docstring_says(example):
    assert example.story() == example.told()


def test_a_late_payment_connects_two_bursts(example):
    with example.app.test() as t:
        t.topic("cards").send("a", Card("ann", 50), timestamp=0)
        for at in (0, 350_000, 200_000):
            t.topic("payments").send("a", Payment(20, at), timestamp=at)
        assert dict(t.store("bursts")) == {Windowed("a", 0, 350_000): Burst(3, 60)}
        (alert,) = t.topic("alerts").records()
        assert (alert.value, alert.timestamp) == (Judged("a", "ann", 3, 60, 50), 350_000)


def test_a_killed_worker_is_not_to_be_seen(example):
    rows = list(payments(600))
    example.run_and_kill("payments", rows, tables={"cards": CARDS})
    found = example.by_key("alerts")
    expected = {
        key: {(number, amount) for *_, number, amount in bursts(rows)[key] if amount > card.limit}
        for key, card, _ in CARDS
    }
    assert any(expected.values())
    for key, wanted in expected.items():
        # Every burst above the limit is told as it ended, none is told twice, and none lower.
        told = [(one.payments, one.amount) for one in found.get(key, [])]
        assert wanted <= set(told)
        assert all(amount > dict(pairs())[key].limit for _, amount in told)


def pairs():
    return [(key, card) for key, card, _ in CARDS]
