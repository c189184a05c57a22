"""Emitters of a split and its branches."""

from __future__ import annotations

from collections.abc import Mapping

from streamz_core.lines.calls import call
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.topology.nodes import Branch, Node, Split


def split(lines: Lines, node: Split, _port: int, flow: Flow) -> None:
    """Kafka: KStreamBranch; the first branch whose test is true is the only child that gets it."""
    arms = sorted(lines.branches(node), key=lambda arm: arm.fn is None)
    if flow.value.mutable and len(arms) > 1:
        _by_values_of_their_own(lines, arms, flow)
        return
    # Tests stand in one if-chain: what they look at must be there before it begins.
    tests = [
        call(lines, arm.fn, flow, flow.value.obj(lines)) if arm.fn is not None else ""
        for arm in arms
    ]
    for at, (arm, test) in enumerate(zip(arms, tests, strict=True)):
        if not test and at == 0:
            lines.forward(flow.copy(), to=arm)
            continue
        word = "if" if at == 0 else "elif"
        with lines.block(f"{word} {test}:" if test else "else:", flow) as taken:
            lines.forward(taken, to=arm)


def _by_values_of_their_own(lines: Lines, arms: list[Branch], flow: Flow) -> None:
    """No branch sees what the test of another one did to the value in place."""
    others = flow.apart(lines)
    waiting = lines.fresh("waiting")
    lines.add(f"{waiting} = True")
    for at, arm in enumerate(arms):
        with lines.block(f"if {waiting}:", others if at else flow) as own:
            if arm.fn is None:
                lines.forward(own, to=arm)
                continue
            with lines.block(
                f"if {call(lines, arm.fn, own, own.value.lent(lines))}:", own
            ) as taken:
                lines.add(f"{waiting} = False")
                lines.forward(taken, to=arm)


def branch(lines: Lines, _: Branch, _port: int, flow: Flow) -> None:
    """One arm of its split, which has made the test."""
    lines.forward(flow)


EMITTERS: Mapping[type[Node], Emitter] = {Split: split, Branch: branch}
