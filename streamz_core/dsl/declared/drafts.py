"""What the user has declared, before it is built: one draft for each step, as it was said.

A draft knows its parents and its function; names and codecs are settled at `build()`, when every
class and function of the app exists.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from attrs import define, field

from streamz_core.dsl.declared.functions import UserFunction, check_function, plain
from streamz_core.dsl.declared.ops import Op
from streamz_core.dsl.declared.topics import TOPIC_CHARS_MAX, Memory, Store, Topic, check_legal
from streamz_core.errors import TopologyError

R = TypeVar("R")


@define(eq=False)
class Draft:
    """A step. `key` and `value` are what was said explicitly; `fields` go into its node as they are."""

    owner: Drafts
    op: Op
    order: int
    parents: tuple[Draft, ...] = ()
    fn: UserFunction | None = None
    name: str | None = None
    key: Any = None
    value: Any = None
    fields: dict[str, Any] = field(factory=dict)

    @property
    def shown(self) -> str:
        """The step in a sentence: its name, else where it hangs."""
        return self.name or f"{self.parents[0].shown}.{self.op.name}"

    @property
    def rekeyed(self) -> bool:
        """Whether its records may lie in another partition than their keys say."""
        if self.op.rekeys:
            return True
        if self.op.stateful or not self.parents or self.op.name == "to_table":
            return False
        return any(parent.rekeyed for parent in self.parents)


class Drafts:
    """Everything declared for one app, in order."""

    def __init__(self, app: str) -> None:
        self.app = app
        self.all: list[Draft] = []
        self.groupings: list[tuple[str, str]] = []  # name, and where it stands
        self.topics: dict[str, Topic[Any, Any]] = {}

    def add(self, op: Op, parents: tuple[Draft, ...] = (), **more: Any) -> Draft:
        """A new step behind `parents`; TopologyError if they are of another app, or it lacks a name."""
        for parent in parents:
            if parent.owner is not self:
                raise TopologyError(
                    f"{op.name}: {parent.shown} belongs to the app {parent.owner.app!r}, this step to "
                    f"{self.app!r}; an app reads what another wrote from a topic"
                )
        draft = Draft(self, op, len(self.all), parents, **more)
        if op.stateful and draft.name is None:
            raise TopologyError(
                f"{draft.shown} keeps something under its name and has none: "
                "say name=..., or decorate a function"
            )
        if op.stateful:
            check_legal(f"{op.name}, which keeps something under its name,", draft.name)
        self.all.append(draft)
        return draft

    def step(self, op: Op, parent: Draft, fn: Any, options: dict[str, Any], **more: Any) -> Draft:
        """A step with a function, as its method was called."""
        fn = plain(fn)
        place = options.get("name") or f"{parent.shown}.{op.name}"
        function = UserFunction(fn, options.get("with_key", False), self._stores(place, options))
        check_function(place, fn, handed(op, function), many=op.many)
        parents = (parent, *more.pop("parents", ()))
        return self.add(
            op,
            parents,
            fn=function,
            name=options.get("name") or function.name,
            key=options.get("key"),
            value=options.get("value"),
            **more,
        )

    def topic_name(self, topic: Topic[Any, Any] | str) -> str:
        """The name of a topic; its description is kept. TopologyError if there is another one."""
        if isinstance(topic, str):
            check_legal("a topic", topic, TOPIC_CHARS_MAX)
            return topic
        if self.topics.setdefault(topic.name, topic) is not topic:
            raise TopologyError(
                f"the topic {topic.name!r} is described twice; describe it once with app.topic and "
                "hand over what that returns"
            )
        return topic.name

    def _stores(self, place: str, options: dict[str, Any]) -> tuple[Store[Any], ...]:
        one, several = options.get("store"), options.get("stores", ())
        stores = (*(() if one is None else (one,)), *several)
        for store in stores:
            if not isinstance(store, Store) or store.owner is not self:
                shown = store.name if isinstance(store, Store) else repr(store)
                raise TopologyError(
                    f"{place}: {shown} is no store of the app {self.app!r}; declare it with "
                    "app.store(name, key=..., value=...) and hand over what that returns"
                )
        return stores


def handed(op: Op, function: UserFunction) -> tuple[str, ...]:
    """What the function is called with, in words."""
    key = ("key",) if function.with_key else ()
    return (*key, *(op.takes or ()), *(f"store {store.name}" for store in function.stores))


def applied(op: Op, fn: Any, options: dict[str, Any], make: Callable[[Any], R]) -> Any:
    """`make(fn)`, or where no function was given the decorator that does it later.

    TypeError for an option that the operator does not have, as Python itself would say.
    """
    for option in options:
        if option not in op.all_options:
            known = ", ".join(sorted(op.all_options))
            raise TypeError(f"{op.name}() got an unexpected option {option!r}; it takes {known}")
    return make if fn is None else make(fn)


def kept(op: Op, name: str | None, place: str, asked: Any) -> bool | Memory:
    """What `materialized=` asks for: nothing (False), a store (True), or one in memory."""
    check_materialized(place, asked)
    if not asked:
        return False
    if name is None:
        raise TopologyError(
            f"{place}: a materialized {op.name} keeps a store under its name and has none: "
            "say name=..., or decorate a function"
        )
    check_legal(f"{op.name}, which keeps a store under its name,", name)
    return True if asked is True else Memory()


def check_materialized(place: str, asked: Any) -> None:
    """TopologyError if `asked` is nothing that `materialized=` takes."""
    if asked is not None and not isinstance(asked, bool | Memory):
        raise TopologyError(f"{place}: materialized={asked!r}; it takes True or memory()")
