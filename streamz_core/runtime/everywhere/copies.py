"""All copies of a worker: it runs nothing of its tasks before they are up to date."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

from streamz_core.runtime.everywhere.copy import Copy
from streamz_core.runtime.place import Place
from streamz_core.stores.kind import Store


class Copies:
    """`all`: by the names of their stores."""

    def __init__(self, place: Place) -> None:
        self.all: dict[str, Copy] = {}
        with ExitStack() as opened:
            for name, table in place.job.plan.everywhere.items():
                self.all[name] = Copy(place, table)
                opened.callback(self.all[name].close)
            opened.pop_all()

    @property
    def stores(self) -> Mapping[str, Store]:
        """What tasks read, by name."""
        return {name: copy.store for name, copy in self.all.items()}

    @property
    def arrived(self) -> bool:
        """Whether all were up to date once."""
        return all(copy.arrived for copy in self.all.values())

    @property
    def ready(self) -> bool:
        """Whether all have everything of their topics that this process knows of."""
        for copy in self.all.values():  # noqa: SIM110 - asked for every task in a round
            if not copy.ready:
                return False
        return True
