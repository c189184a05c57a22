"""Functions of whole batches: values are gathered until there are enough, or a commit comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from streamz_core.errors import Unanswered
from streamz_core.operators.waiting.line import Line


class Gathered:
    """What one call is made with: `columns` of arguments, a row for each record."""

    __slots__ = ("_error", "_results", "columns")

    def __init__(self) -> None:
        self.columns: list[tuple[Any, ...]] = []
        self._results: list[Any] | None = None
        self._error: Exception | None = None

    @property
    def called(self) -> bool:
        """Whether the results are there."""
        return self._results is not None or self._error is not None

    def call(self, step: str, fn: Callable[..., Iterable[Any]]) -> None:
        """Make it. What it raises comes out where the first result is asked for."""
        arguments = [list(column) for column in zip(*self.columns, strict=True)]
        try:
            self._results = _answers(step, fn(*arguments), len(self.columns))
        except Exception as error:  # noqa: BLE001 - raised again in result(), in the lines of the step
            self._error = error

    def result(self, row: int) -> Any:
        """That of one record."""
        if self._error is not None:
            raise self._error
        assert self._results is not None, "it was called"
        return self._results[row]


class Part:
    """The answer for one record of a batch. Implements Answer."""

    __slots__ = ("_gathered", "_row")

    def __init__(self, gathered: Gathered, row: int) -> None:
        self._gathered = gathered
        self._row = row

    def ready(self) -> bool:
        return self._gathered.called

    def result(self) -> Any:
        return self._gathered.result(self._row)


class Batches:
    """The batches of one step in one task, of up to `size` records each. Implements Source."""

    def __init__(self, line: Line, step: str, fn: Callable[..., Iterable[Any]], size: int) -> None:
        self._step = step
        self._fn = fn
        self._size = size
        self._now = Gathered()
        line.sources.append(self)

    def add(self, *arguments: Any) -> Part:
        """One more record; the function is called as soon as there are enough."""
        rows = self._now.columns
        part = Part(self._now, len(rows))
        rows.append(arguments)
        if len(rows) == self._size:
            self.press()
        return part

    def press(self) -> None:
        if self._now.columns:
            gathered, self._now = self._now, Gathered()
            gathered.call(self._step, self._fn)

    def forget(self) -> None:
        self._now = Gathered()


def _answers(step: str, made: Any, wanted: int) -> list[Any]:
    """One for each record. Unanswered if they are more, or fewer, or none at all."""
    several = isinstance(made, Iterable) and not isinstance(made, str | bytes)
    found = list(made) if several else []
    if not several or len(found) != wanted:
        gave = f"{len(found)} results" if several else f"{made!r:.80}"
        raise Unanswered(
            f"{step} was called with {wanted} values and gave {gave}: a function of map_batch gives as many results "
            "as it is given values, in the same order"
        )
    return found
