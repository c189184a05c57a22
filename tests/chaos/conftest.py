"""Whatever a battery makes small in the process of the tests is large again behind it."""

import pytest

from streamz_core.broker import embedded
from streamz_core.log.upkeep import retaining
from streamz_core.runtime.beside import janitor


@pytest.fixture(autouse=True)
def large_again(monkeypatch):
    """Limits and times of the tests behind it are as they were: see tests/chaos/kill/roles.py."""
    for module, name in ((embedded, "Limits"), (janitor, "TURN_S"), (retaining, "PURGE_S")):
        monkeypatch.setattr(module, name, getattr(module, name))
