"""Which topics an app uses, which are made for it, and how."""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core import tumbling
from streamz_core.app import App
from streamz_core.broker.backend import TaskCommit
from streamz_core.broker.embedded import EmbeddedBackend, open_backend
from streamz_core.codecs.plain import INT, STR
from streamz_core.config import Config
from streamz_core.env.memory import MemoryEnv
from streamz_core.errors import Misuse, TopologyError
from streamz_core.runtime.job import Job
from streamz_core.runtime.topics import (
    external_topics,
    make_topic,
    planned_topics,
    prepare_topics,
    topic_codecs,
)


def app() -> App:
    """in, other -> by the value -> windows and counts -> out."""
    made = App("app")
    lines = made.stream("in", key=int, value=str)
    more = made.stream(made.topic("other", key=int, value=str, partitions=6))
    keyed = lines.merge(more).group_by(lambda line: line, key=str)
    keyed.count(name="counts").to("out")
    windows = keyed.window(tumbling("1m"))

    @windows.aggregate(initial=int, retention="1h", name="sizes")
    def sizes(total: int, line: str) -> int:
        return total + len(line)

    return made


@pytest.fixture
def job() -> Job:
    return app().job({"topic_partitions": 2}, MemoryEnv())


@pytest.fixture
def backend() -> EmbeddedBackend:
    return open_backend(MemoryEnv(), "/home", Config())


def made(backend: EmbeddedBackend) -> dict[str, tuple[int, dict[str, object]]]:
    return {one.name: (one.partitions, dict(one.config)) for one in backend.topics().values()}


INTERNAL = {
    "app-counts-repartition": (
        6,
        {"cleanup.policy": "delete", "purge": "committed", "retention.ms": -1},
    ),
    "app-sizes-repartition": (
        6,
        {"cleanup.policy": "delete", "purge": "committed", "retention.ms": -1},
    ),
    "app-counts-changelog": (6, {"cleanup.policy": "compact"}),
    "app-sizes-changelog": (
        6,
        {
            "cleanup.policy": "compact,delete",
            "retention.ms": 3_600_000 + 86_400_000,
            "retention.time": "window",
        },
    ),
}


def test_a_plan_makes_nothing(job: Job, backend: EmbeddedBackend) -> None:
    planned = planned_topics(job, backend)
    assert made(backend) == {}
    external = {"in": 2, "other": 6, "out": 2}
    assert dict(planned.partitions) == external | {n: p for n, (p, _) in INTERNAL.items()}
    assert [one.name for one in planned.missing] == list(planned.partitions)
    assert sum(planned.tasks.values()) == 6 + 6 * (len(planned.tasks) - 1)


def test_what_is_missing_is_made_as_planned(job: Job, backend: EmbeddedBackend) -> None:
    planned = planned_topics(job, backend)
    assert prepare_topics(job, backend) == planned
    delete = {"cleanup.policy": "delete"}
    external = {"in": (2, delete), "other": (6, delete), "out": (2, delete)}
    assert made(backend) == external | INTERNAL
    before = backend.mark
    again = prepare_topics(job, backend)
    assert again.missing == ()
    assert again.partitions == planned.partitions
    assert backend.mark == before


def test_topics_that_are_there_keep_their_partitions(job: Job, backend: EmbeddedBackend) -> None:
    backend.create_topic("in", 9, {})
    assert prepare_topics(job, backend).partitions["app-counts-repartition"] == 9
    assert made(backend)["app-counts-changelog"][0] == 9


def test_topics_that_are_made_for_users_are_told(
    job: Job, backend: EmbeddedBackend, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    prepare_topics(job, backend)
    assert [record.getMessage() for record in caplog.records] == [
        "created topic in with 2 partitions",
        "created topic other with 6 partitions",
        "created topic out with 2 partitions",
    ]


def test_somebody_else_who_is_faster_decides(
    job: Job, backend: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between plan and making, another process makes the input with other partitions."""
    real = backend.create_topic

    def late(name: str, partitions: int, config: dict[str, object], owner: str) -> object:
        if name == "in":
            real("in", 12, {})
        return real(name, partitions, config, owner)

    monkeypatch.setattr(backend, "create_topic", late)
    assert prepare_topics(job, backend).partitions["app-counts-repartition"] == 12
    assert made(backend)["app-counts-repartition"][0] == 12


def test_an_internal_topic_that_does_not_fit_any_more_is_refused(
    job: Job, backend: EmbeddedBackend
) -> None:
    backend.create_topic("app-counts-changelog", 3, {})
    with pytest.raises(Misuse, match=r"app-counts-changelog has 3 partitions, .* needs 6"):
        prepare_topics(job, backend)
    assert list(made(backend)) == ["app-counts-changelog"]


def test_internal_topics_are_the_apps_and_no_others(backend: EmbeddedBackend) -> None:
    """`shop` with eu-hits, and `shop-eu` with hits."""
    jobs = []
    for name, store in (("shop", "eu-hits"), ("shop-eu", "hits")):
        one = App(name)
        one.stream("in", key=str, value=str).group_by_key().count(name=store)
        jobs.append(one.job({}, MemoryEnv()))
    prepare_topics(jobs[0], backend)
    assert backend.topic("shop-eu-hits-changelog").owner == "shop"
    assert backend.topic("in").owner == ""
    with pytest.raises(
        Misuse,
        match=r"topic shop-eu-hits-changelog is an internal topic of app shop, and app shop-eu would "
        r".* give the app, or the step that the topic is named after, another name",
    ):
        prepare_topics(jobs[1], backend)
    assert not planned_topics(jobs[0], backend).missing


def test_partitions_that_do_not_fit_together_make_nothing(backend: EmbeddedBackend) -> None:
    joined = App("joined")
    users = joined.table("users", key=str, value=str)
    joined.stream("in", key=str, value=str).join(users, name="both", value=str)(
        lambda one, _: one
    ).to("out")
    backend.create_topic("users", 3, {})
    with pytest.raises(TopologyError, match="users"):
        prepare_topics(joined.job({"topic_partitions": 2}, MemoryEnv()), backend)
    assert list(made(backend)) == ["users"]


def test_the_topics_an_app_names_are_each_there_once() -> None:
    found = {ref.name: ref.partitions for ref in external_topics(app().build())}
    assert found == {"in": None, "other": 6, "out": None}


def test_one_topic_can_be_made_alone(backend: EmbeddedBackend) -> None:
    graph = app().build()
    make_topic(graph, "nobody's", 3, backend)
    assert made(backend) == {}
    make_topic(graph, "in", 3, backend)
    make_topic(graph, "other", 3, backend)
    make_topic(graph, "in", 5, backend)
    assert {name: partitions for name, (partitions, _) in made(backend).items()} == {
        "in": 3,
        "other": 6,
    }


def test_a_topic_has_the_codecs_its_reader_or_writer_has() -> None:
    graph = app().build()
    assert topic_codecs(graph, "in") == (INT, STR)
    assert topic_codecs(graph, "other") == (INT, STR)
    assert topic_codecs(graph, "out") == (STR, INT)
    assert topic_codecs(graph, "nobody's") is None


def test_a_topic_that_a_function_chooses_has_the_codecs_of_its_step() -> None:
    made = App("chosen")
    made.stream("in", key=str, value=int).to(lambda value: f"t{value}")
    assert topic_codecs(made.build(), "t7") == (STR, INT)


# ---- what is not as the app says


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    caplog.clear()
    return found


def test_a_topic_with_other_partitions_than_the_app_says_is_told(
    job: Job, backend: EmbeddedBackend, caplog: pytest.LogCaptureFixture
) -> None:
    backend.create_topic("other", 2, {})
    backend.create_topic("in", 3, {})  # of which the app says nothing
    prepare_topics(job, backend)
    (told,) = warned(caplog)
    assert told.startswith("topic other has 2 partitions, and the app says 6: a topic keeps what")
    make_topic(job.graph, "other", 4, backend)
    assert warned(caplog) == [told]
    for name in ("in", "out", "nowhere"):
        make_topic(job.graph, name, 4, backend)
    assert warned(caplog) == []


def test_a_topic_with_other_settings_than_the_app_says_is_told(
    backend: EmbeddedBackend, caplog: pytest.LogCaptureFixture
) -> None:
    def said(*, changelog: dict[str, object] | bool = True, **config: object) -> Job:
        made = App("app")
        lines = made.stream(made.topic("in", key=int, value=str, config=config))
        seen = made.store("seen", key=int, value=str, changelog=changelog)
        lines.map_values(lambda value, seen: value, store=seen)
        return made.job({"topic_partitions": 2}, MemoryEnv())

    first = said(retention_ms=1000, cleanup_policy="compact,delete")
    prepare_topics(first, backend)
    # another word for the same, numbers as text, what is not said any more, and Kafka's default
    same = said(**{"retention.ms": "1000", "cleanup.policy": "delete, compact"})
    for job in (first, same, said(), said(retention_ms=1000, segment_ms=604_800_000)):
        prepare_topics(job, backend)
        make_topic(job.graph, "in", 4, backend)
    assert warned(caplog) == []
    changed = said(retention_ms=5, changelog={"segment.bytes": 1 << 20})
    prepare_topics(changed, backend)
    mine, changelogs = warned(caplog)
    assert mine == (
        "topic in has retention.ms=1000, and the app says 5: a topic keeps what it was made with; say 1000, or change "
        "the topic (streamz topics alter in --config retention.ms=5 --execute)"
    )
    assert changelogs.startswith(
        "topic app-seen-changelog has segment.bytes=1073741824, and the app says 1048576: "
    )
    make_topic(changed.graph, "in", 4, backend)
    assert warned(caplog) == [mine]


def test_a_changelog_that_keeps_less_than_the_windows_of_now_is_told(
    backend: EmbeddedBackend, caplog: pytest.LogCaptureFixture
) -> None:
    def kept_for(retention: str) -> Job:
        made = App("app")
        windows = made.stream("in", key=int, value=str).group_by_key().window(tumbling("1m"))
        windows.count(name="counts", retention=retention)
        return made.job({"topic_partitions": 2}, MemoryEnv())

    prepare_topics(kept_for("1h"), backend)
    prepare_topics(kept_for("1d"), backend)
    (told,) = warned(caplog)
    assert told.startswith("topic app-counts-changelog has retention.ms=")


def test_only_the_first_worker_tells(
    job: Job, backend: EmbeddedBackend, caplog: pytest.LogCaptureFixture
) -> None:
    backend.create_topic("other", 2, {})
    membership = backend.membership("app", [], [], {}, 1000)
    membership.join()
    prepare_topics(job, backend)
    assert warned(caplog) == []
    membership.leave()
    prepare_topics(job, backend)
    assert len(warned(caplog)) == 1


@pytest.mark.parametrize(
    "topic, says",
    [
        ("app-hits-changelog", "if the step of store hits was renamed, name='hits' gives it back"),
        ("app-a-b-changelog", "if the step of store a-b was renamed, name='a-b' gives it back"),
        (
            "app-by-repartition",
            "which holds 2 records, of which 2 came from its inputs and WERE NOT PROCESSED yet: if the",
        ),
    ],
)
def test_what_the_app_kept_and_uses_no_more_is_told(
    job: Job, backend: EmbeddedBackend, caplog: pytest.LogCaptureFixture, topic: str, says: str
) -> None:
    backend.create_topic(topic, 2, {}, "app")
    prepare_topics(job, backend)
    assert warned(caplog) == [], "it is empty"
    backend.commit("", [], backend.pack(topic, 1, [b"k"] * 2, [b"v"] * 2, [0, 0]))
    prepare_topics(job, backend)
    (told,) = warned(caplog)
    assert told.startswith(f"no step of app app uses its topic {topic} any more")
    assert says in told
    backend.reset("app", {}, [topic], "me")
    prepare_topics(job, backend)
    assert warned(caplog) == []


def test_what_was_processed_of_a_topic_that_nobody_uses_is_told(
    job: Job, backend: EmbeddedBackend, caplog: pytest.LogCaptureFixture
) -> None:
    backend.create_topic("app-by-left-repartition", 1, {}, "app")
    backend.commit("", [], backend.pack("app-by-left-repartition", 0, [b"k"], [b"v"], [0]))
    moved = TaskCommit("", 0, [("app-by-left-repartition", 0, 0, 1)])
    backend.commit("app", [moved], [])
    prepare_topics(job, backend)
    (told,) = warned(caplog)
    assert "which holds 1 record, all of which were processed; streamz reset" in told


def test_what_others_keep_is_their_business(
    job: Job, backend: EmbeddedBackend, caplog: pytest.LogCaptureFixture
) -> None:
    for topic, owner in (("app-2-x-changelog", "app-2"), ("app-mine", "")):
        backend.create_topic(topic, 1, {}, owner)
        backend.commit("", [], backend.pack(topic, 0, [b"k"], [b"v"], [0]))
    prepare_topics(job, backend)
    assert warned(caplog) == []


def test_a_repartition_topic_of_another_width_is_told_as_what_the_app_says(
    backend: EmbeddedBackend,
) -> None:
    def wide(partitions: int) -> Job:
        app = App("rep")
        lines = app.stream("in", key=str, value=str)
        lines.repartition(partitions=partitions, name="wide").group_by_key().count(name="hits")
        return app.job({"topic_partitions": 1})

    prepare_topics(wide(3), backend)
    with pytest.raises(Misuse) as told:
        prepare_topics(wide(5), backend)
    assert str(told.value) == (
        "the repartition topic rep-wide-repartition has 3 partitions, and the app says partitions=5: a topic keeps "
        "what it was made with; say 3, give the step another name, or let the app begin anew (streamz reset APP)"
    )


def test_what_a_changelog_lives_by_is_not_to_be_altered_by_hand(
    backend: EmbeddedBackend, caplog: pytest.LogCaptureFixture
) -> None:
    """It would be refused; the store is another one, and the start says that."""

    def counted(windows: bool) -> Job:
        made = App("app")
        grouped: Any = made.stream("in", key=int, value=str).group_by_key()
        (grouped.window(tumbling("1m")) if windows else grouped).count(name="counts")
        return made.job({"topic_partitions": 2}, MemoryEnv())

    prepare_topics(counted(windows=False), backend)
    prepare_topics(counted(windows=True), backend)
    told = " ".join(warned(caplog))
    assert "retention.time" not in told
    assert "cleanup.policy" not in told
