"""Settings of a topic: one table of names, defaults and limits, which are Kafka's (cleanup.policy, retention.ms, ...)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import attrs
from attrs import frozen

from streamz_core.config import Between, OneOf, SomeOf, dotted, listed, nearest, setting
from streamz_core.errors import Misuse

EVER = (1 << 63) - 1
DAY_MS = 86_400_000
TAILS = {"record": 0, "window": 12, "session": 16}
"""Where keys of windows have their start, and those of sessions their end: so many bytes from behind."""
POLICIES = ("delete", "compact")
OLDER = {"cleanup": "cleanup_policy"}
"""How settings were called in logs of before, and still may be."""
SAME = {
    ("cleanup_policy", "purge"): {"cleanup_policy": "delete", "purge": "committed"},
    ("compression_type", "zlib"): {"compression_type": "gzip"},
    ("compression_type", "producer"): {"compression_type": "none"},
    ("compression_type", "uncompressed"): {"compression_type": "none"},
}
"""What is said in another way."""


@frozen
class Share:
    """What a setting may be: a number from 0 to 1."""

    def __call__(self, _: Any, attribute: Any, value: object) -> None:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not 0 <= value <= 1:  # type: ignore[operator]  # it is a number
            raise Misuse(f"{dotted(attribute.name)} = {value!r}; it must be {self}")

    def __str__(self) -> str:
        return "a number from 0 to 1"


@frozen(kw_only=True)
class TopicConfig:
    """Every setting a topic has. Times in ms, sizes in bytes, per partition; -1: no limit."""

    cleanup_policy: str = setting(
        "delete",
        SomeOf(POLICIES),
        "What becomes of old records: delete removes them by age and size, if a limit is set; compact keeps the last "
        "one of each key; with both, that too goes by age and size.",
        kafka="cleanup.policy",
    )
    retention_ms: int = setting(
        -1,
        Between(-1, EVER),
        "With delete: how old records may get.",
        kafka="retention.ms",
    )
    retention_bytes: int = setting(
        -1,
        Between(-1, EVER),
        "With delete: how large a partition may get.",
        kafka="retention.bytes",
    )
    delete_retention_ms: int = setting(
        DAY_MS,
        Between(0, EVER),
        "With compact: how long a delete is kept for readers that are behind, after what it deletes is gone.",
        kafka="delete.retention.ms",
    )
    min_compaction_lag_ms: int = setting(
        0,
        Between(0, EVER),
        "With compact: a record stays at least so long, whatever came after it.",
        kafka="min.compaction.lag.ms",
    )
    min_cleanable_dirty_ratio: float = setting(
        0.5,
        Share(),
        "With compact: what share of a partition has to be new before it is compacted again.",
        kafka="min.cleanable.dirty.ratio",
    )
    segment_bytes: int = setting(
        1 << 30,
        Between(1 << 10, 1 << 31),
        "How large a sealed file of a partition gets, and so what retention removes at once.",
        kafka="segment.bytes",
    )
    segment_ms: int = setting(
        7 * DAY_MS,
        Between(1, EVER),
        "How long records go into one sealed file at most.",
        kafka="segment.ms",
    )
    compression_type: str = setting(
        "none",
        OneOf(("none", "gzip", "zstd")),
        "How batches are written, if they get smaller by it; zstd needs the extra of that name before Python 3.14.",
        kafka="compression.type",
    )
    message_timestamp_type: str = setting(
        "CreateTime",
        OneOf(("CreateTime", "LogAppendTime")),
        "What the timestamp of a record is: the time its writer gives it, or that at which it is written, whatever "
        "its writer says.",
        kafka="message.timestamp.type",
    )
    retention_time: str = setting(
        "record",
        OneOf(tuple(TAILS)),
        "Of internal topics: what retention.ms is counted by. record: how long ago a record's timestamp was; window, "
        "session: how far the time in its key is behind the newest one in the partition.",
    )
    purge: str = setting(
        "no",
        OneOf(("no", "committed")),
        "Of internal topics: records that their app has consumed are removed.",
    )

    @property
    def key_tail(self) -> int:
        """How many bytes from its end a key has the time that retention is counted by; 0: it is not in the key."""
        return TAILS[self.retention_time]

    @property
    def compacts(self) -> bool:
        """Whether only the last record of each key has to be kept."""
        return "compact" in listed(self.cleanup_policy)

    @property
    def stamps(self) -> bool:
        """Whether records have the time at which they are written."""
        return self.message_timestamp_type == "LogAppendTime"

    @property
    def deletes(self) -> bool:
        """Whether records go by age and size."""
        return "delete" in listed(self.cleanup_policy)


def topic_config(given: Mapping[str, Any], title: str) -> dict[str, Any]:
    """What is said of a topic, by the names and in the types of the table; Misuse with the nearest name there is."""
    said = _said(given, title)
    try:
        made = TopicConfig(**said)
    except Misuse as error:
        raise Misuse(f"{title}: {error}") from None
    return {dotted(name): getattr(made, name) for name in sorted(said)}


def setting_name(given: str, title: str) -> str:
    """A setting of a topic by its name in the table; Misuse with the nearest name there is."""
    return dotted(_known(given, title))


def default_of(setting: str) -> Any:
    """What counts where nothing is said of a setting of that name; None for one that this version does not know."""
    return getattr(TopicConfig(), _name(setting), None)


def by_its_names(kept: Mapping[str, Any]) -> dict[str, Any]:
    """A config as it lies on the log, whoever wrote it, by the names of the table where it knows them."""
    known = attrs.fields_dict(TopicConfig)
    found: dict[str, Any] = {}
    for key, value in kept.items():
        name = _name(key)
        if name in known:
            found |= {dotted(each): word for each, word in _meant(name, value).items()}
        else:
            found[key] = value
    return found


def config_of(kept: Mapping[str, Any]) -> TopicConfig:
    """What counts for a topic whose config is `kept` on the log; what a later version wrote there is not looked at."""
    return _config_of(tuple(sorted((key, value) for key, value in kept.items() if _plain(value))))


def differing(kept: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The settings that are wanted and count otherwise for a topic whose config is `kept`, with what counts."""
    counts, meant = config_of(kept), config_of(wanted)
    for name in wanted:
        now = getattr(counts, _name(name))
        if now != getattr(meant, _name(name)):
            yield name, now


@lru_cache(maxsize=4096)
def _config_of(kept: tuple[tuple[str, Any], ...]) -> TopicConfig:
    names = attrs.fields_dict(TopicConfig)
    made = TopicConfig()
    for name, value in kept:
        told = _meant(_name(name), value)
        try:
            made = attrs.evolve(made, **{each: told[each] for each in told if each in names})
        except Misuse:
            continue  # a word that this version does not know: as if nothing was said
    return made


def _said(given: Mapping[str, Any], title: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise TypeError(
            f"{title}: its settings are {given!r:.80}; they have to be a dict, {{'retention.ms': 3_600_000}}"
        )
    said: dict[str, Any] = {}
    for key, value in given.items():
        said |= _meant(_known(key, title), value)
    return said


def _known(key: object, title: str) -> str:
    name = _name(key)
    if name not in attrs.fields_dict(TopicConfig):
        names = [dotted(each) for each in attrs.fields_dict(TopicConfig)]
        near = nearest(str(key), names)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(names)}"
        raise Misuse(f"{title}: unknown setting {key!r:.80}; {hint}")
    return name


def _name(key: object) -> str:
    name = str(key).replace(".", "_").replace("-", "_").lower()
    return OLDER.get(name, name)


def _plain(value: object) -> bool:
    return isinstance(value, (str, int, float))


def _meant(name: str, value: object) -> dict[str, Any]:
    """The settings that are said by one: numbers that came as text are numbers, words stand in one order."""
    if not isinstance(value, str):
        return {name: value}
    word = value.strip()
    if name == "cleanup_policy":
        word = ",".join(sorted({each for each in listed(word) if each}))
    row = attrs.fields_dict(TopicConfig).get(name)
    if row is not None and not isinstance(row.default, str):
        return {name: _number(word, value)}
    return SAME.get((name, word), {name: word})


def _number(word: str, value: str) -> object:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return value
