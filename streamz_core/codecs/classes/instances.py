"""How instances of slotted classes are made without their constructor, where it only fills slots."""

from __future__ import annotations

import dataclasses
from abc import ABCMeta
from functools import cache
from typing import Any, Generic

import attrs

_METACLASSES = (type, ABCMeta)  # those that do not mind another subclass
_HOOKS = ("__attrs_pre_init__", "__attrs_post_init__", "__attrs_init__", "_attrs_cached_hash")


@cache
def blank_of(cls: type) -> type | None:
    """A class whose instances are to be filled by assignment and then to become ones of `cls`.

    None if the constructor of `cls`, made by attrs or by dataclasses, does more than to fill slots:
    validators, converters, `__post_init__` and the like are never gone around.
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
    """Whether attrs or dataclasses made the instances of a class refuse assignment."""
    setter = getattr(cls, "__setattr__", None)
    if "__attrs_attrs__" in vars(cls):
        return getattr(setter, "__name__", "") == "_frozen_setattrs"
    parameters: Any = getattr(cls, "__dataclass_params__", None)
    return parameters is not None and bool(parameters.frozen)


def _only_fills_slots(cls: type) -> bool:
    is_attrs = "__attrs_attrs__" in vars(cls)
    if not (_attrs_fills_slots(cls) if is_attrs else _dataclass_fills_slots(cls)):
        return False
    fields = attrs.fields(cls) if is_attrs else dataclasses.fields(cls)
    slots = [getattr(cls, field.name, None) for field in fields]
    return is_frozen(cls) or _sets_plainly(cls) if all(map(_is_slot, slots)) else False


def _attrs_fills_slots(cls: type) -> bool:
    fields = attrs.fields(cls)
    return (
        all(f.validator is None and f.converter is None for f in fields)
        and not any(hasattr(cls, hook) for hook in _HOOKS)
        and _made_in(cls, "<attrs generated")
    )


def _dataclass_fills_slots(cls: Any) -> bool:
    pseudo = {field._field_type.name for field in cls.__dataclass_fields__.values()}
    return (
        not hasattr(cls, "__post_init__")
        and "_FIELD_INITVAR" not in pseudo
        and cls.__dataclass_params__.init
        and _made_in(cls, "<string>")
    )


def _is_slot(found: object) -> bool:
    return type(found).__name__ == "member_descriptor"


def _is_plain(cls: type) -> bool:
    """Whether nobody is told of a subclass, and an instance can be made without arguments."""
    return (
        type(cls) in _METACLASSES
        and getattr(cls, "__new__", None) is object.__new__
        and not any(
            "__init_subclass__" in vars(base) for base in cls.__mro__[:-1] if base is not Generic
        )
    )


def _made_in(cls: type, place: str) -> bool:
    code = getattr(getattr(cls, "__init__", None), "__code__", None)
    return code is not None and code.co_filename.startswith(place)


def _sets_plainly(cls: type) -> bool:
    own: object = cls.__setattr__
    return own is object.__setattr__ or getattr(cls, "__attrs_own_setattr__", False)
