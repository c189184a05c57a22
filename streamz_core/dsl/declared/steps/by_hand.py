"""What is said of the steps of a topology that is written by hand, as values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from streamz_core.dsl.declared.functions import UserFunction, check_function
from streamz_core.dsl.declared.steps.said import Said, Settled
from streamz_core.dsl.declared.topics import Store
from streamz_core.errors import TopologyError

if TYPE_CHECKING:
    from streamz_core.dsl.declared.drafts import Draft


class Supplied(Said):
    """`add_processor`: what makes the processor of each task, and the stores that it is connected with."""

    def __init__(
        self, supplier: Callable[[], Any] | None = None, stores: Sequence[Store[Any]] = ()
    ) -> None:
        self._supplier = supplier
        self.stores = list(stores)

    @property
    def supplier(self) -> Callable[[], Any]:
        assert self._supplier is not None, "a processor is made by something"
        return self._supplier

    def check(self, draft: Draft[Any]) -> None:
        check_supplier(self.supplier, draft.shown)
        draft.owner.check_stores(draft.shown, tuple(self.stores))

    def connect(self, stores: Sequence[Store[Any]], draft: Draft[Any]) -> None:
        """Connect it with more of them."""
        draft.owner.check_stores(draft.shown, tuple(stores))
        known = {store.name for store in self.stores}
        self.stores += [store for store in stores if store.name not in known]

    def fields(self, settled: Settled) -> dict[str, Any]:
        return {"fn": settled.func(UserFunction(self.supplier, stores=tuple(self.stores)))}


def check_supplier(supplier: Any, step: str) -> None:
    """TopologyError unless it can be called for one processor after the other (Kafka: ApiUtils.checkSupplier)."""
    if not callable(supplier):
        raise TopologyError(
            f"{step}: {supplier!r:.80} makes no processors; hand over their class, or a function without arguments that "
            "gives a new one each time"
        )
    check_function(f"{step}, its supplier", supplier, (), many=True)
    if not isinstance(supplier, type) and supplier() is supplier():
        raise TopologyError(
            f"{step}: its supplier gives the same processor again, but each task needs one of its own: make a new one each "
            "time it is called"
        )
