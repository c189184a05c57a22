"""What `streamz run` says before it starts: what will run, where, and what that promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streamz_core.broker.embedded import open_backend
from streamz_core.coordination.agreeing import OUTLINE, PROCESS
from streamz_core.env.door import Env
from streamz_core.runtime.job import Job, look_at_fellows, outline
from streamz_core.runtime.patterns import matched
from streamz_core.runtime.topics import planned_topics
from streamz_core.topology.patterns import patterned

PROMISES = {
    "power": "no acknowledged commit is lost, by a power cut neither",
    "process": "killed processes lose nothing; a power cut may roll back the last second as a whole",
}


def banner(job: Job, env: Env, home: str, workers: int) -> str:
    """One screen. The topics that are missing are made by the first worker. Misuse if another program runs
    under the app's name.
    """
    backend = open_backend(env, home, job.config)
    try:
        info = {PROCESS: env.pid(), OUTLINE: outline(job.plan)}
        look_at_fellows(backend, job.name, info)
        job = matched(job, backend)
        planned = planned_topics(job, backend)
        level, commit = backend.durability, backend.mark.number
    finally:
        backend.close()
    made = sorted(one.name for one in planned.missing)
    reads, writes = _outside(job)
    patterns = [
        f"topics that match {one.pattern.pattern}" for one in patterned(job.declared) if one.pattern
    ]
    lines = {
        "app": job.name,
        "guarantee": f"exactly once; durability {level}: {PROMISES[level]}",
        "reads": _list(planned.partitions, reads, *patterns),
        "writes": _list(planned.partitions, writes),
        "stores": ", ".join(job.plan.readable) or "none",
        "home": home,
        "log": f"{home}/log at commit {commit}",
        "workers": f"{workers} for {sum(planned.tasks.values())} tasks",
        "creates": _list(planned.partitions, made) if made else "",
    }
    said = [(name, text) for name, text in lines.items() if text]
    said += [("note", note) for note in job.graph.notes]
    return "\n".join(f"{name:<10} {text}" for name, text in said)


def _outside(job: Job) -> tuple[list[str], list[str]]:
    """(topics read, topics written), without those between the app's own steps."""
    hops = {hop.topic for hop in job.plan.hops}
    reads = {one.topic for sub in job.plan.subs for one in sub.inputs if one.hop is None}
    reads |= {table.topic.name for table in job.plan.everywhere.values()}
    writes = {topic for sub in job.plan.subs for topic in sub.outputs} - hops
    return sorted(reads), sorted(writes)


def _list(partitions: Mapping[str, int], names: Iterable[str], *more: str) -> str:
    return ", ".join((*(f"{name}[{partitions[name]}]" for name in names), *more)) or "none"
