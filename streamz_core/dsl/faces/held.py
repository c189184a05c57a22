"""What all faces of steps share: the draft behind them, and how the next step is hung on it."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.drafts import Draft
from streamz_core.dsl.declared.ops import Gives, Op
from streamz_core.dsl.declared.steps.said import Call, Said
from streamz_core.dsl.declared.topics import Store, Versioned
from streamz_core.errors import TopologyError

K = TypeVar("K")
V = TypeVar("V")
S = TypeVar("S", bound=Said)


class Held(Generic[K, V]):
    """A step as a user holds it."""

    def __init__(self, draft: Draft[Any]) -> None:
        self._draft = draft

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._draft.shown}>"

    def _step(
        self, op: Op[S], fn: Any, call: Call, said: S | None = None, *beside: Draft[Any]
    ) -> Any:
        """The next step with its function, or where none was given the decorator that makes it."""

        def make(fn: Any) -> Any:
            owner = self._draft.owner
            return owner.face(owner.step(op, (self._draft, *beside), fn, call, said), fn)

        return make if fn is None else make(fn)

    def _bare(self, op: Op[S], call: Call, said: S | None = None, *beside: Draft[Any]) -> Any:
        """The next step, without a function."""
        owner = self._draft.owner
        return owner.face(owner.add(op, (self._draft, *beside), said, call))


def draft_of(other: object, where: str, *gives: Gives) -> Draft[Any]:
    """The draft of another step; TopologyError if it gives none of these: a stream, a table."""
    if isinstance(other, Held) and other._draft.op.gives in gives:
        return other._draft
    raise TopologyError(f"{where}: {other!r} is no {' and no '.join(gives)}")


def late_of(draft: Draft[Any]) -> Any:
    """The stream of what came too late for a step, always the same; TopologyError if nothing can."""
    if not draft.said.misses:
        raise TopologyError(
            f"{draft.shown}.late: nothing comes too late for it; late records are those of an aggregate in windows that "
            "close, and of an inner side of a join of streams"
        )
    owner = draft.owner
    for other in owner.all:
        if other.op is ops.LATE and other.parents[0] is draft:
            return owner.face(other)
    return owner.face(owner.add(ops.LATE, (draft,)))


def rows_of(draft: Draft[Any]) -> Any:
    """The rows of a table, for functions to read; TopologyError if it keeps none that could be handed over."""
    if not draft.stores_rows:
        raise TopologyError(
            f"{draft.shown}.store: it keeps no rows of its own, they follow from those of other tables or are not kept; "
            "say materialized=True where it is made"
        )
    if draft.said.window is not None or isinstance(draft.said.materialized, Versioned):
        raise TopologyError(
            f"{draft.shown}.store: functions read tables of rows by key, but these are of windows or have versions; "
            "join the stream with it, or keep what the function needs in a store of its own"
        )
    assert draft.name is not None, "what keeps rows has a name"
    return Store(draft.name, None, None, in_memory=False, owner=draft.owner, view=True)
