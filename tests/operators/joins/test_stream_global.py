"""Joins with a global table: by any key, null ones included, and which keys the function sees."""

from streamz_core.app import App


def results(how, rows, **options):
    app = App("shop")
    users = app.global_table("users", key=str, value=str)
    lines = app.stream("in", key=str, value=str)
    fn = options.pop("fn", lambda line, name: f"{line}+{name}")
    on = options.pop("on", lambda line: None if line == "none" else line)
    lines.join(users, fn, on=on, how=how, name="joined", **options).to("out")
    with app.test() as t:
        t.topic("users").send("ann", "Ann", timestamp=50)
        for key, value in rows:
            t.topic("in").send(key, value, timestamp=7, headers=(("h", b"x"),))
        out = t.topic("out").records()
        assert {(one.timestamp, one.headers) for one in out} <= {(7, (("h", b"x"),))}
        return [(one.key, one.value) for one in out], t.dropped()


ROWS = [("a", "ann"), (None, "ann"), ("b", "bob"), ("c", "none"), ("d", None), (None, None)]


def test_an_inner_join_drops_what_it_does_not_find():
    out, dropped = results("inner", ROWS)
    assert out == [("a", "ann+Ann"), (None, "ann+Ann")]
    assert dropped == {"null-key": 1, "null-value": 2}


def test_a_left_join_keeps_all_that_has_a_value():
    out, dropped = results("left", ROWS)
    assert out == [
        ("a", "ann+Ann"),
        (None, "ann+Ann"),
        ("b", "bob+None"),
        ("c", "none+None"),
    ]
    assert dropped == {"null-value": 2}


def test_functions_may_see_the_records_key_and_that_of_the_row():
    out, _ = results(
        "left",
        ROWS[:3],
        with_keys=True,
        on=lambda key, line: line if key else None,
        fn=lambda key, row, line, name: f"{key} {row} {line} {name}",
    )
    assert [value for _, value in out] == ["a ann ann Ann", "None None ann None", "b bob bob None"]
    out, _ = results(
        "inner",
        ROWS[:3],
        with_key=True,
        on=lambda key, line: line,
        fn=lambda key, line, name: f"{key} {name}",
    )
    assert [value for _, value in out] == ["a Ann", "None Ann"]


def test_it_goes_through_no_topic_and_keeps_the_key():
    app = App("shop")
    users = app.global_table("users", key=str, value=str)
    lines = app.stream("in", key=str, value=str).select_key(lambda line: f"k-{line}", key=str)
    joined = lines.join(users, lambda line, name: line, on=lambda line: line, how="left")
    joined.group_by_key().count(name="total").to("out")
    with app.test(partitions=3) as t:
        t.topic("in").send(None, "ann")
        assert [one.key for one in t.topic("out").records()] == ["k-ann"]
        assert [topic for topic in t._broker.backend.topics() if "repartition" in topic] == [
            "shop-total-repartition"
        ]


def test_a_function_that_changes_its_row_changes_no_row():
    app = App("shop")
    users = app.global_table("users", key=str, value=list[str])
    lines = app.stream("in", key=str, value=str)

    @lines.join(users, on=lambda line: line)
    def longer(line: str, names: list[str]) -> int:
        names.append(line)
        return len(names)

    longer.to("out")
    with app.test() as t:
        t.topic("users").send("a", ["x"])
        for _ in range(3):
            t.topic("in").send("k", "a")
        assert [one.value for one in t.topic("out").records()] == [2, 2, 2]
