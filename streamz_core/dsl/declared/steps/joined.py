"""What joins of two streams, of two tables and by a foreign key say, as values (what the others say: said.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamz_core.dsl.declared.sides import needed
from streamz_core.dsl.declared.steps.said import KeptRows, Said, Settled, kept_key
from streamz_core.dsl.declared.topics import Materialized
from streamz_core.topology import nodes
from streamz_core.topology.windows import JoinWindows

if TYPE_CHECKING:
    from streamz_core.dsl.declared.drafts import Draft


class Met(Said):
    """The join of two streams."""

    def __init__(
        self,
        windows: JoinWindows | None = None,
        *,
        left_outer: bool = False,
        right_outer: bool = False,
        headers: str | None = None,
    ) -> None:
        self.windows = windows
        self.left_outer = left_outer
        self.right_outer = right_outer
        self.headers = headers

    @property
    def misses(self) -> bool:
        return not (self.left_outer and self.right_outer)

    def fields(self, settled: Settled) -> dict[str, Any]:
        left, right = (
            needed(sides.value, settled.shown, "keeps the records of both sides")
            for sides in settled.parents
        )
        return {
            **vars(self),
            "left_store": self._store(settled, "left", left),
            "right_store": self._store(settled, "right", right),
            "outer_store": self._outer(settled, left, right),
            "headers": self._headers(settled),
        }

    def _store(self, settled: Settled, side: str, value: nodes.AnyCodec) -> nodes.StoreSpec:
        assert self.windows is not None, "a join of streams has windows"
        return nodes.StoreSpec(
            f"{settled.name}-{side}",
            self.windows.store_kind,
            key=kept_key(settled),
            value=value,
            retention_ms=self.windows.least_retention_ms,
            window=self.windows,
        )

    def _outer(
        self, settled: Settled, left: nodes.AnyCodec, right: nodes.AnyCodec
    ) -> nodes.StoreSpec | None:
        from streamz_core.stores.unmatched.rows import unmatched_codecs  # loaded by what needs it

        if not (self.left_outer or self.right_outer):
            return None
        key, value = unmatched_codecs(kept_key(settled), left, right)
        return nodes.StoreSpec(f"{settled.name}-outer", "unmatched", key=key, value=value)

    def _headers(self, settled: Settled) -> nodes.StoreSpec | None:
        from streamz_core.codecs.carried.headers import HEADERS  # loaded by what needs it
        from streamz_core.stores.unmatched.rows import unmatched_codecs

        if self.headers is None:
            return None
        key, value = unmatched_codecs(kept_key(settled), HEADERS, HEADERS)
        return nodes.StoreSpec(f"{settled.name}-headers", "unmatched", key=key, value=value)


class JoinedRows(KeptRows):
    """The join of two tables."""

    def __init__(
        self,
        materialized: Materialized = None,
        emit: str = "updates",
        *,
        left_outer: bool = False,
        right_outer: bool = False,
    ) -> None:
        super().__init__(materialized, emit)
        self.left_outer = left_outer
        self.right_outer = right_outer

    def fields(self, settled: Settled) -> dict[str, Any]:
        outer = {"left_outer": self.left_outer, "right_outer": self.right_outer}
        return {**super().fields(settled), **outer}


class Subscribing(Said):
    """The first part of a foreign-key join. `foreign`: the table that is referred to."""

    def __init__(self, foreign: Draft[Any] | None = None, *, left_outer: bool = False) -> None:
        self._foreign = foreign
        self.left_outer = left_outer

    @property
    def foreign(self) -> Draft[Any]:
        assert self._foreign is not None, "a foreign key refers to a table"
        return self._foreign

    def fields(self, _: Settled) -> dict[str, Any]:
        return {"left_outer": self.left_outer}


class Subscribed(Said):
    """The second part of a foreign-key join: `join` is its name."""

    def __init__(self, join: str = "") -> None:
        self.join = join

    def fields(self, settled: Settled) -> dict[str, Any]:
        from streamz_core.codecs.plain import BYTES  # loaded by what needs it
        from streamz_core.stores.subscribed.rows import subscriber_codec

        foreign = needed(settled.parents[0].key, settled.shown, "keeps foreign keys")
        key = subscriber_codec(foreign, kept_key(settled))
        store = nodes.StoreSpec(f"{self.join}-subscriptions", "subscribed", key=key, value=BYTES)
        return {"kept": store}


class Referring(KeptRows):
    """The last part of a foreign-key join."""

    def __init__(
        self,
        materialized: Materialized = None,
        emit: str = "updates",
        *,
        left_outer: bool = False,
    ) -> None:
        super().__init__(materialized, emit)
        self.left_outer = left_outer

    def fields(self, settled: Settled) -> dict[str, Any]:
        return {**super().fields(settled), "left_outer": self.left_outer}
