"""Every kind of anomaly is planted into a clean history, and seen; a clean one has none."""

import random
from collections import Counter

import pytest

from tests.chaos.history import FAILED, KINDS, OK, UNKNOWN, History

IN, OUT = ("in", 0), ("out", 0)
GROUP = "app"
COUNT = 6


def owed(moves):
    return {"out": sum(stop - start for _, place, start, stop in moves if place == IN)}


def sent(history):
    """Six records, two commits of a producer."""
    for lsn, base in ((1, 0), (2, 3)):
        history.chained(lsn)
        history.committed([], [(IN, 3)])
        for offset in range(base, base + 3):
            history.sent(IN, f"v{offset}", OK, offset)


def worked(history):
    """Two commits of the app: two records, and four."""
    for lsn, start, stop in ((3, 0, 2), (4, 2, COUNT)):
        history.chained(lsn)
        history.committed([(GROUP, IN, start, stop)], [(OUT, stop - start)])


def watched(history, who="reader"):
    for offset in range(COUNT):
        history.read(who, OUT, offset, f"o{offset}", 4)


def ended(history, ins=None, outs=None):
    history.stands(IN, [(at, f"v{at}") for at in range(COUNT)] if ins is None else ins, COUNT)
    history.stands(OUT, [(at, f"o{at}") for at in range(COUNT)] if outs is None else outs, COUNT)
    history.consumed(GROUP, IN)
    history.follows("k", ["a", "b", "c"], ["a", "b", "c"])
    history.remains("store", {"k": "c"}, {"k": "c"})


def clean():
    history = History(owed)
    sent(history)
    worked(history)
    watched(history)
    watched(history, "another")
    return history


def kinds(history):
    return {one.kind for one in history.close()}


def test_a_clean_history_has_no_anomaly():
    history = clean()
    ended(history)
    assert history.close() == []


def test_what_was_removed_is_no_anomaly():
    """By retention, while a reader is behind; an unknown outcome may be either; a reset group goes anew."""
    history = History(owed)
    sent(history)
    worked(history)
    history.sent(IN, "timed out", UNKNOWN)
    history.lost(IN, 0, 2)
    history.lost(OUT, 0, 3)
    for offset in range(3, COUNT):
        history.read("late", OUT, offset, f"o{offset}", 4)
    history.rewound("late", OUT, 4)
    history.read("late", OUT, 4, "o4", 4)
    history.reset(GROUP, IN, None)
    history.chained(5)
    history.committed([(GROUP, IN, 2, COUNT)], [(OUT, 4)])
    history.stands(IN, [(at, f"v{at}") for at in range(2, COUNT)], COUNT)
    history.stands(OUT, [(at, f"o{at}") for at in range(3, 10)], 10)
    history.consumed(GROUP, IN)
    assert history.close() == []


def test_a_reader_of_a_compacted_topic_may_be_led_past_what_is_gone():
    history = History(compacted=frozenset({"out"}))
    history.read("reader", OUT, 0, "o0")
    history.read("reader", OUT, 3, "o3")
    assert history.close() == []


# ---- one planted anomaly of each kind


def lose_the_tail(history):
    ended(history, ins=[(at, f"v{at}") for at in range(COUNT - 1)])


def lose_the_middle(history):
    ended(history, ins=[(at, f"v{at}") for at in range(COUNT) if at != 2])


def double_a_send(history):
    ended(history, ins=[*((at, f"v{at}") for at in range(COUNT - 1)), (COUNT - 1, "v0")])


def show_what_failed(history):
    history.sent(OUT, "o2", FAILED)
    ended(history)


def swap(history):
    history.follows("k", ["a", "b", "c"], ["a", "c", "b"])


def leave_one_out_of_a_key(history):
    history.follows("k", ["a", "b", "c"], ["a", "c"])


def cut_the_tail_of_a_key(history):
    history.follows("k", ["a", "b", "c"], ["a", "b"])


def put_out_twice(history):
    history.follows("k", ["a", "b"], ["a", "b", "b"])


def compute_of_something_else(history):
    history.follows("k", ["a", "b"], ["a", "x"])


def use_an_offset_again(history):
    ended(history, outs=[*((at, f"o{at}") for at in range(COUNT - 1)), (COUNT - 1, "other")])


def tell_two_readers_two_things(history):
    history.read("third", OUT, 0, "something else", 4)


def read_what_was_never_committed(history):
    history.read("reader", OUT, COUNT, "aborted", 4)
    ended(history)


def read_before_the_commit(history):
    history.rewound("reader", OUT, 5)
    history.read("reader", OUT, 5, "o5", 3)


def go_back(history):
    history.read("reader", OUT, 4, "o4", 4)


def lead_past_records(history):
    history.read("third", OUT, 0, "o0", 4)
    history.read("third", OUT, 3, "o3", 4)


def chain_two_records(history):
    history.chained(4)


def leave_out_a_record_of_the_chain(history):
    history.chained(6)


def consume_twice(history):
    history.chained(5)
    history.committed([(GROUP, IN, 4, COUNT)], [(OUT, 2)])


def leave_input_out(history):
    history.chained(5)
    history.committed([], [(IN, 4)])
    history.chained(6)
    history.committed([(GROUP, IN, COUNT + 2, COUNT + 4)], [(OUT, 2)])


def consume_without_outputs(history):
    history.chained(5)
    history.committed([], [(IN, 2)])
    history.chained(6)
    history.committed([(GROUP, IN, COUNT, COUNT + 2)], [(OUT, 1)])


def put_out_without_offsets(history):
    history.chained(5)
    history.committed([], [(OUT, 1)])


def keep_an_old_store(history):
    history.remains("store", {"k": "c", "l": "d"}, {"k": "b", "l": "d"})


def bring_a_deleted_key_back(history):
    history.remains("store", {"k": "c"}, {"k": "c", "gone": "a"})


def leave_input(history):
    history.chained(5)
    history.committed([], [(IN, 1)])
    history.consumed(GROUP, IN)


PLANTED = [
    (lose_the_tail, {"lost", "gap"}),
    (lose_the_middle, {"lost", "gap"}),
    (double_a_send, {"doubled", "lost"}),
    (show_what_failed, {"failed and there"}),
    (swap, {"reordered"}),
    (leave_one_out_of_a_key, {"lost"}),
    (cut_the_tail_of_a_key, {"lost"}),
    (put_out_twice, {"doubled"}),
    (compute_of_something_else, {"lost", "wrong value"}),
    (use_an_offset_again, {"two histories"}),
    (tell_two_readers_two_things, {"two histories"}),
    (read_what_was_never_committed, {"dirty read"}),
    (read_before_the_commit, {"seen too early"}),
    (go_back, {"went back"}),
    (lead_past_records, {"skipped"}),
    (chain_two_records, {"two records"}),
    (leave_out_a_record_of_the_chain, {"two records"}),
    (consume_twice, {"consumed twice"}),
    (leave_input_out, {"left out"}),
    (consume_without_outputs, {"half a commit"}),
    (put_out_without_offsets, {"half a commit"}),
    (keep_an_old_store, {"stale state"}),
    (bring_a_deleted_key_back, {"stale state"}),
    (leave_input, {"unfinished"}),
]


@pytest.mark.parametrize(
    "plant,wanted", [pytest.param(*one, id=one[0].__name__) for one in PLANTED]
)
def test_what_is_planted_is_seen_and_nothing_else(plant, wanted):
    history = clean()
    plant(history)
    assert kinds(history) == wanted


def test_each_kind_is_planted():
    assert {kind for _, wanted in PLANTED for kind in wanted} == set(KINDS)


def some_history(seed):
    """Commits, reads, losses and resets in any order that a sound log may give."""
    chance, history = random.Random(seed), History(owed)
    ends, gone, outs, at, lsn = 0, 0, 0, 0, 0
    rows, following = {}, Counter()
    for _ in range(chance.randint(1, 30)):
        what = chance.choice(("send", "work", "read", "lose", "unknown", "reset"))
        if what in ("send", "unknown"):
            lsn += 1
            history.chained(lsn)
            history.committed([], [(IN, 1)])
            history.sent(IN, f"v{ends}", OK if what == "send" else UNKNOWN, ends)
            ends += 1
        elif what == "work" and ends > max(at, gone):
            lsn += 1
            start, stop = max(at, gone), chance.randint(max(at, gone) + 1, ends)
            history.chained(lsn)
            history.committed([(GROUP, IN, start, stop)], [(OUT, stop - start)])
            rows |= {outs + each: f"o{outs + each}" for each in range(stop - start)}
            outs, at = outs + stop - start, stop
        elif what == "lose" and at > gone:
            gone = chance.randint(gone, at)
            history.lost(IN, 0, gone)
        elif what == "reset":
            history.reset(GROUP, IN, at := gone)
        elif what == "read":
            who = chance.choice("ab")
            for offset in range(following[who], outs):
                history.read(who, OUT, offset, rows[offset], lsn)
            following[who] = outs
    history.stands(IN, [(each, f"v{each}") for each in range(gone, ends)], ends)
    history.stands(OUT, rows.items(), outs)
    return history


def test_no_false_alarms():
    for seed in range(1000):
        assert some_history(seed).close() == [], seed
