"""What users test with: the driver behind `app.test()`, its topics, a context, and the simulator."""

from streamz_core.testing.context import MockContext
from streamz_core.testing.driver import AppTest
from streamz_core.testing.topics import InputTopic, OutputTopic

__all__ = ["AppTest", "InputTopic", "MockContext", "OutputTopic"]
