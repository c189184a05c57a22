"""What the user has declared, before it is built: one draft for each step, as it was said.

A draft knows its parents and its function; names and codecs are settled at `build()`, when every
class and function of the app exists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from attrs import define

from streamz_core.dsl.declared.functions import UserFunction, check_function, plain
from streamz_core.dsl.declared.ops import Gives, Op
from streamz_core.dsl.declared.steps.said import Call, Said
from streamz_core.dsl.declared.topics import TOPIC_CHARS_MAX, Store, Topic, check_legal
from streamz_core.errors import TopologyError

S = TypeVar("S", bound=Said)

NOT_CALLED = Call()

Face = Callable[["Draft[Any]", Any], Any]
"""Makes what the user holds of a step: of its draft, and of its function or None."""


@define(eq=False, repr=False)
class Draft(Generic[S]):
    """A step. `call` is what every operator can be told, `said` what only some can."""

    owner: Drafts
    op: Op[S]
    order: int
    parents: tuple[Draft[Any], ...]
    said: S
    fn: UserFunction | None
    name: str | None
    call: Call

    @property
    def shown(self) -> str:
        """The step in a sentence: its name, else where it hangs."""
        above = self.parents[0].shown if self.parents else "app"
        return self.name or f"{above}.{self.op.name}"

    @property
    def rekeyed(self) -> bool:
        """Whether its records may lie in another partition than their keys say."""
        from streamz_core.topology.traits import rekeyed  # loaded by what needs them

        return rekeyed(self.op.node, any(parent.rekeyed for parent in self.parents))

    @property
    def derived(self) -> bool:
        """Whether it is a table whose rows follow from those of its parents."""
        from streamz_core.topology.traits import Rows, traits_of  # loaded by what needs them

        return traits_of(self.op.node).rows is Rows.DERIVED

    @property
    def stores_rows(self) -> bool:
        """Whether it is a table with a store of its own."""
        from streamz_core.topology.traits import Rows, traits_of  # loaded by what needs them

        return self.said.keeps or traits_of(self.op.node).rows is Rows.STORED

    @property
    def keeps(self) -> bool:
        """Whether something is stored under its name."""
        return self.op.stateful or self.said.keeps


class Drafts:
    """Everything declared for one app, in order. `faces`: what users are given to hold."""

    def __init__(self, app: str, faces: Mapping[Gives, Face]) -> None:
        self.app = app
        self.all: list[Draft[Any]] = []
        self.groupings: list[tuple[str, str]] = []  # name, and where it stands
        self.topics: dict[str, Topic[Any, Any]] = {}
        self.writers: dict[str, Draft[Any]] = {}  # of stores that one step alone writes
        self._faces = faces

    def add(
        self,
        op: Op[S],
        parents: tuple[Draft[Any], ...] = (),
        said: S | None = None,
        call: Call = NOT_CALLED,
        fn: UserFunction | None = None,
    ) -> Draft[S]:
        """A new step behind `parents`; TopologyError if they are of another app, or it lacks a name."""
        for parent in parents:
            if parent.owner is not self:
                raise TopologyError(
                    f"{op.name}: {parent.shown} belongs to the app {parent.owner.app!r}, this step to "
                    f"{self.app!r}; an app reads what another wrote from a topic"
                )
        said = op.said() if said is None else said
        name = call.name or (None if fn is None else fn.name)
        draft = Draft(self, op, len(self.all), parents, said, fn, name, call)
        if op.stateful and name is None:
            raise TopologyError(
                f"{draft.shown} keeps something under its name and has none: "
                "say name=..., or decorate a function"
            )
        if op.stateful:
            check_legal(f"{op.name}, which keeps something under its name,", name)
        said.check(draft)
        self.all.append(draft)
        return draft

    def step(
        self,
        op: Op[S],
        parents: tuple[Draft[Any], ...],
        fn: Any,
        call: Call,
        said: S | None = None,
    ) -> Draft[S]:
        """A step with a function, as its method was called; TopologyError if the two do not fit."""
        fn = plain(fn)
        place = call.name or f"{parents[0].shown if parents else 'app'}.{op.name}"
        function = UserFunction(fn, call.with_key, call.stores)
        self.check_stores(place, function.stores)
        check_function(place, fn, handed(op, function), many=op.many, awaited=op.awaited)
        return self.add(op, parents, said, call, function)

    def named(self, name: str) -> Draft[Any] | None:
        """The step of that name, None if there is none yet."""
        return next((draft for draft in self.all if draft.name == name), None)

    def face(self, draft: Draft[Any], fn: Any = None) -> Any:
        """What the user holds of a step: itself, or the function that made it as well."""
        return self._faces[draft.op.gives](draft, fn)

    def topic_name(self, topic: Topic[Any, Any] | str) -> str:
        """The name of a topic; its description is kept. TopologyError if there is another one."""
        if not isinstance(topic, Topic):
            check_legal("a topic", topic, TOPIC_CHARS_MAX)
            return topic
        if self.topics.setdefault(topic.name, topic) is not topic:
            raise TopologyError(
                f"the topic {topic.name!r} is described twice; describe it once with app.topic and "
                "hand over what that returns"
            )
        return topic.name

    def check_stores(self, place: str, stores: tuple[object, ...]) -> None:
        """TopologyError if one of them is no store of this app."""
        for store in stores:
            if not isinstance(store, Store) or store.owner is not self:
                shown = store.name if isinstance(store, Store) else repr(store)
                raise TopologyError(
                    f"{place}: {shown} is no store of the app {self.app!r}; declare it with "
                    "app.store(name, key=..., value=...) and hand over what that returns"
                )


def handed(op: Op[Any], function: UserFunction) -> tuple[str, ...]:
    """What the function is called with, in words."""
    key = ("key",) if function.with_key else ()
    return (*key, *(op.takes or ()), *(f"store {store.name}" for store in function.stores))
