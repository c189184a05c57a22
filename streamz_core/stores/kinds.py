"""The table of the kinds of stores. A new one is a room beside these, and its row here."""

from __future__ import annotations

from collections.abc import Mapping

from streamz_core.stores.expiring.kind import EXPIRING, TTL
from streamz_core.stores.keyed.kind import PLAIN, STAMPED, TIMESTAMPED
from streamz_core.stores.kind import Kind
from streamz_core.stores.subscribed.kind import SUBSCRIBED
from streamz_core.stores.suppressed.kind import SUPPRESSED
from streamz_core.stores.unmatched.kind import UNMATCHED
from streamz_core.stores.versioned.kind import VERSIONED, VERSIONS
from streamz_core.stores.waiting.kind import WAITING
from streamz_core.stores.windowed.kind import (
    DUPLICATES,
    JOINED,
    ORDERED,
    SESSION,
    SESSIONS,
    STAMPED_WINDOWS,
    WINDOW,
    WINDOWS,
)
from streamz_core.topology.nodes import StoreSpec

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        *(PLAIN, TIMESTAMPED, WINDOW, ORDERED, JOINED, SESSION),
        *(UNMATCHED, SUBSCRIBED, SUPPRESSED, VERSIONED, VERSIONS, WAITING),
        *(EXPIRING, TTL, STAMPED, WINDOWS, STAMPED_WINDOWS, DUPLICATES, SESSIONS),
    )
}


def kind_of(spec: StoreSpec) -> Kind:
    """The kind of a store."""
    return KINDS[spec.kind]
