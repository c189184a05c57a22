"""Real processes, real files, SIGKILL and SIGSTOP: nothing may be lost, nothing doubled.

Workers of the app in `app` and a janitor with tiny limits are killed and stopped at random while records come in;
who was killed is replaced at once. Now and then all are killed in one moment, with nobody left who has the log open,
so that a cold start follows; and some are stopped for so long that the others take their tasks over, and woken
again. Whoever watches tells a History (tests/chaos/history.py) what the chain says and what stands in the topics as they grow;
at the end everything is left to finish, and every output is compared with a recount.
"""

from tests.chaos.kill.command import main

__all__ = ["main"]
