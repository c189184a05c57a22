"""Which topics are meant: by name, by a pattern, or partitions one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from streamz_core.broker.backend import Backend
from streamz_core.broker.checks import named, partition_in
from streamz_core.errors import Misuse

Where = tuple[str, int]
"""(topic, partition)."""
Wanted = Sequence[str | Where | re.Pattern[str]] | re.Pattern[str]


class Topics:
    """What is `wanted`, as it is there now. `parts`: partitions that are named alone."""

    def __init__(self, backend: Backend, wanted: Wanted) -> None:
        """UnknownTopic, Misuse, TypeError."""
        if isinstance(wanted, re.Pattern):
            wanted = [wanted]
        if isinstance(wanted, str) or not isinstance(wanted, Iterable):
            raise TypeError(
                f"topics are {wanted!r:.80}; they have to be a list, such as ['clicks']"
            )
        self._backend = backend
        self._names: list[str] = []
        self._patterns: list[re.Pattern[str]] = []
        self.parts: list[Where] = []
        for one in wanted:
            self._take(one)
        if not (self._names or self._patterns or self.parts):
            raise Misuse("no topic is named: a consumer reads at least one")
        self._births: dict[str, int] = {}
        self.made_anew()

    def _take(self, one: Any) -> None:
        if isinstance(one, re.Pattern):
            self._patterns.append(_of_text(one))
            return
        said: tuple[Any, Any] = one if isinstance(one, tuple) and len(one) == 2 else (one, None)
        name, partition = named(said[0]), said[1]
        count = self._backend.topic(name).partitions
        if partition is None:
            self._names.append(name)
        else:
            self.parts.append((name, partition_in(name, partition, count)))

    @property
    def whole(self) -> bool:
        """Whether whole topics are wanted."""
        return bool(self._names or self._patterns)

    def there(self) -> list[str]:
        """The topics of which every partition is wanted: those that are there. Internal ones of apps match nothing."""
        known = self._backend.topics()
        found = [name for name in self._names if name in known]
        found += [
            name
            for name in sorted(known)
            if not known[name].owner and any(one.fullmatch(name) for one in self._patterns)
        ]
        return list(dict.fromkeys(found))

    def made_anew(self) -> list[str]:
        """Those that are other topics than when this was asked last, though their names are the same."""
        known = self._backend.topics()
        names = {*self.there(), *(name for name, _ in self.parts if name in known)}
        births = {name: self._backend.born(name) for name in sorted(names)}
        before, self._births = self._births, {**self._births, **births}
        return [name for name, birth in births.items() if before.get(name, birth) != birth]

    def partitions(self) -> list[Where]:
        """Every partition that is wanted and there."""
        known = self._backend.topics()
        found = [(name, each) for name in self.there() for each in range(known[name].partitions)]
        return list(dict.fromkeys([*found, *self.parts]))


def _of_text(pattern: re.Pattern[Any]) -> re.Pattern[str]:
    if not isinstance(pattern.pattern, str):
        raise TypeError(f"{pattern!r:.80} is a pattern of bytes; names of topics are text")
    return pattern
