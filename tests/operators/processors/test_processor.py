"""What a processor may ask of its context in init, and not later."""

import pytest

from streamz_core.errors import Misuse
from streamz_core.operators.processors.hands import Hand
from streamz_core.operators.processors.processor import Processor, Punctuation
from streamz_core.topology.nodes import Timing


class Place:
    task, partition = "t/0", 0

    def __init__(self):
        self.asked = []

    def wall_ms(self):
        return 7

    def schedule(self, timer, every_ms, start_ms):
        self._known(timer)
        self.asked.append((timer, every_ms, start_ms))

    def cancel(self, timer):
        self._known(timer)
        self.asked.append(timer)

    def _known(self, timer):
        if timer != "step#1":
            raise KeyError(timer)


def begun(init):
    class Made(Processor):
        def process(self, record):
            pass

    Made.init = lambda self, context: init(context)
    hand = Hand("step", Made, {}, Place())
    hand.begin(-1)
    return hand


def test_timers_are_known_by_their_order():
    def init(context):
        context.schedule("10s", print)
        context.schedule("1m", print, clock="wall", start=5, running=False)

    scheduled = begun(init).scheduled
    assert list(scheduled) == ["step#1", "step#2"]
    assert [one.timing for one in scheduled.values()] == [
        Timing(10_000),
        Timing(60_000, by_wall=True, start_ms=5, waits=True),
    ]
    assert [one.call for one in scheduled.values()] == [print, print]


@pytest.mark.parametrize(
    "arguments, options, told",
    [
        (("0s", print), {}, "the interval of step#1 is 0"),
        (("soon", print), {}, "step: the interval of step#1"),
        (("1s", 5), {}, "5 cannot be called every 1s"),
        (("1s", print), {"clock": "sun"}, "clock='sun'; it takes 'stream' or 'wall'"),
        (("1s", print), {"start": "noon"}, "the start of step#1"),
    ],
)
def test_what_is_no_timer_is_refused(arguments, options, told):
    with pytest.raises(Misuse, match=told):
        begun(lambda context: context.schedule(*arguments, **options))


def test_schedule_belongs_into_init():
    hand = begun(lambda context: None)
    with pytest.raises(Misuse, match=r"schedule\(\) belongs into init\(\)"):
        hand.context.schedule("1s", print)


def test_a_timer_is_scheduled_and_cancelled():
    place = Place()
    one = Punctuation("step#1", "step", place)
    one.schedule()
    one.schedule("5s", start=3)
    one.cancel()
    assert place.asked == [("step#1", None, None), ("step#1", 5000, 3), "step#1"]
    with pytest.raises(Misuse, match="the interval of step#1 is 0"):
        one.schedule(0)


def test_not_before_init_is_over():
    one = Punctuation("step#9", "step", Place())
    for ask in (one.schedule, one.cancel):
        with pytest.raises(Misuse, match=r"step#9 is not there before init\(\) is over"):
            ask()


def test_init_keeps_the_context():
    class Made(Processor):
        def process(self, record):
            pass

    hand = Hand("step", Made, {}, Place())
    hand.begin(-1)
    assert hand.process.__self__.context is hand.context
