"""A real Kafka broker for as long as a `with` block: one node, on a free port of 127.0.0.1.

Needs Java 17 or newer on the PATH, and its jars (jars.py).
"""

from __future__ import annotations

import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.interop.jars import fetched, program

CLUSTER = "c3RyZWFtei1jb3JlLXRlc3Q"  # 22 characters, as Kafka writes a UUID
PATIENCE = 120
"""So many tries of half a second until the broker has to answer."""

LOGGING = """\
appender.out.type = Console
appender.out.name = OUT
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %-5p %c{1} - %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = OUT
"""

# What differs from Kafka's own settings, and why.
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # One node: every internal topic has one replica, and few partitions, for a quick first use.
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 4,
    "auto.create.topics.enable": "false",
    "log.retention.ms": -1,  # tests use old event times
    "log.cleaner.backoff.ms": 200,  # compaction begins at once
    "log.cleaner.dedupe.buffer.size": 32 << 20,
    "log.segment.delete.delay.ms": 1000,
    # A group moves within a moment.
    "group.initial.rebalance.delay.ms": 0,
    "group.consumer.min.heartbeat.interval.ms": 100,
    "group.consumer.heartbeat.interval.ms": 200,
    "group.consumer.min.session.timeout.ms": 500,
    "group.consumer.session.timeout.ms": 2000,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000,
}


@contextmanager
def running() -> Iterator[str]:
    """Its address, "127.0.0.1:PORT"; RuntimeError with the end of its log if it does not come up."""
    jars = fetched()
    with tempfile.TemporaryDirectory(prefix="streamz-kafka-") as folder:
        process, address = started(Path(folder), jars)
        try:
            wait_for(process, address, Path(folder) / "broker.log")
            yield address
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()


def started(folder: Path, jars: Path) -> tuple[subprocess.Popen[bytes], str]:
    port, controller = free_port(), free_port()
    address = f"127.0.0.1:{port}"
    settings = SETTINGS | {
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"PLAINTEXT://{address},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://{address}",
        "log.dirs": folder / "data",
    }
    properties = folder / "server.properties"
    properties.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    logging = folder / "log4j2.properties"
    logging.write_text(LOGGING)
    java = [
        program("java"),
        "-Xmx768m",
        f"-Dlog4j2.configurationFile={logging}",
        "-cp",
        f"{jars}/*",
    ]
    with (folder / "broker.log").open("ab") as log:
        tell = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
        form = ["kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", properties]
        subprocess.run([*java, *form], check=True, **tell)
        return subprocess.Popen([*java, "kafka.Kafka", properties], cwd=folder, **tell), address


def wait_for(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    asking = AdminClient({"bootstrap.servers": address, "log_level": 0, "logger": None})
    for _ in range(PATIENCE):
        with suppress(KafkaException):
            if asking.list_topics(timeout=0.5).brokers:
                return
        if process.poll() is not None:
            break
    told = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise RuntimeError(f"the broker does not answer (exit {process.poll()}); its log ends:\n{told}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
