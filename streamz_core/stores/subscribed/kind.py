"""The row of the table for stores of subscribers."""

from __future__ import annotations

from attrs import evolve

from streamz_core.stores.keyed.kind import TIMESTAMPED
from streamz_core.stores.subscribed.overlay import SubscribedStore

SUBSCRIBED = evolve(TIMESTAMPED, name="subscribed", overlay=SubscribedStore)
