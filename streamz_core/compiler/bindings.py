"""Names of what lives longer than a call: constants of the text, what a task makes once."""

from __future__ import annotations

from types import MethodType

from streamz_core.compiler.names import Names
from streamz_core.lines.lines import OutputNames, StoreNames
from streamz_core.topology.nodes import StoreSpec


class Bindings:
    """`namespace`: constants of the text by name. `bound`: what `bind` makes once for a task, and
    `fetched`: what a function takes from it when it is called; expressions by name.
    """

    def __init__(self, names: Names) -> None:
        self.namespace: dict[str, object] = {}
        self.bound: dict[str, str] = {}
        self.fetched: dict[str, str] = {}
        self._names = names
        self._constants: dict[object, str] = {}
        self._stores: dict[str, StoreNames] = {}
        self._outputs: dict[str, OutputNames] = {}
        self._once: dict[tuple[str, object], str] = {}

    def constant(self, hint: str, value: object) -> str:
        """The name of an object; the same name for the same object."""
        # A method is a new object each time it is looked up.
        key = (id(value.__self__), value.__name__) if isinstance(value, MethodType) else id(value)
        if key not in self._constants:
            self._constants[key] = name = self._names.fresh(hint)
            self.namespace[name] = value
        return self._constants[key]

    def once(self, kind: str, key: object, hint: str, expression: str) -> str:
        """The name of what `expression` makes; the same name for the same kind and key."""
        if (kind, key) not in self._once:
            self._once[kind, key] = self._bind(hint, expression)
        return self._once[kind, key]

    def store(self, spec: StoreSpec) -> StoreNames:
        """The names of a store, and of what lines need of it."""
        if spec.name not in self._stores:
            store = self._bind(f"{spec.name}_store", f"store({spec.name!r})")
            self._stores[spec.name] = StoreNames(
                spec,
                store,
                live=self._fetch(f"{spec.name}_live", f"{store}.live"),
                dirty=self._fetch(f"{spec.name}_dirty", f"{store}.live.dirty"),
            )
        return self._stores[spec.name]

    def output(self, topic: str) -> OutputNames:
        """The names of an output, and of what lines need of it."""
        if topic not in self._outputs:
            out = self._bind(f"out_{topic}", f"output({topic!r})")
            self._outputs[topic] = OutputNames(
                out,
                key=self._fetch(f"{out}_key", f"{out}.keys.append"),
                value=self._fetch(f"{out}_value", f"{out}.values.append"),
                timestamp=self._fetch(f"{out}_timestamp", f"{out}.timestamps.append"),
                timestamps=self._fetch(f"{out}_timestamps", f"{out}.timestamps"),
                headers=self._fetch(f"{out}_headers", f"{out}.headers"),
            )
        return self._outputs[topic]

    def _bind(self, hint: str, expression: str) -> str:
        name = self._names.fresh(hint)
        self.bound[name] = expression
        return name

    def _fetch(self, hint: str, expression: str) -> str:
        name = self._names.fresh(hint)
        self.fetched[name] = expression
        return name
