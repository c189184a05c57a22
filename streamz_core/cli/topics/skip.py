"""`streamz topics skip`: gives up records that cannot be read, so that everybody gets past them."""

from __future__ import annotations

import argparse
import json

from streamz_core.broker.losing import Loss, find_loss, lose
from streamz_core.cli.columns import add_json
from streamz_core.cli.places import open_broker
from streamz_core.cli.times import iso
from streamz_core.cli.verbs.execution import add_execute, told
from streamz_core.cli.words import filled, whole


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `skip` takes."""
    parser.add_argument("topic", type=filled)
    parser.add_argument("partition", type=whole)
    parser.add_argument(
        "offset", type=whole, help="of a record that cannot be read: its whole batch is skipped"
    )
    add_json(parser)
    add_execute(parser)


def execute(given: argparse.Namespace) -> int:
    """Say what is lost by it; lose it with --execute. Misuse where the record can be read."""
    broker, _ = open_broker(given)
    with broker:
        loss = find_loss(broker.backend, given.topic, given.partition, given.offset)
        print(_json(loss) if given.json else _text(loss))
        if given.execution:
            lose(broker.backend, loss)
    place = f"{loss.topic}[{loss.partition}]"
    return told(
        given,
        f"skipped {loss.count} of {place}: every reader goes on at {loss.stop}",
        "restore the file from a copy if there is one; to lose these records for good",
    )


def _json(loss: Loss) -> str:
    told = {
        "topic": loss.topic,
        "partition": loss.partition,
        "from": loss.start,
        "to": loss.stop,
        "records": loss.count,
        "after": loss.after_ms,
        "before": loss.before_ms,
        "cause": loss.why,
        "owner": loss.owner,
        "groups": loss.groups,
    }
    return json.dumps(told, separators=(",", ":"))


def _text(loss: Loss) -> str:
    lines = [
        ("topic", f"{loss.topic}[{loss.partition}]"),
        ("lost", f"{loss.count} records, offsets {loss.start} to {loss.stop - 1}"),
        ("written", _written(loss)),
        ("cause", loss.why),
        *(("group", _group(loss, *one)) for one in sorted(loss.groups.items())),
    ]
    if loss.owner:
        lines.append(("app", _consequence(loss)))
    return "\n".join(f"{name:<10} {text}" for name, text in lines if text)


def _written(loss: Loss) -> str:
    """By the timestamps of the records beside: those that are lost cannot tell theirs."""
    beside = [iso(at) for at in (loss.after_ms, loss.before_ms) if at is not None]
    if len(beside) == 2:
        return f"between records of {beside[0]} and {beside[1]}"
    where = "after" if loss.after_ms is not None else "before"
    return f"{where} a record of {beside[0]}" if beside else ""


def _group(loss: Loss, name: str, at: int) -> str:
    if at < loss.start:
        return f"{name} stands at {at}, and will go from {loss.start} to {loss.stop}"
    return f"{name} stands at {at}, and goes on at {loss.stop}"


def _consequence(loss: Loss) -> str:
    return (
        f"{loss.owner} keeps its own records in this topic: what it computes from them will lack these; "
        f"`streamz reset` of {loss.owner} computes everything anew"
    )
