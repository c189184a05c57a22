"""A state to be packed."""

from tests.log.records.conftest import owned

__all__ = ["owned"]
