"""The rows of the table for stores of versions: those of tables, and those of the user."""

from __future__ import annotations

from attrs import evolve

from streamz_core.stores.keyed.kind import TIMESTAMPED
from streamz_core.stores.versioned.committed import VersionedRows
from streamz_core.stores.versioned.facade import Versions
from streamz_core.stores.versioned.lines import look_up, look_up_at, put, read
from streamz_core.stores.versioned.overlay import VersionedStore

VERSIONED = evolve(
    TIMESTAMPED,
    name="versioned",
    overlay=VersionedStore,
    rows=VersionedRows,
    versions=VersionedRows,
    view=None,
    look_up=look_up,
    look_up_at=look_up_at,
    read=read,
    put=put,
)
VERSIONS = evolve(VERSIONED, name="versions", facade=Versions, spread=True)
