"""Streams: records on their way, put together from the families of operators (Kafka: KStream)."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar

from streamz_core.dsl.declared.drafts import Draft
from streamz_core.dsl.faces.exits import Endable, Writable
from streamz_core.dsl.faces.filters import Filterable
from streamz_core.dsl.faces.grouped import Groupable
from streamz_core.dsl.faces.held import late_of
from streamz_core.dsl.faces.joins import Joinable
from streamz_core.dsl.faces.maps import Mappable
from streamz_core.dsl.faces.processors import Processable, Punctuated
from streamz_core.dsl.faces.routes import Routable
from streamz_core.dsl.faces.table import Tabular

P = ParamSpec("P")
F = TypeVar("F")
K = TypeVar("K")
V = TypeVar("V")


class Stream(
    Filterable[K, V],
    Mappable[K, V],
    Processable[K, V],
    Punctuated[K, V],
    Routable[K, V],
    Joinable[K, V],
    Groupable[K, V],
    Tabular[K, V],
    Writable[K, V],
    Endable[K, V],
):
    """Records of key K and value V; either may be null, which functions see as None.

    Every operator is a method that takes a function, and a decorator where it is left out.
    Functions get the value; `with_key=True` gives (key, value); `store=` hands over a store behind
    them, `stores=` several. `name` is what the step is called, instead of as its function.
    What does not fit the step is a TopologyError that names it.
    """

    @property
    def late(self) -> Stream[K, Any]:
        """The records that came too late for this join of streams, as they came: those of an inner side that met none,
        and came when their time and the grace were over.

        TopologyError if this is no join of streams with an inner side. Values that are written differently on the two
        sides have to be mapped before they are written or stored.
        """
        found: Stream[K, Any] = late_of(self._draft)
        return found


class Step(Stream[K, V], Generic[K, V, P, F]):
    """A decorated function: at once the stream that it makes, and itself, to be called."""

    is_step: ClassVar[bool] = True
    __wrapped__: Callable[P, F]

    def __init__(self, draft: Draft[Any], fn: Callable[P, F]) -> None:
        super().__init__(draft)
        update_wrapper(self, fn, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> F:
        return self.__wrapped__(*args, **kwargs)


class EveryStep(Step[K, V, P, F]):
    """The stream of a function that is called when time has come, which is a timer by its name."""

    @property
    def timer(self) -> str:
        """What it is scheduled and cancelled by."""
        return self._draft.shown
