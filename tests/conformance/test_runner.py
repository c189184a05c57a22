"""The runner itself: reads what it must, refuses what it must, and sees every kind of difference."""

import json
import lzma
from pathlib import Path

import pytest

from streamz_core.errors import Misuse
from tests.conformance.__main__ import main
from tests.conformance.batches import batches
from tests.conformance.cases import Case, Unreadable, read_cases
from tests.conformance.compare import Failure, Observed, compare
from tests.conformance.drive import VARIANTS, variants_for
from tests.conformance.report import Outcome, report
from tests.conformance.shape import hops, needs, partitioned

NODES = [
    {"op": "stream", "id": "n1", "topics": ["in"]},
    {"op": "select_key", "id": "n2", "of": "n1", "key_fn": ["key"]},
    {"op": "group_by_key", "id": "n3", "of": "n2"},
    {"op": "aggregate", "id": "n4", "of": "n3", "init": 0, "add": ["sum"], "retention": 9},
    {"op": "to", "of": "n4", "topic": "out"},
]
RECORD = {"topic": "out", "key": "a", "value": [1], "ts": 5, "headers": [["h", "x"]], "after": 0}


def a_case(**parts):
    spec = {"name": "c", "group": "g", "config": {}, "nodes": [], "inputs": [], "outputs": []}
    return Case(spec | parts)


def test_reads_plain_and_compressed_files_of_a_folder_in_order(tmp_path):
    lines = [json.dumps(a_case(name=name).spec) for name in "abc"]
    (tmp_path / "2.jsonl").write_text(lines[2] + "\n")
    (tmp_path / "1.jsonl.xz").write_bytes(lzma.compress("\n".join(lines[:2]).encode()))
    (tmp_path / "FORMAT.md").write_text("no case")
    assert [case.name for case in read_cases([tmp_path])] == ["a", "b", "c"]
    assert [case.name for case in read_cases([tmp_path / "2.jsonl"])] == ["c"]


@pytest.mark.parametrize(
    "name, data, said",
    [
        ("none", None, "does not exist"),
        ("x.jsonl", b'{"name": 1}', "x.jsonl:1: not a case, it lacks group, config"),
        ("x.jsonl", b"\n[", "x.jsonl:2: "),
        ("x.jsonl.xz", b"plain", "x.jsonl.xz: "),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, data, said):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(Unreadable, match=said):
        list(read_cases([tmp_path / name]))


def test_an_empty_folder_is_no_success(tmp_path):
    with pytest.raises(Unreadable, match="holds no"):
        list(read_cases([tmp_path]))


@pytest.mark.parametrize(
    "change",
    [
        {"key": None},
        {"window": [0, 10]},
        {"value": [True]},
        {"value": None},
        {"ts": 6},
        {"headers": [["h", "y"]]},
        {"headers": [["h", "x"], ["h", "x"]]},
        {"after": 1},
        {"topic": "other"},
    ],
)
def test_any_part_of_a_record_counts(change):
    case = a_case(outputs=[RECORD])
    assert compare(case, Observed([RECORD])) is None
    assert compare(case, Observed([RECORD | change])) is not None


def test_order_counts_within_a_topic_and_not_between_topics():
    other, late = RECORD | {"topic": "b"}, RECORD | {"ts": 9}
    case = a_case(outputs=[RECORD, other, late])
    assert compare(case, Observed([other, RECORD, late])) is None
    assert compare(case, Observed([other, late, RECORD])) is not None


def test_a_record_too_few_or_too_many_differs():
    assert compare(a_case(outputs=[RECORD]), Observed([])) is not None
    assert compare(a_case(outputs=[RECORD]), Observed([RECORD, RECORD])) is not None


def test_after_is_ignored_where_nobody_knows_it():
    unknown = {name: part for name, part in RECORD.items() if name != "after"}
    assert compare(a_case(outputs=[RECORD]), Observed([unknown])) is None


def test_stores_are_sets_of_rows_and_a_missing_store_differs():
    case = a_case(stores={"s": [["a", 1, 5], ["b", None, 6]]})
    assert compare(case, Observed([], {"s": [["b", None, 6], ["a", 1, 5]], "t": []})) is None
    assert compare(case, Observed([], {"s": [["a", 1, 5]]})) is not None
    assert compare(case, Observed([], {"s": [["a", 1, 5], ["b", None, 6], ["b", None, 6]]}))
    assert compare(case, Observed([], {})) is not None


def test_house_takes_the_place_of_what_was_recorded():
    ours = RECORD | {"value": 2}
    case = a_case(
        outputs=[RECORD], house={"outputs": [ours]}, error={"at": "run", "after": 0}, stores={}
    )
    assert compare(case, Observed([ours])) is None
    assert compare(case, Observed([RECORD])) is not None


def test_an_error_must_come_where_it_is_expected_and_nowhere_else():
    refused = Failure("build", None, Misuse("no"))
    failed = Failure("run", 2, ValueError("no"))
    at_build, at_run = a_case(error={"at": "build"}), a_case(error={"at": "run", "after": 2})
    assert compare(at_build, Observed(failure=refused)) is None
    assert compare(at_run, Observed(failure=failed)) is None
    assert compare(at_build, Observed(failure=failed)) is not None
    assert compare(at_run, Observed(failure=refused)) is not None
    assert compare(at_run, Observed(failure=Failure("run", 1, ValueError("no")))) is not None
    assert compare(at_run, Observed(failure=Failure("run", None, ValueError("no")))) is None
    assert compare(at_build, Observed()) is not None
    assert compare(a_case(), Observed(failure=refused)) is not None


def test_a_bug_is_not_a_refusal():
    bug = Failure("build", None, TypeError("unexpected keyword argument"))
    assert compare(a_case(error={"at": "build"}), Observed(failure=bug)) is not None


def test_the_report_counts_and_shows_the_first_failure_of_a_group():
    cases = [a_case(name=name, group=name[0], rule=f"rule {name}") for name in ("a1", "a2", "b1")]
    outcomes = [Outcome(cases[0], "failed", "why"), Outcome(cases[1], "failed", "no")]
    assert list(report([*outcomes, Outcome(cases[2], "passed")])) == [
        "a: 0 passed, 2 failed, 0 skipped",
        "  failed a1",
        "    rule     rule a1",
        "    why",
        "b: 1 passed, 0 failed, 0 skipped",
        "1 passed, 2 failed, 0 skipped",
    ]


def test_needs_and_hops_are_read_from_the_nodes():
    case = a_case(nodes=NODES)
    assert needs(case) == {
        "stream", "select_key", "group_by_key", "aggregate", "aggregate with retention", "to"
    }  # fmt: skip
    assert hops(case) == ["n4"]
    assert hops(a_case(nodes=[NODES[0], {**NODES[2], "of": "n1"}, NODES[3]])) == []


def entry(topic, ts):
    return {"topic": topic, "key": "a", "value": 1, "ts": ts}


def test_batches_keep_the_recorded_order():
    one, two = entry("in", 9), entry("in", 3)
    tick = {"advance_wall_clock_ms": 5}
    assert batches(a_case(inputs=[one, two, tick, one])) == [[one, two], [tick], [one]]
    # Of two topics the lower first record is taken: 4 before 9 would turn the order round.
    assert batches(a_case(inputs=[two, entry("b", 4), one])) == [[two, entry("b", 4), one]]
    assert batches(a_case(inputs=[one, entry("b", 4)])) == [[one], [entry("b", 4)]]
    assert batches(a_case(inputs=[two, entry("b", 3)])) == [[two], [entry("b", 3)]]
    assert batches(a_case(nodes=NODES, inputs=[one, two])) == [[one], [two]]


def test_who_waits_by_the_clock_does_not_die():
    assert variants_for(a_case(), VARIANTS) == VARIANTS
    waits = a_case(config={"max_task_idle_ms": 9})
    assert variants_for(waits, VARIANTS) == ("records", "batch", "rocksdb")
    assert variants_for(waits, ["crash"]) == ("records",)


VECTORS = Path(__file__).parent.parent / "vectors"


def test_the_command_reports_and_says_by_its_exit_code_whether_it_ran(tmp_path, capsys):
    (tmp_path / "new.jsonl").write_text(
        json.dumps(a_case(group="new", nodes=[{"op": "fly", "id": "n1"}]).spec)
    )
    assert main([str(VECTORS / "rules-stateless.jsonl.xz"), str(tmp_path), "--group", "new"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "new: 0 passed, 1 failed, 0 skipped",
        "  failed c",
        "    not built: fly",
        "0 passed, 1 failed, 0 skipped",
    ]
    assert main([str(tmp_path), "--group", "no-such"]) == 2
    assert main([str(tmp_path / "no-such")]) == 2
    assert capsys.readouterr().out == ""


def test_a_case_can_be_seen_in_full(capsys):
    assert (
        main([str(VECTORS / "window-tumbling.jsonl.xz"), "--case", "window-tumbling-0001", "-v"])
        == 0
    )
    printed = capsys.readouterr().out
    assert all(f"{part}:\n" in printed for part in ("nodes", "inputs", "expected", "got (records)"))


def test_in_several_partitions_nothing_may_follow_from_the_records_of_other_keys():
    stream = NODES[0]
    plain = {"op": "map_values", "id": "n2", "of": "n1", "fn": ["identity"]}
    placed = {"op": "process", "id": "n2", "of": "n1", "fn": ["meta"]}
    window = {"op": "window", "id": "n3", "of": "n1", "window": {"type": "tumbling", "size": 5}}
    one = [entry("in", 1)]
    two = [*one, entry("in", 2) | {"key": "b"}]
    assert partitioned(a_case(nodes=[stream, plain], inputs=two))
    assert not partitioned(a_case(nodes=[stream, window], inputs=two))
    assert partitioned(a_case(nodes=[stream, window], inputs=one))
    assert not partitioned(a_case(nodes=NODES, inputs=one))
    assert not partitioned(a_case(nodes=[stream, placed], inputs=one))
    assert not partitioned(a_case(nodes=[stream], inputs=two, error={"at": "run"}))
    timed = a_case(nodes=[stream, window], inputs=two)
    assert variants_for(timed, ["partitions"]) == ("records",)


def test_a_hop_behind_a_hop_has_no_order():
    again = [
        {
            "op": "group_by",
            "id": "n5",
            "of": "n4",
            "key_fn": ["key_const", "x"],
            "fn": ["identity"],
        },
        {"op": "count", "id": "n6", "of": "n5"},
    ]
    plain = [{name: value for name, value in node.items() if name != "retention"} for node in NODES]
    assert partitioned(a_case(nodes=plain, inputs=[entry("in", 1), entry("in", 2) | {"key": "b"}]))
    assert not partitioned(
        a_case(nodes=[*plain, *again], inputs=[entry("in", 1), entry("in", 2) | {"key": "b"}])
    )


def test_of_several_partitions_only_records_of_one_key_have_an_order():
    a, b = ({"topic": "out", "key": key, "value": 1, "ts": 1} for key in "ab")
    later = {**a, "value": 2}
    case = a_case(outputs=[a, b, later])
    assert compare(case, Observed([b, a, later]), by_key=True) is None
    assert compare(case, Observed([b, later, a]), by_key=True) is not None
    assert compare(case, Observed([b, a, later])) is not None
