"""What a part in a group is: a worker's, which has tasks of its app, and a consumer's, which has partitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol


class Membership(Protocol):
    """A worker's part in its group. Every method may append to the broker, and raise StorageFull."""

    @property
    def member(self) -> bool:
        """Whether the group takes this worker for a member."""
        ...

    def join(self) -> None:
        """Become a member, again if the others took this worker for dead."""
        ...

    def step(self) -> Sequence[str]:
        """Look after the group: propose, claim, bury the dead. The tasks that are to be released."""
        ...

    def beat(self) -> None:
        """Show the others that this worker gets on: after each piece of work that may take long, so that
        none may take longer than `max_poll_interval_ms`. `step` does it too."""
        ...

    @property
    def changes(self) -> int:
        """A number that differs whenever a member, an assignment or an owner changed."""
        ...

    def owned(self) -> Mapping[str, int]:
        """The tasks that are this worker's, with their epochs."""
        ...

    def assigned(self, task: str) -> bool:
        """Whether the task is to be this worker's."""
        ...

    def owners(self) -> AbstractSet[str]:
        """The tasks that are a living member's, whoever it is."""
        ...

    def release(self, task: str) -> None:
        """Say that this worker closed the task."""
        ...

    def widen(self, tasks: Sequence[str], topics: Sequence[str]) -> None:
        """The group has these tasks from now on, and this worker reads these topics."""
        ...

    def leave(self) -> None:
        """Say goodbye: the others take over at once."""
        ...

    def abandon(self) -> None:
        """Show no progress any more, without a word."""
        ...


class Seat(Protocol):
    """A consumer's part in a group that shares partitions, each of which is a task there: "<topic>/<partition>"."""

    @property
    def member(self) -> bool:
        """Whether the group takes this one for a member."""
        ...

    @property
    def settled(self) -> bool:
        """Whether everything is as it is to be, as far as this one is concerned."""
        ...

    @property
    def changes(self) -> int:
        """A number that differs whenever a member, an assignment or an owner changed."""
        ...

    def check(self) -> None:
        """Fenced if another process is the static member of this one's name."""
        ...

    def join(self) -> None:
        """Become a member, again if it was thrown out. Misuse if the group is an app's."""
        ...

    def step(self) -> Sequence[str]:
        """Look after the group, and show that this one gets on. The tasks that are to be given back."""
        ...

    def owned(self) -> Mapping[str, int]:
        """The tasks that are this one's, with their epochs."""
        ...

    def assigned(self, task: str) -> bool:
        """Whether the task is to be this one's."""
        ...

    def give(self, tasks: Sequence[str]) -> None:
        """Give these back."""
        ...

    def where(self, task: str) -> tuple[str, int]:
        """The partition that the task is."""
        ...

    def task(self, where: tuple[str, int]) -> str:
        """What the partition is called among the tasks."""
        ...

    def reads(self, topics: Sequence[str]) -> None:
        """From now on it reads these topics."""
        ...
