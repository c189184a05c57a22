"""The stores an app declares for its functions: one method for each kind (Kafka: Stores)."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

from streamz_core.dsl.declared.drafts import Drafts
from streamz_core.dsl.declared.expiring import ttl_ms
from streamz_core.dsl.declared.topics import Kind, Store, check_legal, checked_settings
from streamz_core.errors import TopologyError
from streamz_core.topology.spans import Duration, milliseconds
from streamz_core.topology.windows import SessionWindows, TimeWindows, Window

if TYPE_CHECKING:
    from streamz_core.stores.faces import SessionStore, Stamped, WindowStore
    from streamz_core.stores.versioned.facade import Versions

K = TypeVar("K")
V = TypeVar("V")


ChangelogConfig = bool | Mapping[str, Any]
"""False: the store has none. Or Kafka's settings of the topic; "retention.ms" of one with windows only."""

RETENTION = "retention.ms"
OWN = {"cleanup.policy", "purge", "retention.time"}
"""What the kind of a store says of its changelog, and nobody else."""


def windows_of(store: str, size: Duration) -> Window:
    """The windows of a store, whose length is `size`."""
    size_ms = milliseconds(size, f"the size of the windows of {store}")
    if size_ms == 0:
        raise TopologyError(
            f"the size of the windows of {store} is 0; it must be more than nothing"
        )
    return TimeWindows(size_ms, size_ms)


def sessions_of() -> Window:
    """Of whatever length the functions say."""
    return SessionWindows(0)


def kept_ms(store: str, retention: Duration, window: Window) -> int:
    """How long windows are kept; at least as long as they are."""
    asked = milliseconds(retention, f"the retention of {store}")
    if asked < window.least_retention_ms:
        raise TopologyError(
            f"the retention of {store} is {retention!r}; it has to be at least the size of its windows, "
            f"{window.least_retention_ms} ms"
        )
    return asked


def changelog_of(store: str, said: ChangelogConfig, retention_ms: int) -> dict[str, Any]:
    """What the store is told of its changelog, as fields of Store. TopologyError for what has no meaning."""
    if isinstance(said, bool):
        return {"logged": said}
    config = checked_settings(said, f"the changelog of {store}")
    own = OWN & config.keys()
    if own:
        raise TopologyError(
            f"the changelog of {store}: {own.pop()} follows from what it keeps; leave it out"
        )
    if RETENTION in config and not retention_ms:
        raise TopologyError(
            f"the changelog of {store}: {RETENTION} is for stores with windows: of all others the log keeps the "
            "last value of each key"
        )
    if config.get(RETENTION, retention_ms) < retention_ms:
        raise TopologyError(
            f"the changelog of {store}: {RETENTION}={config[RETENTION]!r}; it has to be at least the retention of "
            f"the store, {retention_ms} ms"
        )
    return {"changelog": config}


class Storing:
    """What of a Builder declares stores. `memory=True` keeps the rows in memory. `changelog=False`: changes
    are not logged, so a store is empty for whoever does not find its database; a mapping gives settings of
    the changelog topic.
    """

    _drafts: Drafts
    _stores: dict[str, Store[Any]]

    @overload
    def store(
        self,
        name: str,
        *,
        key: Kind[K],
        value: Kind[V],
        memory: bool = False,
        changelog: ChangelogConfig = True,
        ttl: Duration | None = None,
    ) -> Store[MutableMapping[K, V]]: ...
    @overload
    def store(
        self,
        name: str,
        *,
        key: Kind[K],
        value: Kind[V],
        memory: bool = False,
        changelog: ChangelogConfig = True,
        versioned: Duration,
    ) -> Store[Versions[K, V]]: ...
    def store(  # noqa: PLR0913 - what a store can be told
        self,
        name: str,
        *,
        key: Any,
        value: Any,
        memory: bool = False,
        changelog: ChangelogConfig = True,
        versioned: Duration | None = None,
        ttl: Duration | None = None,
    ) -> Store[Any]:
        """Declare a store for functions, which take it as `store=` or `stores=`.

        A function gets it as a MutableMapping of the keys of its partition. `memory=True` keeps the
        rows in memory; `changelog=False` logs no changes. `versioned`: how long it also knows what its rows
        were; a function then gets Versions. `ttl`: a row is gone when it was not written for that long, from the timestamp
        of the record by which it was to the stream time of the task: what is over goes before the next record is
        run. TopologyError if the name is taken by another store, or none
        can have it, a span cannot be read, or a changelog has no such setting.
        """
        if ttl is not None:
            return self._expiring(name, key, value, memory, changelog, ttl, versioned)
        if versioned is None:
            return self._declared(name, key, value, memory, changelog)
        history_ms = milliseconds(versioned, f"store {name!r}: versioned")
        more = {"kind": "versions", "retention_ms": history_ms, "history_ms": history_ms}
        return self._declared(name, key, value, memory, changelog, **more)

    def _expiring(  # noqa: PLR0913 - what a store can be told
        self,
        name: str,
        key: Any,
        value: Any,
        memory: bool,  # noqa: FBT001 - by position, of this class alone
        changelog: ChangelogConfig,
        ttl: Duration,
        versioned: Duration | None,
    ) -> Store[Any]:
        if versioned is not None:
            raise TopologyError(
                f"store {name!r}: ttl= says when rows are gone, and versioned= for how long it is known what they were; "
                "leave one of them out"
            )
        spent = ttl_ms(ttl, f"store {name!r}: ttl")
        more = {"kind": "ttl", "retention_ms": spent, "ttl_ms": spent}
        return self._declared(name, key, value, memory, changelog, **more)

    def timestamped_store(
        self,
        name: str,
        *,
        key: Kind[K],
        value: Kind[V],
        memory: bool = False,
        changelog: ChangelogConfig = True,
    ) -> Store[MutableMapping[K, Stamped[V]]]:
        """As `store`, of values with timestamps: Stamped(value, timestamp). TopologyError as there."""
        return self._declared(name, key, value, memory, changelog, kind="stamped")

    def window_store(  # noqa: PLR0913 - what a store can be told
        self,
        name: str,
        *,
        key: Kind[K],
        value: Kind[V],
        size: Duration,
        retention: Duration,
        duplicates: bool = False,
        memory: bool = False,
        changelog: ChangelogConfig = True,
    ) -> Store[WindowStore[K, V]]:
        """As `store`, by key and start of a window: a WindowStore.

        `size`: of the windows; `retention`: how long they are kept, from the newest start that was put.
        `duplicates`: a put adds to what is there. TopologyError if a span cannot be read or is too
        short, and as of `store`.
        """
        kind = "duplicates" if duplicates else "windows"
        return self._windowed(name, key, value, memory, changelog, kind, size, retention)

    def timestamped_window_store(  # noqa: PLR0913 - what a store can be told
        self,
        name: str,
        *,
        key: Kind[K],
        value: Kind[V],
        size: Duration,
        retention: Duration,
        memory: bool = False,
        changelog: ChangelogConfig = True,
    ) -> Store[WindowStore[K, Stamped[V]]]:
        """As `window_store`, of values with timestamps: Stamped(value, timestamp). TopologyError as there."""
        kind = "stamped-windows"
        return self._windowed(name, key, value, memory, changelog, kind, size, retention)

    def session_store(  # noqa: PLR0913 - what a store can be told
        self,
        name: str,
        *,
        key: Kind[K],
        value: Kind[V],
        retention: Duration,
        memory: bool = False,
        changelog: ChangelogConfig = True,
    ) -> Store[SessionStore[K, V]]:
        """As `store`, by key, start and end of a session: a SessionStore.

        `retention`: how long they are kept, from the newest end that was put. TopologyError if it cannot
        be read, and as of `store`.
        """
        window = sessions_of()
        more = {
            "kind": "sessions",
            "window": window,
            "retention_ms": kept_ms(name, retention, window),
        }
        return self._declared(name, key, value, memory, changelog, **more)

    def _windowed(  # noqa: PLR0913 - what a store can be told
        self,
        name: str,
        key: Any,
        value: Any,
        memory: bool,  # noqa: FBT001 - by position, of this class alone
        changelog: ChangelogConfig,
        kind: str,
        size: Duration,
        retention: Duration,
    ) -> Store[Any]:
        window = windows_of(name, size)
        more = {"kind": kind, "window": window, "retention_ms": kept_ms(name, retention, window)}
        return self._declared(name, key, value, memory, changelog, **more)

    def _declared(
        self,
        name: str,
        key: Any,
        value: Any,
        memory: bool,  # noqa: FBT001 - by position, of this class alone
        changelog: ChangelogConfig,
        **more: Any,
    ) -> Store[Any]:
        check_legal("a store", name)
        if name in self._stores:
            raise TopologyError(f"the store {name!r} is declared twice; rename one of them")
        more |= changelog_of(name, changelog, more["retention_ms"] if "window" in more else 0)
        self._stores[name] = Store(name, key, value, memory, self._drafts, **more)
        return self._stores[name]
