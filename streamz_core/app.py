"""App: the one room that knows both how an app is written and how it is run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from streamz_core.codecs.codec import Codec
from streamz_core.config import Config, make_config
from streamz_core.dsl.builder import Builder
from streamz_core.env.paths import AnyPath, absolute, path_of
from streamz_core.errors import Misuse, Unsupported

# What runs an app is loaded when one is run: writing and importing one stays cheap.
if TYPE_CHECKING:
    import re
    from datetime import timedelta

    from streamz_core.broker.admin import Admin
    from streamz_core.broker.backend import Backend
    from streamz_core.broker.consumer import Consumer
    from streamz_core.broker.embedded import Broker
    from streamz_core.broker.producer import Producer
    from streamz_core.broker.receiving.listening import Told
    from streamz_core.env.door import Env
    from streamz_core.runtime.job import Job

UNTIL = ("end", None)


class App(Builder):
    """A stream processor: what it computes (see the methods), and how to run it.

    Making one, and importing the module it stands in, starts nothing: no thread, no socket, no
    directory.
    """

    test_loader: ClassVar[Callable[..., Any] | None] = None
    _importer: ClassVar[str] = ""  # who imports an app's module now, to run or to ask it himself

    def __init__(
        self,
        name: str,
        *,
        home: AnyPath | None = None,
        broker: str | None = None,
        **settings: Any,
    ) -> None:
        """`name` is the group id and the prefix of internal topics.

        `home`: where log and state lie; else $STREAMZ_HOME, else `.streamz` beside the module that
        makes the app. Settings by Kafka's names in snake_case; an unknown one is Misuse, and so is what no
        path can be.
        """
        super().__init__(name)
        if broker is not None:
            raise Unsupported(
                f"broker={broker!r}: this version runs on the embedded log only; leave broker out"
            )
        make_config(settings)  # wrong settings are told where they stand
        self._settings = settings
        self._home = None if home is None else path_of("home", home)
        self._module_file: str | None = sys._getframe(1).f_globals.get("__file__")

    def config(self, overrides: dict[str, Any] | None = None, env: Env | None = None) -> Config:
        """The settings: default < App(...) < environment < `overrides`."""
        environ = (env or machine()).environ()
        return make_config(self._settings, environ, overrides)

    def home(self, env: Env | None = None) -> str:
        """The absolute path of the home directory; Misuse if there is none to be found."""
        where = self._home or (env or machine()).environ().get("STREAMZ_HOME")
        if where:
            return absolute(where)
        if self._module_file is None:
            raise Misuse(
                f"app {self.name!r} stands in no file, so it has no default home; give home=... or set "
                "STREAMZ_HOME"
            )
        return absolute(self._module_file).rpartition("/")[0] + "/.streamz"

    def job(self, overrides: dict[str, Any] | None = None, env: Env | None = None) -> Job:
        """The app as it can be run and asked; TopologyError says what is wrong with its plan."""
        from streamz_core.runtime.job import make_job
        from streamz_core.runtime.schemas import check_shared

        graph = self.build()
        check_shared(graph)
        return make_job(graph, self.config(overrides, env))

    def broker(self, *, create: bool = True) -> Broker:
        """The app's log, open for producers and consumers."""
        from streamz_core.broker.embedded import Broker

        env = machine()
        return Broker(env, self.home(env), self.config(env=env), create=create)

    def admin(self) -> Admin:
        """What makes, describes, alters and deletes topics of the app's log, and moves groups; on a broker of its own."""
        from streamz_core.broker.admin import Admin

        return Admin(self.broker(), owns_broker=True)

    def producer(  # noqa: PLR0913 - options are keywords
        self,
        topic: str,
        *,
        key: Any = None,
        value: Any = None,
        linger_ms: float = 5,
        batch_bytes: int = 1 << 20,
        buffer_bytes: int = 8 << 20,
        max_block_ms: float = 60_000,
        partitioner: Any = "crc32",
        id: str | None = None,
    ) -> Producer[Any, Any]:
        """A producer, on a broker of its own, that writes each topic with the codecs the app has for it: bytes
        where it names the topic without types, and a topic that it does not name as it was written so far,
        as bytes if nobody told. `key=` and `value=`, types or codecs, come first, and are for `topic` alone. It
        is made if it is missing, and so is another topic of the app at the first record for it. Misuse for
        types that are not those the app has for the topic, or that have no codec; by `send` for other ones
        than those of the topic. The other options are those of Producer: it writes after `linger_ms`, or as soon
        as `batch_bytes` wait; where `buffer_bytes` do, `send` waits, for `max_block_ms` at most; `partitioner`
        is "crc32", "murmur2" or a function. `id` makes it the one producer of that name, of which what is sent
        again under the same `sequence` is not written twice."""
        from streamz_core.broker.producer import Producer
        from streamz_core.codecs.plain import BYTES
        from streamz_core.runtime.schemas import check_said
        from streamz_core.runtime.topics import codecs_to_write, make_topic

        if not isinstance(topic, str):
            raise TypeError(f"a topic is named by text, not by {topic!r:.80}")
        graph, partitions = self.build(), self.config().topic_partitions
        said = _said_codecs(key, value)
        check_said(graph, topic, said.get("key", BYTES), said.get("value", BYTES))

        def codecs(backend: Backend, name: str) -> tuple[Any, Any]:
            make_topic(graph, name, partitions, backend)
            return codecs_to_write(graph, name, said if name == topic else {}, backend)

        broker = self.broker()
        try:
            first = codecs(broker.backend, topic)
            return Producer(
                broker,
                key=first[0],
                value=first[1],
                codecs=codecs,
                app="" if said else self.name,
                linger_ms=linger_ms,
                batch_bytes=batch_bytes,
                buffer_bytes=buffer_bytes,
                max_block_ms=max_block_ms,
                partitioner=partitioner,
                id=id,
                owns_broker=True,
            )
        except BaseException:
            broker.close()
            raise

    def consumer(  # noqa: PLR0913 - options are keywords
        self,
        topic: str | Sequence[str | tuple[str, int]] | re.Pattern[str],
        *,
        key: Any = None,
        value: Any = None,
        group: str | None = None,
        start: str | timedelta = "earliest",
        on_out_of_range: str = "error",
        commit: str = "manual",
        auto_commit_interval_ms: int = 5000,
        member: str | None = None,
        session_timeout_ms: int = 45_000,
        max_poll_interval_ms: int = 300_000,
        on_assigned: Told | None = None,
        on_revoked: Told | None = None,
        on_lost: Told | None = None,
    ) -> Consumer[Any, Any]:
        """A consumer with the codecs the app has for `topic`, on a broker of its own. A topic that the
        app does not name is read by its schemas: classes as dicts by name. `key=` and `value=`, types or
        codecs, come first. `topic`: also a list of topics, or of (topic, partition), or a pattern, of one type. Misuse for types
        that are not those of the topic, or that have no codec, and for the app's own name as `group`: where its workers
        stand is for them to say. The other options are those of Consumer."""
        from streamz_core.broker.consumer import Consumer
        from streamz_core.broker.receiving.topics import Topics

        if group == self.name:
            raise Misuse(
                f"group={group!r} is the app's own: a commit of this consumer would move the workers past "
                f"records that they did not process; say another one, such as group='{self.name}-reader'"
            )
        broker = self.broker()
        try:
            wanted = [topic] if isinstance(topic, str) else topic
            names = dict.fromkeys(name for name, _ in Topics(broker.backend, wanted).partitions())
            codecs = self._codecs(broker, list(names), _said_codecs(key, value))
            return Consumer(
                broker,
                wanted,
                key=codecs["key"],
                value=codecs["value"],
                group=group,
                start=start,
                on_out_of_range=on_out_of_range,
                commit=commit,
                auto_commit_interval_ms=auto_commit_interval_ms,
                member=member,
                session_timeout_ms=session_timeout_ms,
                max_poll_interval_ms=max_poll_interval_ms,
                on_assigned=on_assigned,
                on_revoked=on_revoked,
                on_lost=on_lost,
                owns_broker=True,
            )
        except BaseException:
            broker.close()
            raise

    def _codecs(
        self, broker: Broker, topics: Sequence[str], said: dict[str, Codec[Any]]
    ) -> dict[str, Codec[Any]]:
        """By which these are read, all by the same; Misuse."""
        from streamz_core.broker.schemas import described_codecs
        from streamz_core.runtime.topics import topic_codecs

        if len(said) == 2:
            return said
        graph = self.build()
        found = [
            topic_codecs(graph, one) or described_codecs(broker.backend, one) for one in topics
        ]
        sides = {
            side: [one[number] for one in found] for number, side in enumerate(("key", "value"))
        }
        for side, codecs in sides.items():
            if side not in said and (not codecs or any(one != codecs[0] for one in codecs)):
                raise Misuse(
                    f"one consumer reads one type of {side}s, and {', '.join(topics) or 'no topic yet'} "
                    f"{'have several' if topics else 'says one'}: say {side}="
                )
        return {side: codecs[0] for side, codecs in sides.items() if side not in said} | said

    def run(self, until: str | None = None, **overrides: Any) -> None:
        """Run in this process, as one worker, for ever or `until="end"`: all input is processed.

        Meanwhile it answers `streamz query`, on a port of 127.0.0.1. TopologyError and Misuse tell what
        is wrong with the app, its settings or its topics; what a function raises comes out, with notes.
        Python's collector looks for cycles more rarely meanwhile (docs/decisions/0025).
        """
        if until not in UNTIL:
            raise Misuse(f"until={until!r}; it can be 'end' or None")
        if App._importer:
            raise Misuse(
                f"app {self.name!r} is run by its own module while that is imported ({App._importer}), which "
                'would never end: write `if __name__ == "__main__":` before app.run()'
            )
        from streamz_core.query.serving import serving

        env = machine()
        job = self.job(overrides, env)
        job.programs.check()
        with serving(job, env, self.home(env), http=True) as worker:
            worker.run(lambda: until == "end" and worker.finished)

    def test(
        self, *, stores: str = "memory", workers: int = 1, partitions: int = 1, **settings: Any
    ) -> Any:
        """The app on a log in memory with a virtual clock, run by `workers` processes there; see streamz_core.testing.

        Topics get `partitions` unless the app says how many; `stores="rocksdb"` keeps state in a temporary directory.
        TopologyError and Misuse tell what is wrong with the app or its settings.
        """
        loader = App.test_loader
        assert loader is not None, "set by the package"
        return loader(self, stores=stores, workers=workers, partitions=partitions, **settings)


def _said_codecs(key: Any, value: Any) -> dict[str, Codec[Any]]:
    """What `key=` and `value=` say, types as their codecs."""
    from streamz_core.codecs.annotation import codec_for, key_codec_for

    found = {"key": (key, key_codec_for), "value": (value, codec_for)}
    return {
        side: said if isinstance(said, Codec) else find(said)
        for side, (said, find) in found.items()
        if said is not None
    }


def machine() -> Env:
    """This process's door to this machine."""
    from streamz_core.env.real import RealEnv

    return RealEnv()
