"""What users test with: the driver behind `app.test()`, and the simulator."""

from streamz_core.testing.driver import AppTest

__all__ = ["AppTest"]
