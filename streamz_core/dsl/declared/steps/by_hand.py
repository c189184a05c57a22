"""What is said of the steps of a topology that is written by hand, as values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from attrs import evolve

from streamz_core.dsl.declared.functions import UserFunction, check_function
from streamz_core.dsl.declared.steps.said import Said, Settled, Streamed
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


class Filled(Streamed):
    """`add_global_store`: the topic, and the processor that writes its records into the store of every worker."""

    def __init__(
        self,
        topics: tuple[str, ...] = (),
        extractor: Callable[..., int] | None = None,
        supplier: Callable[[], Any] | None = None,
        store: Store[Any] | None = None,
        source: str = "",
    ) -> None:
        super().__init__(topics, extractor)
        self._supplier = supplier
        self._store = store
        self._source = source

    def check(self, draft: Draft[Any]) -> None:
        super().check(draft)
        check_supplier(self._supplier, draft.shown)

    def fields(self, settled: Settled) -> dict[str, Any]:
        assert self._supplier is not None, "something fills it"
        assert self._store is not None, "it is filled"
        kept = settled.stores[self._store.name]
        kept.everywhere = True
        return {
            "topic": settled.topics[self.topics[0]],
            "extractor": self.extractor,
            "kept": kept,
            "fn": settled.func(UserFunction(self._supplier)),
            "source": self._source,
        }


def viewed(store: Store[Any], place: str) -> Store[Any]:
    """The store, for others to read; TopologyError if it is of a kind that is not only read."""
    from streamz_core.stores.kinds import KINDS  # loaded by what needs it

    if KINDS[store.kind].view is None:
        raise TopologyError(
            f"{place}: the store {store.name!r} is no store of rows by key; others read app.store() and "
            "app.timestamped_store()"
        )
    return evolve(store, view=True)


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
