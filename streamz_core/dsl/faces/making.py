"""Which face a step gets: one row for each thing that an operator can give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamz_core.dsl.declared.drafts import Draft, Face
from streamz_core.dsl.declared.ops import Gives
from streamz_core.dsl.faces.exits import SinkStep
from streamz_core.dsl.faces.global_table import GlobalTable
from streamz_core.dsl.faces.grouped import grouped
from streamz_core.dsl.faces.processors import TimerStep
from streamz_core.dsl.faces.routes import Split
from streamz_core.dsl.faces.stream import Step, Stream
from streamz_core.dsl.faces.table import Table, TableStep
from streamz_core.dsl.faces.tables.groups import grouped_table


def _stream(draft: Draft[Any], fn: Any) -> Stream[Any, Any]:
    return Stream(draft) if fn is None else Step(draft, fn)


def _table(draft: Draft[Any], fn: Any) -> Table[Any, Any]:
    return Table(draft) if fn is None else TableStep(draft, fn)


def _global_table(draft: Draft[Any], _: None) -> GlobalTable[Any, Any]:
    return GlobalTable(draft)


def _end(_: Draft[Any], fn: Any) -> SinkStep[..., Any] | None:
    return None if fn is None else SinkStep(fn)


def _timer(draft: Draft[Any], fn: Any) -> TimerStep[..., Any]:
    return TimerStep(fn, draft.shown)


def _split(draft: Draft[Any], _: None) -> Split[Any, Any]:
    return Split(draft)


FACES: Mapping[Gives, Face] = {
    "stream": _stream,
    "table": _table,
    "global table": _global_table,
    "grouped": grouped,
    "grouped table": grouped_table,
    "split": _split,
    "timer": _timer,
    "end": _end,
}
