"""Which emitter writes the lines of which kind of node: what the families of operators say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streamz_core.lines.lines import Emitter
from streamz_core.operators.aggregates import by_key, cogroups, of_tables
from streamz_core.operators.exits import printing, sinks
from streamz_core.operators.joins import (
    foreign_key,
    stream_global,
    stream_stream,
    stream_table,
    table_table,
)
from streamz_core.operators.processors import by_hand, deduplicating, process, timers
from streamz_core.operators.stateless import branching, filters, mapping, passing, watching
from streamz_core.operators.tables import derived, grouping, sources, streams, suppress
from streamz_core.operators.waiting import later
from streamz_core.topology.nodes import Node

FAMILIES = (
    *(passing, filters, mapping, branching, watching),
    *(sources, derived, streams, grouping, suppress),
    *(by_key, cogroups, of_tables, process, timers, by_hand, deduplicating),
    *(stream_table, stream_global, stream_stream, table_table, foreign_key),
    *(sinks, printing, later),
)


def merged(tables: Iterable[Mapping[type[Node], Emitter]]) -> Mapping[type[Node], Emitter]:
    """All rows in one table; ValueError if two have an emitter for one kind of node."""
    found: dict[type[Node], Emitter] = {}
    for table in tables:
        for kind, emitter in table.items():
            if found.setdefault(kind, emitter) is not emitter:
                raise ValueError(f"{kind.__name__} has two emitters: {found[kind]} and {emitter}")
    return found


TIMELY = (by_key, cogroups, deduplicating, stream_table, stream_stream, suppress)
"""Families of steps that have a time of their own."""

ADVANCES = merged(family.ADVANCES for family in TIMELY)
"""Lines for time that comes to a step without a record; where there are none, it only goes on."""

EMITTERS = merged(family.EMITTERS for family in FAMILIES)
