"""Tables that know what their rows were: how long, and what needs it (Kafka: VersionedKeyValueStore)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from streamz_core.dsl.declared.topics import Versioned
from streamz_core.errors import TopologyError
from streamz_core.topology.spans import Duration, milliseconds

if TYPE_CHECKING:
    from streamz_core.dsl.declared.drafts import Draft


def versioned(history: Duration, *, memory: bool = False) -> Versioned:
    """For `materialized=`: keep what the rows were as well, for `history`, counted back from the newest timestamp in
    the store.

    A record that is out of order is then put where it belongs, and changes what the table is now only if it is
    the latest of its key; one that is older than the history is dropped. A stream that is joined with the table
    meets the row that was valid at its time. `memory=True` keeps all of it in memory instead of in RocksDB.
    TopologyError if the span cannot be read, or is negative.
    """
    return Versioned(milliseconds(history, "the history of versioned()"), in_memory=memory)


def is_versioned(table: Draft[Any]) -> bool:
    """Whether the rows of a table have versions: its own, or those of the table that they follow from."""
    asked = table.said.materialized
    if asked:
        return isinstance(asked, Versioned)
    return _follows(table) and is_versioned(table.parents[0])


def check_grace(where: str, table: Draft[Any], grace_ms: int) -> None:
    """TopologyError unless every table that a join looks into knows what its rows were for as long as it waits."""
    for stored in _stored(table):
        asked = stored.said.materialized
        if not isinstance(asked, Versioned):
            raise TopologyError(
                f"{where}: with grace= a record waits, and then meets the row that was valid at its time, but "
                f'{stored.shown} keeps only the latest: say materialized=versioned(history="...") there, or leave '
                "grace= out"
            )
        if asked.history_ms < grace_ms:
            raise TopologyError(
                f"{where}: a record waits for {grace_ms} ms, but {stored.shown} knows what its rows were for "
                f"{asked.history_ms} ms only: give it a longer history=, or the join less grace="
            )


def check_without_versions(where: str, table: Draft[Any]) -> None:
    """TopologyError if the rows of a table have versions, of which suppress would tell one and hide others."""
    if is_versioned(table):
        raise TopologyError(
            f"{where}: the rows of {table.shown} have versions, and a change of an earlier one cannot be held "
            "back for the latest; suppress a table without versioned(...)"
        )


def _stored(table: Draft[Any]) -> Iterator[Draft[Any]]:
    """The tables in whose stores its rows are found."""
    if table.said.materialized or not table.derived:
        yield table
        return
    for parent in table.parents:
        yield from _stored(parent)


def _follows(table: Draft[Any]) -> bool:
    from streamz_core.topology.traits import traits_of  # loaded by what needs them

    return traits_of(table.op.node).versions
