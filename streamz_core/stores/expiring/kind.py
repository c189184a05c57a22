"""The rows of the table for stores whose rows expire: those of tables, and those of the user."""

from __future__ import annotations

from functools import partial

from attrs import evolve

from streamz_core.stores.expiring.lines import put
from streamz_core.stores.expiring.overlay import ExpiringStore
from streamz_core.stores.keyed.committed import KeyValueRows
from streamz_core.stores.keyed.facade import PlainStore
from streamz_core.stores.keyed.kind import TIMESTAMPED
from streamz_state.keys import ROWS

EXPIRING = evolve(
    TIMESTAMPED,
    name="expiring",
    overlay=ExpiringStore,
    rows=partial(KeyValueRows, stamped=True, part=ROWS),
    put=put,
    written="timestamped",
)
TTL = evolve(EXPIRING, name="ttl", facade=PlainStore, spread=True, written="plain")
"""A declared one: the time of a row is that of the record by which it was written."""
