"""Names of what lives longer than a call: constants of the text, what a task makes once."""

from __future__ import annotations

from types import MethodType

from streamz_core.compiler.names import Names


class Bindings:
    """`namespace`: constants of the text by name. `bound`: what `bind` makes once for a task, and
    `fetched`: what a function takes from it when it is called; names by expression. `arguments`: of `bind`.
    """

    def __init__(self, names: Names) -> None:
        self.namespace: dict[str, object] = {}
        self.arguments: list[str] = []
        self.bound: dict[str, str] = {}
        self.fetched: dict[str, str] = {}
        self._names = names
        self._constants: dict[object, str] = {}

    def constant(self, hint: str, value: object) -> str:
        """The name of an object; the same name for the same object."""
        # A method is a new object each time it is looked up.
        key = (id(value.__self__), value.__name__) if isinstance(value, MethodType) else id(value)
        if key not in self._constants:
            self._constants[key] = name = self._names.fresh(hint)
            self.namespace[name] = value
        return self._constants[key]

    def bind(self, hint: str, expression: str) -> str:
        """The name of what a task makes once; the same name for the same expression."""
        return self._name(self.bound, hint, expression)

    def fetch(self, hint: str, expression: str) -> str:
        """The name of what a function begins with; the same name for the same expression."""
        return self._name(self.fetched, hint, expression)

    def _name(self, made: dict[str, str], hint: str, expression: str) -> str:
        if expression not in made:
            made[expression] = self._names.fresh(hint)
        return made[expression]
