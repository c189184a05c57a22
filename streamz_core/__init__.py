"""Kafka Streams for Python: the public face."""

from typing import Any

from streamz_core.app import App
from streamz_core.codecs.classes.upgrades import upgrades
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.json.of import json_of
from streamz_core.codecs.kafka.serdes import Serdes
from streamz_core.dsl.by_hand import Topology
from streamz_core.dsl.declared.expiring import expiring
from streamz_core.dsl.declared.steps.suppressions import (
    Suppression,
    until_time_limit,
    until_window_closes,
)
from streamz_core.dsl.declared.topics import Store, Topic, memory
from streamz_core.dsl.declared.versions import versioned
from streamz_core.dsl.declared.windows import (
    hopping,
    session,
    sliding,
    tumbling,
    unlimited,
    windowed,
)
from streamz_core.dsl.faces.global_table import GlobalTable
from streamz_core.dsl.faces.stream import Stream
from streamz_core.dsl.faces.table import Table
from streamz_core.errors import (
    CodecError,
    Corrupt,
    Fenced,
    ForeignLog,
    Misuse,
    NotReady,
    OffsetOutOfRange,
    Poisoned,
    Retriable,
    StorageFull,
    StreamzError,
    TooLarge,
    TopologyError,
    UnknownTopic,
    Unsupported,
)
from streamz_core.operators.processors.context import Context
from streamz_core.operators.processors.processor import Processor, ProcessorContext, Punctuation
from streamz_core.record import Headers, Record, VersionedRecord, Windowed
from streamz_core.stores.faces import SessionStore, Stamped, WindowStore
from streamz_core.stores.versioned.facade import Versions

__version__ = "0.1.0"
__all__ = [
    "App",
    "Codec",
    "CodecError",
    "Context",
    "Corrupt",
    "Fenced",
    "ForeignLog",
    "GlobalTable",
    "Headers",
    "Misuse",
    "NotReady",
    "OffsetOutOfRange",
    "Poisoned",
    "Processor",
    "ProcessorContext",
    "Punctuation",
    "Record",
    "Retriable",
    "Serdes",
    "SessionStore",
    "Stamped",
    "StorageFull",
    "Store",
    "Stream",
    "StreamzError",
    "Suppression",
    "Table",
    "TooLarge",
    "Topic",
    "Topology",
    "TopologyError",
    "UnknownTopic",
    "Unsupported",
    "VersionedRecord",
    "Versions",
    "WindowStore",
    "Windowed",
    "expiring",
    "hopping",
    "json_of",
    "memory",
    "session",
    "sliding",
    "tumbling",
    "unlimited",
    "until_time_limit",
    "until_window_closes",
    "upgrades",
    "versioned",
    "windowed",
]


def _load_test(app: App, **options: Any) -> Any:
    """`app.test()`: what it needs is loaded by the first test, not by the import."""
    from streamz_core.testing import AppTest

    return AppTest(app, **options)


App.test_loader = staticmethod(_load_test)
