"""What `streamz run` says before it starts: what will run, where, and what that promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streamz_core.env.door import Env
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.records.state import Topic
from streamz_core.runtime.job import Job, prepare_topics

PROMISES = {
    "power": "no acknowledged commit is lost, by a power cut neither",
    "process": "killed processes lose nothing; a power cut may roll back the last second as a whole",
}


def banner(job: Job, env: Env, home: str, workers: int) -> str:
    """One screen. The topics that are missing are made by this, before the first worker wants them."""
    limits = Limits(free_bytes=job.config.log_free_bytes, commit_bytes=job.config.log_commit_bytes)
    log = Log.open(env, f"{home}/log", level_if_new=job.config.durability, limits=limits)
    try:
        before = set(log.state.names)
        tasks = sum(prepare_topics(job, log).tasks.values())
        topics = log.state.names
        made = sorted(set(topics) - before)
        level, commit = log.identity.level, log.state.lsn
    finally:
        log.close()
    reads, writes = _outside(job)
    lines = {
        "app": job.name,
        "guarantee": f"exactly once; durability {level}: {PROMISES[level]}",
        "reads": _list(topics, reads),
        "writes": _list(topics, writes),
        "stores": ", ".join(sorted(job.plan.stores)) or "none",
        "home": home,
        "log": f"{home}/log at commit {commit}",
        "workers": f"{workers} for {tasks} tasks",
        "created": _list(topics, made) if made else "",
    }
    said = [(name, text) for name, text in lines.items() if text]
    said += [("note", note) for note in job.graph.notes]
    return "\n".join(f"{name:<10} {text}" for name, text in said)


def _outside(job: Job) -> tuple[list[str], list[str]]:
    """(topics read, topics written), without those between the app's own steps."""
    hops = {hop.topic for hop in job.plan.hops}
    reads = {one.topic for sub in job.plan.subs for one in sub.inputs if one.hop is None}
    writes = {topic for sub in job.plan.subs for topic in sub.outputs} - hops
    return sorted(reads), sorted(writes)


def _list(topics: Mapping[str, Topic], names: Iterable[str]) -> str:
    return ", ".join(f"{name}[{topics[name].partitions}]" for name in names) or "none"
