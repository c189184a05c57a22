"""The row of the table for stores of unmatched records."""

from __future__ import annotations

from attrs import evolve

from streamz_core.stores.keyed.kind import PLAIN
from streamz_core.stores.unmatched.overlay import UnmatchedStore

UNMATCHED = evolve(PLAIN, name="unmatched", overlay=UnmatchedStore, facade=None, spread=False)
