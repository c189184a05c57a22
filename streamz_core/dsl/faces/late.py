"""Records that came too late: for a window that was closed, for a join whose time was over."""

from __future__ import annotations

from typing import Any

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.drafts import Draft
from streamz_core.errors import TopologyError


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
