"""A machine that fails on purpose, the same way for the same seed: processes as greenlets, their
files, locks, clocks and wake-ups behind the door of `env`. Needs the extra `testing`.
"""

from streamz_core.testing.simulator.profile import Profile, draw
from streamz_core.testing.simulator.simulation import Endless, Simulation

__all__ = ["Endless", "Profile", "Simulation", "draw"]
