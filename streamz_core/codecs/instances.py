"""How instances of attrs classes are made without their constructor, where it does nothing more."""

from __future__ import annotations

from abc import ABCMeta
from functools import cache
from typing import Any

import attrs

_METACLASSES = (type, ABCMeta)  # those that do not mind another subclass
_HOOKS = ("__attrs_pre_init__", "__attrs_post_init__", "__attrs_init__", "_attrs_cached_hash")


@cache
def blank_of(cls: type) -> type | None:
    """A class whose instances are to be filled by assignment and then to become ones of `cls`.

    None if the constructor of `cls` does more than to fill slots with its arguments: validators,
    converters, `__attrs_post_init__` and the like are never gone around.
    """
    if not _only_fills_slots(cls) or not _is_plain(cls):
        return None
    # An assignment to a slot of a class that allows it, and then to `__class__`, takes a fraction of
    # what it takes to get around the `__setattr__` of a frozen class slot by slot. Both methods,
    # because they share a place in the type: one written in Python would slow down the other.
    blank = type(cls)(
        f"{cls.__name__} being filled",
        (cls,),
        {
            "__slots__": (),
            "__init__": object.__init__,
            "__setattr__": object.__setattr__,
            "__delattr__": object.__delattr__,
        },
    )
    made: Any = blank()
    made.__class__ = cls
    assert type(made) is cls, "a subclass without slots of its own has the same layout"
    return blank


def is_frozen(cls: type) -> bool:
    """Whether attrs made the instances of a class refuse assignment."""
    return getattr(getattr(cls, "__setattr__", None), "__name__", "") == "_frozen_setattrs"


def _only_fills_slots(cls: type) -> bool:
    fields = attrs.fields(cls)
    if any(not f.init or f.validator is not None or f.converter is not None for f in fields):
        return False
    slots = [getattr(cls, field.name, None) for field in fields]
    return (
        not any(hasattr(cls, hook) for hook in _HOOKS)
        and _init_is_of_attrs(cls)
        and (is_frozen(cls) or _sets_plainly(cls))
        and all(type(slot).__name__ == "member_descriptor" for slot in slots)
    )


def _is_plain(cls: type) -> bool:
    """Whether nobody is told of a subclass, and an instance can be made without arguments."""
    return (
        type(cls) in _METACLASSES
        and getattr(cls, "__new__", None) is object.__new__
        and not any("__init_subclass__" in vars(base) for base in cls.__mro__[:-1])
    )


def _init_is_of_attrs(cls: type) -> bool:
    code = getattr(getattr(cls, "__init__", None), "__code__", None)
    return code is not None and code.co_filename.startswith("<attrs generated")


def _sets_plainly(cls: type) -> bool:
    own: object = cls.__setattr__
    return own is object.__setattr__ or getattr(cls, "__attrs_own_setattr__", False)
