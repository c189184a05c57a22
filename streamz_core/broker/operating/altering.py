"""A topic gets another config, or more partitions: what changes by it, and what that breaks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from attrs import frozen

from streamz_core.broker.backend import Backend, TopicInfo
from streamz_core.broker.checks import mapped, named, texts, whole
from streamz_core.broker.names import PARTITIONS_MAX
from streamz_core.broker.schemas import SIDES
from streamz_core.errors import FORCED, Misuse
from streamz_core.topic_config import config_of, setting_name, topic_config

FIXED = ("cleanup.policy", "purge", "retention.time")
"""Of internal topics: what their app lives by."""


@frozen
class Alteration:
    """What a topic has, and what it is to have: `partitions`, and `config`, all of it.

    `breaks`: what is not any more as it was, a sentence each. `stops`: apps that run and would end.
    """

    topic: TopicInfo
    partitions: int
    config: Mapping[str, Any]
    breaks: tuple[str, ...]
    stops: tuple[str, ...]

    def changes(self) -> Iterator[tuple[str, Any, Any]]:
        """(what, as it is, as it is to be), where both differ; None: as it is unless said."""
        if self.partitions != self.topic.partitions:
            yield "partitions", self.topic.partitions, self.partitions
        for name in sorted({*self.topic.config, *self.config}):
            before, after = self.topic.config.get(name), self.config.get(name)
            if before != after:
                yield name, before, after


def plan_alteration(
    backend: Backend,
    name: str,
    partitions: int | None,
    config: Mapping[str, Any],
    unset: Collection[str],
) -> Alteration:
    """What would be changed; nothing is. UnknownTopic; Misuse for what is impossible: fewer partitions, another
    number for an internal topic, settings that there are not."""
    backend.refresh()
    topic = backend.topic(named(name))
    wanted = topic.partitions if partitions is None else _partitions(topic, partitions)
    settings = _config(topic, config, unset)
    readers = _apps(backend, name) if wanted > topic.partitions else {}
    found = Alteration(topic, wanted, settings, (), ())
    living = (app for app in readers if any(map(backend.alive, backend.workers(app))))
    return Alteration(
        topic,
        wanted,
        settings,
        (*_spread(backend, topic, wanted, readers), *_policy(found)),
        tuple(app for app in living if readers[app]),
    )


def alter(backend: Backend, wanted: Alteration, *, force: bool) -> TopicInfo:
    """Do it. Misuse while an app runs that would end by it, without `force`."""
    if wanted.stops and not force:
        raise Misuse(
            f"app {', '.join(wanted.stops)} reads {wanted.topic.name}, keeps state, and is running: it would end. End it "
            f"first; to do it all the same {FORCED}"
        )
    return backend.alter_topic(wanted.topic.name, wanted.partitions, wanted.config)


def _partitions(topic: TopicInfo, partitions: int) -> int:
    count = whole(f"the number of partitions of {topic.name}", partitions, None)
    if count < topic.partitions:
        raise Misuse(
            f"{topic.name} has {topic.partitions} partitions, and {count} are fewer: none goes away. Copy its records to "
            "another topic"
        )
    if count > PARTITIONS_MAX:
        raise Misuse(f"{topic.name}: {count} partitions; at most {PARTITIONS_MAX} are possible")
    if topic.owner and count > topic.partitions:
        raise Misuse(
            f"{topic.name} is an internal topic of app {topic.owner}: it has as many partitions as the app has tasks"
        )
    return count


def _config(
    topic: TopicInfo, config: Mapping[str, Any], unset: Collection[str]
) -> Mapping[str, Any]:
    title = f"topic {topic.name}"
    said = topic_config(mapped("settings", config), title)
    gone = [setting_name(each, title) for each in texts("settings to be deleted", unset)]
    for name in gone:
        if name not in topic.config:
            raise Misuse(f"{title} says nothing of {name}: there is nothing to delete")
        if name in said:
            raise Misuse(f"{title}: {name} is said, and deleted; do one of them")
    wanted = {name: value for name, value in {**topic.config, **said}.items() if name not in gone}
    fixed = [name for name in FIXED if wanted.get(name) != topic.config.get(name)]
    if topic.owner and fixed:
        raise Misuse(
            f"{title} is an internal one of app {topic.owner}, which lives by {fixed[0]}: it stays as it is"
        )
    return wanted


def _apps(backend: Backend, topic: str) -> dict[str, list[str]]:
    """The apps and groups that read a topic, and what internal topics each has."""
    found = {
        group
        for group, offsets in backend.groups().items()
        if topic in {name for name, _ in offsets}
    }
    for side in SIDES:
        found |= set(backend.read_as(topic, side))
    topics = backend.topics().values()
    return {app: [one.name for one in topics if one.owner == app] for app in sorted(found)}


def _spread(
    backend: Backend, topic: TopicInfo, wanted: int, readers: Mapping[str, list[str]]
) -> Iterator[str]:
    """What more partitions break."""
    if wanted == topic.partitions:
        return
    if any(backend.end(topic.name, at) for at in range(topic.partitions)):
        yield (
            "a record goes to the partition that its key chooses among all: keys that had records get others in another "
            "partition from now on, and who reads both has them in no order"
        )
        if config_of(topic.config).compacts:
            yield (
                "of a key that goes elsewhere, the last record in its old partition stays beside the new ones: it is "
                "compacted per partition"
            )
    for app, internal in readers.items():
        if internal:
            yield (
                f"app {app} has {', '.join(internal)}, with as many partitions as what it reads: where those come of "
                f"{topic.name} it ends, and does not start before it begins anew (streamz reset APP)"
            )


def _policy(found: Alteration) -> Iterator[str]:
    """What another config breaks."""
    before, after = config_of(found.topic.config), config_of(found.config)
    if after.compacts and not before.compacts:
        yield "only the last record of each key stays; those without a key go, and none are taken any more"
    for name in ("retention_ms", "retention_bytes"):
        old, new = (getattr(each, name) for each in (before, after))
        if after.deletes and new != -1 and (not before.deletes or old == -1 or new < old):
            what = "older than" if name == "retention_ms" else "beyond the newest"
            unit = "ms" if name == "retention_ms" else "bytes of a partition"
            yield f"records {what} {new} {unit} go with the janitor's next turns"
