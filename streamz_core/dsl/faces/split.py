"""A stream split into branches (Kafka: BranchedKStream)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Literal, TypeVar, Unpack, overload

from streamz_core.dsl.declared import ops
from streamz_core.dsl.declared.drafts import Draft, applied
from streamz_core.dsl.faces.calls import Filters, Named
from streamz_core.dsl.faces.stream import Step, Stream
from streamz_core.errors import TopologyError

K = TypeVar("K")
V = TypeVar("V")


class Split(Generic[K, V]):
    """Each record goes to the first branch whose function is true, else to the default, else away."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._default: str | None = None

    @overload
    def branch(self, fn: Callable[[V], bool], /, **o: Unpack[Named]) -> Step[K, V, [V], bool]: ...
    @overload
    def branch(
        self, fn: Callable[[K, V], bool], /, *, with_key: Literal[True], **o: Unpack[Named]
    ) -> Step[K, V, [K, V], bool]: ...
    @overload
    def branch(self, **o: Unpack[Named]) -> Filters[K, V, [V]]: ...
    @overload
    def branch(self, *, with_key: Literal[True], **o: Unpack[Named]) -> Filters[K, V, [K, V]]: ...
    def branch(self, fn: Any = None, **options: Any) -> Any:
        """The records for which `fn` is true and no earlier branch was."""
        if self._default is not None:
            raise TopologyError(
                f"{self._draft.shown}: a branch after the default, {self._default}, would get nothing; "
                "declare the default last"
            )

        def make(fn: Any) -> Any:
            return Step(self._draft.owner.step(ops.BRANCH, self._draft, fn, options), fn)

        return applied(ops.BRANCH, fn, options, make)

    def default(self, *, name: str | None = None) -> Stream[K, V]:
        """The records that no branch took. Comes last."""
        if self._default is not None:
            raise TopologyError(f"{self._draft.shown} has a default already: {self._default}")
        draft = self._draft.owner.add(ops.DEFAULT, (self._draft,), name=name)
        self._default = draft.shown
        return Stream(draft)
