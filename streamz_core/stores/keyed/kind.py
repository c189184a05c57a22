"""The rows of the table for stores key -> value."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from attrs import evolve

from streamz_core.stores.keyed.committed import KeyValueRows
from streamz_core.stores.keyed.facade import PlainStore, StampedStore
from streamz_core.stores.keyed.lines import look_up, put, read
from streamz_core.stores.keyed.overlay import KeyValueStore
from streamz_core.stores.keyed.view import RowsView, StampedView
from streamz_core.stores.kind import Kind, codecs
from streamz_core.stores.order import place_of
from streamz_core.topology.nodes import AnyCodec, StoreSpec


def _changelog(_: StoreSpec) -> dict[str, Any]:
    return {"cleanup.policy": "compact"}


def _row_key(spec: StoreSpec) -> AnyCodec:
    return codecs(spec)[0]


def _order(spec: StoreSpec) -> Callable[[Any], Any]:
    return place_of(_row_key(spec))


PLAIN = Kind(
    name="plain",
    overlay=partial(KeyValueStore, stamped=False),
    rows=partial(KeyValueRows, stamped=False),
    facade=PlainStore,
    view=RowsView,
    changelog=_changelog,
    row_key=_row_key,
    order=_order,
    look_up=look_up,
    verb="keys",
    stamped=False,
    spread=True,
)
TIMESTAMPED = Kind(
    name="timestamped",
    overlay=partial(KeyValueStore, stamped=True),
    rows=partial(KeyValueRows, stamped=True),
    view=RowsView,
    changelog=_changelog,
    row_key=_row_key,
    order=_order,
    look_up=look_up,
    verb="keys",
    read=read,
    put=put,
)
STAMPED = evolve(TIMESTAMPED, name="stamped", facade=StampedStore, view=StampedView, spread=True)
"""A declared one, whose functions say the timestamps."""
