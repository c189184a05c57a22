"""What users test with: the driver behind `app.test()`, its topics, a context, promises of topics, and the simulator."""

from streamz_core.testing.context import MockContext
from streamz_core.testing.driver import AppTest
from streamz_core.testing.promises.check import PROMISES, check_broker
from streamz_core.testing.promises.clients import Clients, LocalClients
from streamz_core.testing.promises.promise import Promise
from streamz_core.testing.topics import InputTopic, OutputTopic

__all__ = [
    "PROMISES",
    "AppTest",
    "Clients",
    "InputTopic",
    "LocalClients",
    "MockContext",
    "OutputTopic",
    "Promise",
    "check_broker",
]
