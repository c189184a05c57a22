"""What steps are called: names of functions and of topics, never a counter or an order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from streamz_core.dsl.declared.drafts import Draft, Drafts
from streamz_core.errors import TopologyError


@frozen
class Name:
    """`identity`: the user chose it. False: it was made up for display, `<parent>.<op>`."""

    text: str
    identity: bool


def settle_names(drafts: Drafts, stores: Mapping[str, object]) -> dict[Draft[Any], Name]:
    """A name for every step; TopologyError where two things of the app would have the same."""
    owners: dict[str, Draft[Any]] = {}
    shared: set[str] = set()
    for draft in drafts.all:
        if draft.name is None:
            continue
        if draft.name in stores:
            raise TopologyError(
                f"{place(draft)} and a declared store are both named {draft.name!r}; "
                "rename one of them"
            )
        other = owners.setdefault(draft.name, draft)
        if _reuses(draft, other):
            shared.add(draft.name)
        elif other is not draft:
            raise TopologyError(
                f"{place(other)} and {place(draft)} are both named {draft.name!r}; "
                "rename one of the functions, or say name=... on one of the steps"
            )
    _check_groupings(drafts, owners)
    return _given(drafts.all, shared)


def _given(drafts: Iterable[Draft[Any]], shared: set[str]) -> dict[Draft[Any], Name]:
    names: dict[Draft[Any], Name] = {}
    for draft in drafts:
        if draft.name is None or draft.name in shared:
            names[draft] = Name(f"{names[draft.parents[0]].text}.{draft.op.name}", identity=False)
        else:
            names[draft] = Name(draft.name, identity=True)
    return names


def _reuses(draft: Draft[Any], other: Draft[Any]) -> bool:
    """One function in several steps that store nothing: its name then stands for none of them."""
    return (
        draft is not other
        and draft.fn is not None
        and other.fn is not None
        and draft.fn.call is other.fn.call
        and draft.name == draft.fn.name
        and not any(each.keeps for each in (draft, other))
    )


def _check_groupings(drafts: Drafts, owners: Mapping[str, Draft[Any]]) -> None:
    """A grouping names a repartition topic, which steps of that name would name too.

    Only its own aggregate may share its name: the topic is then theirs in either case.
    """
    seen: dict[str, str] = {}
    for name, where in drafts.groupings:
        if seen.setdefault(name, where) is not where:
            raise TopologyError(
                f"the groupings {seen[name]} and {where} are both named {name!r}; rename one of "
                "them, or group once and hang both aggregates on it"
            )
        other = owners.get(name)
        if other is not None and other.said.group != name:
            raise TopologyError(
                f"the grouping {where} and {place(other)} are both named {name!r}; "
                "rename one of them"
            )


def place(draft: Draft[Any]) -> str:
    """Where a step stands, whatever it is called."""
    if not draft.parents:
        return f"app.{draft.op.name}({draft.name!r})"
    return f"{draft.parents[0].shown}.{draft.op.name}"
