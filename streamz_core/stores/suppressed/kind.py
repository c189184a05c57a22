"""The row of the table for stores of changes that are held back."""

from __future__ import annotations

from attrs import evolve

from streamz_core.stores.keyed.kind import TIMESTAMPED
from streamz_core.stores.suppressed.overlay import SuppressedStore

SUPPRESSED = evolve(TIMESTAMPED, name="suppressed", overlay=SuppressedStore)
