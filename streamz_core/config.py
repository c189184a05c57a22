"""Settings of an app: one table of names, defaults and limits; unknown names are errors.

Kafka's dotted names, snake_case and `STREAMZ_…` variables are one: `commit.interval.ms`,
`commit_interval_ms`, `STREAMZ_COMMIT_INTERVAL_MS`. Later wins: default, `App(...)`, environment, `--set`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from attrs import field, frozen

from streamz_core.errors import Misuse

HANDLERS = ("fail", "continue")
GUARANTEES = ("exactly_once", "exactly_once_v2", "at_least_once")
REFUSED = {
    "statestore_cache_max_bytes": 'there is no record cache; emit="commit" on an aggregate coalesces '
    "its updates per commit",
    "cache_max_bytes_buffering": 'there is no record cache; emit="commit" on an aggregate coalesces '
    "its updates per commit",
}


def _one_of(*allowed: str) -> Callable[[Any, Any, Any], None]:
    def check(_: Any, attribute: Any, value: object) -> None:
        if value not in allowed:
            raise Misuse(
                f"{dotted(attribute.name)} = {value!r}; it can be {', '.join(map(repr, allowed))}"
            )

    return check


def _between(low: int, high: int) -> Callable[[Any, Any, Any], None]:
    def check(_: Any, attribute: Any, value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise Misuse(
                f"{dotted(attribute.name)} = {value!r}; it must be a whole number from {low} to {high}"
            )

    return check


@frozen(kw_only=True)
class Config:
    """Every setting an app has. Times in ms, sizes in bytes."""

    commit_interval_ms: int = field(default=100, validator=_between(0, 3_600_000))
    poll_records_max: int = field(default=1000, validator=_between(1, 1_000_000))
    max_poll_interval_ms: int = field(default=300_000, validator=_between(100, 86_400_000))
    durability: str = field(default="power", validator=_one_of("power", "process"))
    processing_guarantee: str = field(default="exactly_once", validator=_one_of(*GUARANTEES))
    deserialization_exception_handler: str = field(default="fail", validator=_one_of(*HANDLERS))
    processing_exception_handler: str = field(default="fail", validator=_one_of(*HANDLERS))
    topic_partitions: int = field(default=4, validator=_between(1, 10_000))
    log_free_bytes: int = field(default=1 << 30, validator=_between(0, 1 << 60))
    log_commit_bytes: int = field(default=64 << 20, validator=_between(1 << 12, 1 << 30))


def make_config(
    given: Mapping[str, Any],
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Config:
    """The settings, or Misuse naming the key, its value and the nearest name there is."""
    values = {_known(key): value for key, value in given.items()}
    for name in (attribute.name for attribute in attrs.fields(Config)):
        text = (environ or {}).get(f"STREAMZ_{name.upper()}")
        if text is not None:
            values[name] = text
    values.update({_known(key): value for key, value in (overrides or {}).items()})
    typed: dict[str, Any] = {name: _typed(name, value) for name, value in values.items()}
    return Config(**typed)


def dotted(name: str) -> str:
    """A setting's name as Kafka writes it."""
    return name.replace("_", ".")


def _known(key: str) -> str:
    name = key.replace(".", "_").replace("-", "_").lower()
    names = [attribute.name for attribute in attrs.fields(Config)]
    if name in names:
        return name
    if name in REFUSED:
        raise Misuse(f"{dotted(name)} is not a setting here: {REFUSED[name]}")
    import difflib

    near = difflib.get_close_matches(name, names, n=1)
    hint = (
        f"did you mean {dotted(near[0])}?" if near else f"there are {', '.join(map(dotted, names))}"
    )
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
