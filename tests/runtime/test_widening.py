"""Topics that get more partitions while workers run."""

from __future__ import annotations

import pytest

from streamz_core import App, Misuse
from streamz_core.broker.admin import Admin


def passing() -> App:
    app = App("app")
    app.stream("in", key=str, value=str).map_values(str.upper, name="upper").to("out")
    return app


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_tasks_come_for_new_partitions(workers: int) -> None:
    with passing().test(workers=workers, partitions=1) as t:
        t.topic("in").send("a", "x")
        t.run()
        Admin(t._broker).alter_topic("in", partitions=4)
        for partition in range(4):
            t.topic("in").send("a", str(partition), partition=partition)
        t.crash(0)
        t.restart()
        t.topic("in").send("a", "y", partition=3)
        found = sorted(t.output_topic("out").read_values_to_list())
        assert found == ["0", "1", "2", "3", "X", "Y"]
        assert t._workers[0].finished
        assert sum(len(worker.tasks) for worker in t._workers) == 4


def test_what_comes_to_a_task_by_another_topic_is_read_by_it() -> None:
    """A task of two topics, of which the smaller one grows: the open task reads its new partition as well."""
    app = App("app")
    one = app.stream("one", key=str, value=str)
    one.merge(app.stream("two", key=str, value=str), name="both").to("out")
    with app.test(partitions=1) as t:
        Admin(t._broker).alter_topic("one", partitions=3)
        t.topic("one").send("a", "x", partition=2)
        t.run()
        Admin(t._broker).alter_topic("two", partitions=3)
        t.topic("two").send("a", "y", partition=2)
        assert sorted(t.output_topic("out").read_values_to_list()) == ["x", "y"]


def test_copies_of_a_global_table_follow() -> None:
    app = App("app")
    users = app.global_table("users", key=str, value=str)
    clicks = app.stream("in", key=str, value=str)
    clicks.join(
        users, lambda click, user: f"{click} {user}", on=lambda click: click, name="named"
    ).to("out")
    with app.test(partitions=1) as t:
        t.topic("users").send("a", "Ann")
        t.topic("in").send("a", "a")
        t.run()
        Admin(t._broker).alter_topic("users", partitions=3)
        t.topic("users").send("b", "Bob", partition=2)
        t.topic("in").send("b", "b")
        assert sorted(t.output_topic("out").read_values_to_list()) == ["a Ann", "b Bob"]


def test_an_app_with_state_by_the_old_partitions_ends_and_says_why() -> None:
    app = App("app")
    app.stream("in", key=str, value=str).group_by_key().count(name="n").to("out")
    with app.test(partitions=1) as t:
        t.topic("in").send("a", "x")
        t.run()
        with pytest.raises(Misuse, match="app app reads in, keeps state"):
            Admin(t._broker).alter_topic("in", partitions=2)
        Admin(t._broker).alter_topic("in", partitions=2, force=True)
        with pytest.raises(
            Misuse, match="app-n-changelog has 1 partitions, and the app now needs 2"
        ):
            t.run()
