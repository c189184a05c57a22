"""What a case is made of: the kind of each node, what it needs to be built, where it repartitions."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance.cases import Case, Spec

OVERLOADED = frozenset({"filter", "filter_not", "map_values", "group_by", "join", "merge"})
"""Ops that mean another method for another kind of parent."""

OPTIONS = (
    "emit",
    "max_records",
    "grace",
    "extractor",
    "retention",
    "subtract",
    "merge",
)
"""Fields that ask for more than the op alone."""

AGGREGATES = frozenset({"count", "reduce", "aggregate", "cogroup"})
TABLES = AGGREGATES | {"table", "to_table", "suppress", "fk_join", "transform_values"}
REKEYING = frozenset({"select_key", "map", "flat_map", "process", "group_by"})
KEYED = AGGREGATES | {"join", "to_table"}
"""Ops in front of which a re-keyed stream is repartitioned."""


def parents(node: Spec) -> list[str]:
    """Ids of the nodes that feed this one, in order."""
    if node["op"] == "cogroup":
        return [entry["of"] for entry in node["inputs"]]
    of = node.get("of", [])
    return list(of) if isinstance(of, list) else [of]


def results(node: Spec) -> list[str]:
    """The ids by which later nodes name what this one puts out."""
    if node["op"] == "split":
        given = [branch["id"] for branch in node["branches"]]
        return [*given, node["default"]] if "default" in node else given
    return [node["id"]] if "id" in node else []


def kinds(case: Case) -> dict[str, str]:
    """What each id names: "stream", "table", "global", "grouped", "grouped table", "windowed"."""
    found: dict[str, str] = {}
    for node in case.nodes:
        found.update(dict.fromkeys(results(node), _kind(node, found)))
    return found


def _kind(node: Spec, found: dict[str, str]) -> str:
    op, of = node["op"], [found[parent] for parent in parents(node)]
    if op in TABLES:
        return "table"
    if op == "global_table":
        return "global"
    if op in ("group_by", "group_by_key"):
        return "grouped table" if of == ["table"] else "grouped"
    if op == "window":
        return "windowed"
    return of[0] if op in OVERLOADED else "stream"


def needs(case: Case) -> frozenset[str]:
    """The capabilities without which the case cannot pass, in the words of `supported.py`."""
    return frozenset([*_needs_beside_nodes(case), *_needs_of_nodes(case)])


def _needs_beside_nodes(case: Case) -> Iterator[str]:
    yield from (f"query {query['kind']}" for query in case.queries)
    if case.config.get("max_task_idle_ms"):
        yield "max_task_idle_ms"


def _needs_of_nodes(case: Case) -> Iterator[str]:
    kind = kinds(case)
    for node in case.nodes:
        op = node["op"]
        of = [kind[parent] for parent in parents(node)]
        yield " ".join([op, "of", *of]) if op in OVERLOADED else op
        if op == "window":
            yield f"window {node['window']['type']}"
        if op in ("process", "process_values"):
            yield f"processor {node['fn'][0]}"
        if "versioned" in node:
            yield "versioned"
        yield from (f"{op} with {option}" for option in OPTIONS if option in node)


def hops(case: Case) -> list[str]:
    """Ids of the nodes in front of which records are repartitioned."""
    kind = kinds(case)
    rekeyed: set[str] = set()
    found: list[str] = []
    for node in case.nodes:
        op, of = node["op"], parents(node)
        changed = any(parent in rekeyed for parent in of)
        fed_by = [kind[parent] for parent in of]
        by_itself = op in ("repartition", "fk_join") or "grouped table" in fed_by
        if by_itself or (changed and op in KEYED and "global" not in fed_by):
            found.append(node["id"])
        elif changed or op in REKEYING or (op == "to_stream" and "key_fn" in node):
            rekeyed.update(results(node))
    return found


TIMED = ("window", "grace", "emit", "retention", "versioned", "extractor")
"""Fields of nodes whose results follow from the times of other records too."""

TIMED_PROCESSORS = frozenset(
    {
        "times",
        "meta",
        "put_and_range",
        "total_every",
        "flush_every",
        "anchored_every",
        "fail_every",
    }
)
"""Those that see the time or the place of a task, or all keys of its store."""


def timed(case: Case) -> bool:
    """Whether what comes of a record follows from the times of records of other keys, or from its place."""
    for node in case.nodes:
        if node["op"] == "suppress" or any(part in node for part in TIMED):
            return True
        if node["op"].startswith("process") and node["fn"][0] in TIMED_PROCESSORS:
            return True
    return bool(case.config.get("max_task_idle_ms"))


def partitioned(case: Case) -> bool:
    """Whether the results are the same in several partitions: all of one key, where nothing gives it another;
    else those in which no time counts, no place, and not the order in which records of several keys come to one.
    """
    keys = {entry["key"] for entry in case.inputs if "topic" in entry}
    if case.error_expected is not None:
        return False
    if len(keys) == 1 and None not in keys and not hops(case):
        return not case.config.get("max_task_idle_ms") and not _placed(case)
    return not timed(case) and not _hops_behind_hops(case)


def _hops_behind_hops(case: Case) -> bool:
    """Whether records are repartitioned that were before: two of one cause, then, in any order."""
    found, behind = set(hops(case)), set()
    for node in case.nodes:
        if behind & set(parents(node)):
            if node.get("id") in found:
                return True
            behind.update(results(node))
        elif node.get("id") in found:
            behind.add(node["id"])
    return False


def _placed(case: Case) -> bool:
    """Whether a processor tells where a record lay."""
    return any(node.get("fn", [""])[0] == "meta" for node in case.nodes)
