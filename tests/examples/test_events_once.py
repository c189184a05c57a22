"""Events once, held against a plain loop."""

from examples.events_once import Event

WITHIN_MS = 10 * 60 * 1000


def events(count):
    """Each of them up to four times: at once, and long after."""
    for number in range(count):
        at = 5_000 * number
        known = number // 3 if number % 3 else number % 40
        yield f"user-{known % 12}", Event(str(known), "paid", at), at


def once(rows):
    """A repetition within ten minutes of one that went on is none."""
    seen, found = {}, {}
    for key, event, at in rows:
        before = seen.get((key, event.id))
        if before is None or at - before > WITHIN_MS:
            seen[key, event.id] = at
            found.setdefault(key, []).append(event)
    return found


def test_what_its_docstring_says(example):
    assert example.story() == example.told()


def test_within_and_after_ten_minutes(example):
    with example.app.test() as t:
        for at in (0, WITHIN_MS, 2 * WITHIN_MS, 3 * WITHIN_MS + 1):
            t.topic("events").send("ann", Event("7", "paid", at), timestamp=at)
        told = [record.timestamp for record in t.topic("events-once").records()]
    assert told == [0, 2 * WITHIN_MS, 3 * WITHIN_MS + 1]


def test_a_killed_worker_is_not_to_be_seen(example):
    rows = list(events(800))
    example.run_and_kill("events", rows)
    expected = once(rows)
    assert 0 < sum(map(len, expected.values())) < 800
    assert example.by_key("events-once") == expected
