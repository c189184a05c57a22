"""How a table keeps its rows, and which of their changes go on: what can be said of it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import evolve

from streamz_core.dsl.declared.sides import needed
from streamz_core.dsl.declared.topics import Expiring, Materialized, Memory, Versioned, check_legal
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes
from streamz_core.topology.windows import Window

if TYPE_CHECKING:
    from streamz_core.dsl.declared.drafts import Draft
    from streamz_core.dsl.declared.steps.said import Settled

KEPT_EMITS = ("updates", "commit", "changes")
"""Which changes of a table go on: every one, at each commit the last one of each row, or those that change it."""
COMPARED = {
    "commit": "the last change of each row at a commit",
    "changes": "only what changes a row",
}
"""What goes on where changes are compared with what the row was."""
EMITS = (*KEPT_EMITS, "final")
"""Of an aggregate also the result of each window, when it closes."""


def check_kept(asked: Materialized, draft: Draft[Any]) -> None:
    """TopologyError unless `materialized=` is said right, of a step that has a name for its store."""
    check_materialized(asked, draft)
    if asked and draft.name is None:
        raise TopologyError(
            f"{draft.shown}: a materialized {draft.op.name} keeps a store under its name and has none: "
            "say name=..., or decorate a function"
        )
    if asked:
        check_legal(f"{draft.op.name}, which keeps a store under its name,", draft.name)


def check_materialized(asked: object, draft: Draft[Any]) -> None:
    if asked is not None and not isinstance(asked, bool | Memory | Versioned | Expiring):
        raise TopologyError(
            f"{draft.shown}: materialized={asked!r}; it takes True, memory(), versioned(history) or expiring(ttl)"
        )


def check_headers(headers: str | None, emit: str, draft: Draft[Any]) -> None:
    """TopologyError unless `headers=` is said right, where results have other headers without it."""
    if headers is None:
        return
    if headers != "kept":
        raise TopologyError(f'{draft.shown}: headers={headers!r}; it takes "kept", or nothing')
    if emit != "final":
        raise TopologyError(
            f'{draft.shown}: headers="kept" is for final results; an update has the headers of the record that '
            'changed the row already; leave it out, or say emit="final"'
        )


def headers_of(rows: nodes.StoreSpec) -> nodes.StoreSpec:
    """The store that keeps the headers of rows of windows: in the same places, as long."""
    from streamz_core.codecs.carried.headers import HEADERS  # loaded by what needs it

    return evolve(rows, name=f"{rows.name}-headers", value=HEADERS)


def check_versions(
    asked: Materialized, window: Window | None, emit: str, draft: Draft[Any]
) -> None:
    """TopologyError if rows are to have versions that cannot, or to expire that are kept otherwise."""
    if isinstance(asked, Expiring) and window is not None:
        raise TopologyError(
            f"{draft.shown}: windows are kept until they cannot change; leave expiring(...) out, and say retention= if "
            "they are to be kept longer"
        )
    if not isinstance(asked, Versioned):
        return
    if window is not None:
        raise TopologyError(
            f"{draft.shown}: the rows of windows have no versions; leave versioned(...) out, and say "
            "retention= if they are to be kept longer"
        )
    if emit in COMPARED:
        raise TopologyError(
            f'{draft.shown}: emit="{emit}" passes on {COMPARED[emit]}, but with versioned(...) every '
            "version is a result; leave one of them out"
        )


def check_emit(emit: str, emits: Sequence[str], draft: Draft[Any]) -> None:
    if emit not in emits:
        raise TopologyError(
            f"{draft.shown}: emit={emit!r}; it takes {' or '.join(map(repr, emits))}"
        )


def check_emit_kept(emit: str, materialized: Materialized, draft: Draft[Any]) -> None:
    """What goes on is compared with what went on before, so the rows must be stored."""
    check_emit(emit, KEPT_EMITS, draft)
    check_versions(materialized, None, emit, draft)
    if emit in COMPARED and not materialized:
        raise TopologyError(
            f'{draft.shown}: emit="{emit}" passes on {COMPARED[emit]}, of a table that '
            "keeps its rows: say materialized=True too"
        )


def emitted(emit: str) -> dict[str, Any]:
    """The fields of a table for which of its changes go on."""
    return {"at_commit": emit == "commit", "on_change": emit == "changes"}


def kept(asked: Materialized, settled: Settled) -> nodes.StoreSpec | None:
    """The store of a table that was asked for."""
    if not asked:
        return None
    return nodes.StoreSpec(
        settled.name,
        **store_kind(asked),
        key=needed(settled.sides.key, settled.shown, "stores its keys"),
        value=needed(settled.sides.value, settled.shown, "stores its values"),
        memory=in_memory(asked),
    )


def in_memory(asked: Materialized) -> bool:
    """Whether a store that was asked for is kept in memory."""
    return isinstance(asked, Memory) or (
        isinstance(asked, Versioned | Expiring) and asked.in_memory
    )


def store_kind(asked: Materialized) -> dict[str, Any]:
    """What a store of rows by key has of how it was asked for: its kind, and its history or ttl."""
    if isinstance(asked, Versioned):
        return {
            "kind": "versioned",
            "retention_ms": asked.history_ms,
            "history_ms": asked.history_ms,
        }
    if isinstance(asked, Expiring):
        return {"kind": "expiring", "retention_ms": asked.ttl_ms, "ttl_ms": asked.ttl_ms}
    return {"kind": "timestamped"}
