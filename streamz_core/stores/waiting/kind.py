"""The row of the table for stores of records that wait."""

from __future__ import annotations

from attrs import evolve

from streamz_core.stores.keyed.kind import PLAIN
from streamz_core.stores.waiting.overlay import WaitingStore

WAITING = evolve(PLAIN, name="waiting", overlay=WaitingStore, facade=None, spread=False)
