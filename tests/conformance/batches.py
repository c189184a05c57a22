"""The inputs of a case in the largest batches that a task takes in the recorded order."""

from __future__ import annotations

from tests.conformance.cases import Case, Spec
from tests.conformance.shape import hops


def batches(case: Case) -> list[list[Spec]]:
    """All inputs in order, cut where appending them together could change what is taken next.

    A task takes the lowest timestamp among the first records of its topics, so records of several
    topics stay together only while that is the recorded order beyond doubt. Wall-clock advances
    stand alone; so does every input of a case that repartitions, as its internal records mix with
    the inputs behind them. So does every input of a case with a global table: a record sees all of the
    table's topic that is there.
    """
    together: list[list[Spec]] = []
    alone = bool(hops(case)) or any(node["op"] == "global_table" for node in case.nodes)
    for entry in case.inputs:
        if not alone and together and _may_join(together[-1], entry, extracted=_extracts(case)):
            together[-1].append(entry)
        else:
            together.append([entry])
    return together


def _may_join(batch: list[Spec], entry: Spec, *, extracted: bool) -> bool:
    """Whether every record of the batch is taken before `entry`, and those in the batch's order."""
    if "topic" not in entry or "topic" not in batch[-1]:
        return False
    behind_its_own = 0
    for index, record in enumerate(batch):
        if record["topic"] == entry["topic"]:
            behind_its_own = index + 1
    ahead = batch[behind_its_own:]
    return not ahead or (not extracted and all(record["ts"] < entry["ts"] for record in ahead))


def _extracts(case: Case) -> bool:
    return any("extractor" in node for node in case.nodes)
