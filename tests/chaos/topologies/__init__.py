"""`chaos topologies`: random topologies on random records, held against the slow interpreter of `tests/interpreter`."""

from tests.chaos.topologies.command import main

__all__ = ["main"]
