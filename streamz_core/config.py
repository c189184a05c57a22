"""Settings of an app: one table of names, defaults, limits and what they do; unknown names are errors.

Kafka's dotted names, snake_case and `STREAMZ_…` variables are one: `commit.interval.ms`,
`commit_interval_ms`, `STREAMZ_COMMIT_INTERVAL_MS`. Later wins: default, `App(...)`, environment, `--set`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import attrs
from attrs import field, frozen

from streamz_core.errors import Misuse

PREFIX = "STREAMZ_"
VARIABLES = {"STREAMZ_HOME"}  # that are no settings
HANDLERS = ("fail", "continue")
NO_CACHE = (
    "there is no record cache, and every update goes on at once: leave it out; emit=commit gives, at each commit, "
    "only the last update of each key"
)
REUSE = "reuse.ktable.source.topics"
_LOCK = "a worker that dies is known by its lock at once; max.poll.interval.ms is for one that stands still"
_STANDBY = "leave it out: whoever takes a task over opens the store where it lies"
_SERDE = "say key= and value= where the topic is named: app.stream(topic, key=str, value=int)"
_ONE_LOG = "leave it out: there is one log, in a directory of this machine"
_HANDLER = "say deserialization.exception.handler, which is fail or continue"
REFUSED = {
    "statestore_cache_max_bytes": NO_CACHE,
    "cache_max_bytes_buffering": NO_CACHE,
    "application_id": "it is the name of the app: App(name)",
    "group_id": "an app's group is its name, App(name); a consumer has group=",
    "bootstrap_servers": "there is no server: the log is a directory, App(home=), STREAMZ_HOME or --home",
    "num_stream_threads": "workers are processes: streamz run --workers N",
    "state_dir": "state lies beside the log: App(home=), STREAMZ_HOME or --home",
    "auto_offset_reset": "say it of the source: app.stream(topic, offset_reset=)",
    "default_timestamp_extractor": "say it of the source: app.stream(topic, timestamp=)",
    "default_key_serde": _SERDE,
    "default_value_serde": _SERDE,
    "default_deserialization_exception_handler": _HANDLER,
    "production_exception_handler": "what cannot be written is for processing.exception.handler",
    "default_production_exception_handler": "what cannot be written is for processing.exception.handler",
    "num_standby_replicas": _STANDBY,
    "acceptable_recovery_lag": _STANDBY,
    "replication_factor": _ONE_LOG,
    "client_id": "leave it out: a worker is told by its process",
    "max_poll_records": "it is called poll.records.max",
    "num_partitions": "it is called topic.partitions",
    "session_timeout_ms": _LOCK,
    "heartbeat_interval_ms": _LOCK,
    "transactional_id": "leave it out: every commit of an app is exactly once",
    "enable_auto_commit": "leave it out: an app commits offsets with its results; a consumer has commit()",
    "isolation_level": "leave it out: nobody sees a commit before it is whole",
    "rocksdb_config_setter": "leave it out: the options of RocksDB are not to be set",
    "windowstore_changelog_additional_retention_ms": (
        'say it of the store: changelog={"retention.ms": ...}, or retention= of the aggregate'
    ),
    "dsl_store_suppliers_class": "say it of the step: materialized=memory()",
    "default_dsl_store": "say it of the step: materialized=memory()",
    "upgrade_from": "leave it out: versions of an app need no word for each other",
}


@frozen
class OneOf:
    """What a setting may be: one of these words."""

    words: tuple[str, ...]

    def __call__(self, _: Any, attribute: Any, value: object) -> None:
        if value not in self.words:
            raise Misuse(f"{dotted(attribute.name)} = {value!r}; it can be {self}")

    def __str__(self) -> str:
        return ", ".join(map(repr, self.words))


@frozen
class SomeOf:
    """What a setting may be: some of these words, with commas between them."""

    words: tuple[str, ...]

    def __call__(self, _: Any, attribute: Any, value: object) -> None:
        if not isinstance(value, str) or not set(listed(value)) <= set(self.words):
            raise Misuse(f"{dotted(attribute.name)} = {value!r}; it can be {self}")

    def __str__(self) -> str:
        return f"{', '.join(map(repr, self.words))}, or several of them with commas between"


@frozen
class Between:
    """What a setting may be: a whole number from `low` to `high`."""

    low: int
    high: int

    def __call__(self, _: Any, attribute: Any, value: object) -> None:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or value not in range(self.low, self.high + 1):
            raise Misuse(f"{dotted(attribute.name)} = {value!r}; it must be {self}")

    def __str__(self) -> str:
        return f"a whole number from {self.low} to {self.high}"


def setting(
    default: Any,
    allowed: Callable[[Any, Any, Any], None],
    does: str,
    *,
    since: str = "0.1.0",
    kafka: str = "",
) -> Any:
    """A row of the table. `does`: one sentence; `kafka`: Kafka's dotted name for it, if it has one."""
    told = {"does": does, "since": since, "kafka": kafka}
    return field(default=default, validator=allowed, metadata=told)


@frozen(kw_only=True)
class Config:
    """Every setting an app has. Times in ms, sizes in bytes."""

    commit_interval_ms: int = setting(
        100,
        Between(0, 3_600_000),
        "A worker that is behind its input commits this often; one that has caught up, at once.",
        kafka="commit.interval.ms",
    )
    poll_records_max: int = setting(
        3000,
        Between(1, 1_000_000),
        "The most records a task takes in one turn, before the next task has its own.",
        kafka="max.poll.records",
    )
    max_task_idle_ms: int = setting(
        0,
        Between(-1, 86_400_000),
        "How long a task waits for an input that has nothing while another one has, so that the records of both "
        "come in the order of their times; 0 and -1: it waits only for what is on the log already.",
        kafka="max.task.idle.ms",
    )
    max_poll_interval_ms: int = setting(
        300_000,
        Between(100, 86_400_000),
        "A worker that made no progress for so long loses its tasks to the others.",
        kafka="max.poll.interval.ms",
    )
    durability: str = setting(
        "keep",
        OneOf(("keep", "power", "process")),
        "What a commit survives: a power cut, or the death of a process. A log has the one it was made with "
        "(power unless said), and refuses another; keep takes it as it is.",
    )
    processing_guarantee: str = setting(
        "exactly_once",
        OneOf(("exactly_once", "exactly_once_v2", "at_least_once")),
        "Taken for Kafka's sake: every value of it means exactly once.",
        kafka="processing.guarantee",
    )
    emit: str = setting(
        "updates",
        OneOf(("updates", "commit")),
        "What tables that store their rows pass on, where they do not say it themselves: every update, or at each "
        "commit the last one of each key (what Kafka's record cache is for).",
    )
    deserialization_exception_handler: str = setting(
        "fail",
        OneOf(HANDLERS),
        "What becomes of a record whose bytes cannot be decoded: the worker stops, or goes on without it.",
        kafka="deserialization.exception.handler",
    )
    processing_exception_handler: str = setting(
        "fail",
        OneOf(HANDLERS),
        "What becomes of a record for which a function raised: the worker stops, or goes on without it.",
        kafka="processing.exception.handler",
    )
    topology_optimization: str = setting(
        "none",
        SomeOf(("none", "all", REUSE, "merge.repartition.topics", "single.store.self.join")),
        "all or reuse.ktable.source.topics: a table that is read from a topic has no changelog, its rows come back "
        "from the topic, where they are just what that says; the other two mean what is always so.",
        kafka="topology.optimization",
    )
    topic_partitions: int = setting(
        4,
        Between(1, 10_000),
        "The partitions of a topic that is made for the app and says nothing else.",
        kafka="num.partitions",
    )
    log_free_bytes: int = setting(
        1 << 30,
        Between(0, 1 << 60),
        "With less free on the disk than this, or than 5 % of it if that is less, nothing is appended.",
    )
    log_commit_bytes: int = setting(
        64 << 20,
        Between(1 << 12, 1 << 30),
        "The most bytes of records in one commit; more input is committed in several.",
    )

    log_record_bytes: int = setting(
        1 << 20,
        Between(1 << 10, 1 << 30),
        "The most bytes of one record that is written, with its key and headers; log.commit.bytes is a limit, too.",
        kafka="max.request.size",
    )

    @property
    def reuses_topics(self) -> bool:
        """Whether the topic of a table is its changelog."""
        return not {"all", REUSE}.isdisjoint(listed(self.topology_optimization))


def make_config(
    given: Mapping[str, Any],
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Config:
    """The settings, or Misuse naming the key, its value and the nearest name there is."""
    values = {_known(key): value for key, value in given.items()}
    for strange in unknown_variables(environ or {}):
        _warn(strange)
    told = {_known(key): value for key, value in (overrides or {}).items()}
    variables = {}
    for name in (attribute.name for attribute in attrs.fields(Config)):
        text = (environ or {}).get(f"{PREFIX}{name.upper()}")
        if text is not None and name not in told:
            values[name], variables[name] = text, f"{PREFIX}{name.upper()}"
    values.update(told)
    try:
        typed: dict[str, Any] = {name: _typed(name, value) for name, value in values.items()}
        return Config(**typed)
    except Misuse as error:
        for name, variable in variables.items():
            if str(error).startswith(f"{dotted(name)} = "):
                raise Misuse(f"{error} (so says the variable {variable})") from None
        raise


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each variable that looks like a setting and is none."""
    names = [attribute.name for attribute in attrs.fields(Config)]
    known = {f"{PREFIX}{name.upper()}" for name in names} | VARIABLES
    found = []
    for variable in sorted(environ):
        if variable.upper().startswith(PREFIX) and variable not in known:
            name = variable[len(PREFIX) :].replace(".", "_").replace("-", "_")
            why = REFUSED.get(name.lower())
            near = nearest(name.upper(), (each.removeprefix(PREFIX) for each in known))
            hint = why or (f"did you mean {PREFIX}{near}?" if near else "it is left alone")
            found.append(f"{variable}: there is no such setting; {hint}")
    return found


def listed(text: str) -> list[str]:
    """The words of a setting that has several."""
    return [word.strip() for word in text.split(",")]


def dotted(name: str) -> str:
    """A setting's name as Kafka writes it."""
    return name.replace("_", ".")


def nearest(name: str, names: Iterable[str]) -> str:
    """The name that was probably meant; "" if none is near."""
    import difflib

    return next(iter(difflib.get_close_matches(name, sorted(names), n=1)), "")


def _known(key: str) -> str:
    name = key.replace(".", "_").replace("-", "_").lower()
    names = [attribute.name for attribute in attrs.fields(Config)]
    if name in names:
        return name
    if name in REFUSED:
        raise Misuse(f"{dotted(name)} is not a setting here: {REFUSED[name]}")
    near = nearest(name, names)
    hint = f"did you mean {dotted(near)}?" if near else f"there are {', '.join(map(dotted, names))}"
    raise Misuse(f"unknown setting {key!r}; {hint}")


def _typed(name: str, value: object) -> object:
    """Numbers that came as text (environment, command line) as numbers."""
    wanted = attrs.fields_dict(Config)[name].type
    if wanted in (int, "int") and isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            raise Misuse(f"{dotted(name)} = {value!r}; it must be a whole number") from None
    return value


@cache
def _warn(told: str) -> None:
    """Once a process."""
    import logging

    logging.getLogger("streamz.config").warning(told)
