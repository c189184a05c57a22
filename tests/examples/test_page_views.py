"""Page views by region, held against a plain count."""

from collections import Counter

from examples.page_views import RegionalView, User, View, by_region, regional
from streamz_core import Windowed

USERS = [(f"user-{n}", User(["eu", "us", "asia"][n % 3]), 0) for n in range(20)]
ADVANCE, SIZE = 10_000, 60_000


def views(count):
    """One a second, every tenth of them told two minutes late, some of nobody we know."""
    for number in range(count):
        at = 1_000 * (number + 1) - (120_000 if number % 10 == 9 and number > 120 else 0)
        yield f"user-{number * 7 % 23}", View(f"/{number % 5}", at), at


def counted(rows):
    """Each view in all of its windows."""
    regions = {key: user.region for key, user, _ in USERS}
    found = Counter()
    for key, view, _ in rows:
        last = view.at // ADVANCE * ADVANCE
        for start in range(max(last - SIZE + ADVANCE, 0), last + 1, ADVANCE):
            found[Windowed(regions.get(key, "unknown"), start, start + SIZE)] += 1
    return dict(found)


def test_the_functions_are_functions():
    assert regional(View("/", 0), User("eu")) == RegionalView("eu", "/")
    assert regional(View("/", 0), None) == RegionalView("unknown", "/")
    assert by_region(RegionalView("eu", "/")) == "eu"


def test_what_its_docstring_says(example):
    assert example.story() == example.told()


def test_each_view_counts_in_its_windows(example):
    rows = list(views(300))
    with example.app.test(partitions=3) as t:
        for key, user, at in USERS:
            t.topic("users").send(key, user, timestamp=at, run=False)
        for key, view, at in rows:
            t.topic("views").send(key, view, timestamp=at, run=False)
        t.run()
        assert dict(t.store("views-by-region")) == counted(rows)


def test_a_killed_worker_is_not_to_be_seen(example):
    rows = list(views(600))
    example.run_and_kill("views", rows, tables={"users": USERS})
    found = example.by_key("views-by-region")
    expected = counted(rows)
    assert {key: values[-1] for key, values in found.items()} == expected
    assert all(values == list(range(1, expected[key] + 1)) for key, values in found.items())
