"""The table of the kinds of stores. A new one is a room beside these, and its row here."""

from __future__ import annotations

from ast import literal_eval
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
from streamz_core.topology.windows import identity_text

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


_OF_WINDOWS = " of windows "


def form_of(spec: StoreSpec) -> str:
    """What tells how rows are written, whatever their types: the broker keeps it, so it stays as it is."""
    identity = "" if spec.window is None else f"{_OF_WINDOWS}{spec.window.identity}"
    return f"{kind_of(spec).written or spec.kind}{identity}"


def form_text(form: str) -> str:
    """The same as people read it."""
    kind, of_windows, identity = form.partition(_OF_WINDOWS)
    return f"{kind}, in windows {identity_text(literal_eval(identity))}" if of_windows else kind


def rows_text(form: str) -> str:
    """What rows are that are written so, in a sentence."""
    kind, of_windows, identity = form.partition(_OF_WINDOWS)
    if not of_windows:
        return f"rows of a {kind} store, without windows"
    return f"windows {identity_text(literal_eval(identity))}"
