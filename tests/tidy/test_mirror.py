"""Tests mirror the rooms, and every module is in use.

`streamz_core/log/chain/frame.py` has `tests/log/chain/test_frame.py`; what is shown elsewhere stands
below with the file that shows it.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping

import pytest

from tests.tidy.house import gone, house, imports, is_code, module, nothing, shipped

# What is started by its name and imported by nobody: the command line, and `python -m`.
ENTRANCES = ("streamz_core/cli/main.py",)

# Modules that nothing imports yet, with the reason.
UNUSED: dict[str, str] = {}

# Modules without a test of their name -> the test that shows what they do.
SHOWN_BY: dict[str, str] = {
    "streamz_core/log/trust.py": "tests/log/checkpoints/test_finding.py",
    "state/streamz_state/batch.py": "tests/state/test_database.py",
    "state/streamz_state/opener.py": "tests/state/test_database.py",
    "state/streamz_state/view.py": "tests/state/test_database.py",
    "streamz_core/broker/belonging/seat.py": "tests/broker/receiving/test_sharing.py",
    "streamz_core/broker/receiving/aside.py": "tests/sound/test_coroutines.py",
    "streamz_core/broker/receiving/joining.py": "tests/broker/receiving/test_sharing.py",
    "streamz_core/broker/receiving/listening.py": "tests/broker/receiving/test_sharing.py",
    "streamz_core/broker/receiving/offsets.py": "tests/broker/test_consumer.py",
    "streamz_core/broker/receiving/parted.py": "tests/broker/receiving/test_sharing.py",
    "streamz_core/broker/receiving/places.py": "tests/broker/test_consumer.py",
    "streamz_core/broker/receiving/standing.py": "tests/broker/test_consumer.py",
    "streamz_core/broker/schemas.py": "tests/runtime/test_schemas.py",
    "streamz_core/broker/sending/aside.py": "tests/sound/test_coroutines.py",
    "streamz_core/broker/sending/handle.py": "tests/broker/test_producer.py",
    "streamz_core/broker/sending/outbox.py": "tests/broker/test_producer.py",
    "streamz_core/broker/sending/rows.py": "tests/broker/sending/test_line.py",
    "streamz_core/broker/sending/routes.py": "tests/broker/test_producer.py",
    "streamz_core/cli/topics/reading.py": "tests/cli/topics/test_consume.py",
    "streamz_core/codecs/classes/perhaps.py": "tests/codecs/classes/test_families.py",
    "streamz_core/codecs/json/codec.py": "tests/codecs/json/test_of.py",
    "streamz_core/codecs/json/shapes.py": "tests/codecs/json/test_of.py",
    "streamz_core/codecs/json/text.py": "tests/codecs/json/test_fast.py",
    "streamz_core/codecs/shapes/containers.py": "tests/codecs/test_text.py",
    "streamz_core/codecs/shapes/scalars.py": "tests/codecs/test_text.py",
    "streamz_core/codecs/shapes/shape.py": "tests/codecs/test_text.py",
    "streamz_core/env/background.py": "tests/env/test_worlds.py",
    "streamz_core/env/processes/children.py": "tests/env/test_worlds.py",
    "streamz_core/env/descriptors.py": "tests/env/test_worlds.py",
    "streamz_core/env/doorbells.py": "tests/env/test_worlds.py",
    "streamz_core/env/processes/forks.py": "tests/env/test_worlds.py",
    "streamz_core/env/mounts.py": "tests/env/test_real.py",
    "streamz_core/env/paths.py": "tests/env/test_worlds.py",
    "streamz_core/env/tree.py": "tests/env/test_worlds.py",
    "streamz_core/lines/lines.py": "tests/compiler/test_writer.py",
    "streamz_core/metrics.py": "tests/runtime/test_worker.py",
    "streamz_core/runtime/everywhere/copies.py": "tests/runtime/everywhere/test_copy.py",
    "streamz_core/runtime/everywhere/kept.py": "tests/runtime/everywhere/test_copy.py",
    "streamz_core/runtime/task/pausing/above.py": "tests/runtime/task/pausing/test_advancing.py",
    "streamz_core/runtime/task/calling/answers.py": "tests/operators/waiting/test_later.py",
    "streamz_core/runtime/place.py": "tests/runtime/test_ownership.py",
    "streamz_core/stores/expiring/kind.py": "tests/stores/test_kinds.py",
    "streamz_core/stores/keyed/kind.py": "tests/stores/test_kinds.py",
    "streamz_core/stores/subscribed/kind.py": "tests/stores/test_kinds.py",
    "streamz_core/stores/suppressed/kind.py": "tests/stores/test_kinds.py",
    "streamz_core/stores/unmatched/kind.py": "tests/stores/test_kinds.py",
    "streamz_core/stores/versioned/kind.py": "tests/stores/test_kinds.py",
    "streamz_core/stores/waiting/kind.py": "tests/stores/test_kinds.py",
    "streamz_core/stores/windowed/kind.py": "tests/stores/test_kinds.py",
    "streamz_core/testing/promises/administering.py": "tests/testing/promises/test_check.py",
    "streamz_core/testing/promises/clients.py": "tests/testing/promises/test_check.py",
    "streamz_core/testing/promises/grouping.py": "tests/testing/promises/test_check.py",
    "streamz_core/testing/promises/promise.py": "tests/testing/promises/test_check.py",
    "streamz_core/testing/promises/reading.py": "tests/testing/promises/test_check.py",
    "streamz_core/testing/promises/sharing.py": "tests/testing/promises/test_check.py",
    "streamz_core/testing/promises/transactions.py": "tests/testing/promises/test_check.py",
    "streamz_core/testing/promises/writing.py": "tests/testing/promises/test_check.py",
    "streamz_core/testing/simulator/faults.py": "tests/testing/simulator/test_schedule.py",
    "streamz_core/testing/simulator/handles.py": "tests/testing/simulator/test_schedule.py",
    "streamz_core/testing/simulator/process.py": "tests/testing/simulator/test_schedule.py",
    "streamz_core/testing/simulator/profile.py": "tests/testing/simulator/test_schedule.py",
    "streamz_core/testing/simulator/simulation.py": "tests/testing/simulator/test_schedule.py",
    "streamz_core/testing/simulator/world.py": "tests/testing/simulator/test_schedule.py",
}

# Modules that have nothing of their own to show, with the reason.
NOTHING_TO_SHOW: dict[str, str] = {
    "state/streamz_state/errors.py": "names of errors",
    "streamz_core/broker/belonging/kinds.py": "Protocols",
    "streamz_core/codecs/codec.py": "a Protocol",
    "streamz_core/env/door.py": "a Protocol, held to its promises by tests/env/check_env.py",
    "streamz_core/compiler/bringing.py": "names without code",
    "streamz_core/errors.py": "names of errors",
    "streamz_core/lines/adding.py": "a Protocol",
    "streamz_core/log/limits.py": "a table of numbers",
    "streamz_core/log/records/chained.py": "a promise, kept by the records of tests/log/records/",
    "streamz_core/log/values.py": "values without methods",
    "streamz_core/stores/kind.py": "the columns of a table",
}


def rule_in_use(files: Mapping[str, str], entrances: Iterable[str] = ENTRANCES) -> Iterator[str]:
    """Of all files: modules that nothing but tests imports are dead."""
    users = {path: named(path, text) for path, text in files.items() if is_user(path)}
    for path in shipped(files):
        if path.endswith(("/__init__.py", "/__main__.py")) or path in entrances:
            continue
        if not any(module(path) in names for user, names in users.items() if user != path):
            yield f"{path}: nothing imports it but tests: it goes, or something uses it"


def is_user(path: str) -> bool:
    return is_code(path) and not path.startswith("tests/")


def named(path: str, text: str) -> set[str]:
    """Modules that a file imports, or names as text to import later, maybe from its own room."""
    code = ast.parse(text)
    found = {name for _, name in imports(code)}
    found |= {
        each.value
        for each in ast.walk(code)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }
    room = module(path).rpartition(".")[0]
    found |= {f"{room}.{name}" for name in found}
    return found | {name.rpartition(".")[0] for name in found}


def rule_mirror(
    files: Iterable[str], shown_by: Mapping[str, str], silent: Mapping[str, str]
) -> Iterator[str]:
    """Of all files: modules without their test, and exceptions that are not needed."""
    paths = set(files)
    for path in shipped(sorted(paths)):
        if path.endswith(("/__init__.py", "/__main__.py")):
            continue
        excused = path in shown_by or path in silent
        if mirror(path) not in paths and not excused:
            yield f"{path}: no {mirror(path)}; where it is shown elsewhere, say so in tests/tidy/"
        if mirror(path) in paths and excused:
            yield f"{path}: has its test now, and needs no exception"
    yield from gone([*shown_by, *silent, *shown_by.values()], paths)


def mirror(path: str) -> str:
    """Where the test of a module stands."""
    place = path.removeprefix("streamz_core/").replace("state/streamz_state/", "state/")
    folder, _, name = place.rpartition("/")
    return "/".join(filter(None, ("tests", folder, f"test_{name}")))


def test_every_module_is_in_use():
    nothing(rule_in_use(house(), (*ENTRANCES, *UNUSED)))


def test_an_exception_for_a_dead_file_is_needed():
    dead = {told.split(":")[0] for told in rule_in_use(house())}
    assert sorted(set(UNUSED) - dead) == [], "these are in use, or gone: their exceptions go"


def test_tests_mirror_the_rooms():
    nothing(rule_mirror(house(), SHOWN_BY, NOTHING_TO_SHOW))
    assert gone(ENTRANCES, house()) == []


A, B, C = "streamz_core/log/a.py", "streamz_core/log/b.py", "streamz_core/cli/main.py"


@pytest.mark.parametrize(
    "files",
    [
        {A: "", "tests/log/test_a.py": "from streamz_core.log import a"},
        {A: "import streamz_core.log.a"},
        {A: "", B: "from streamz_core.log.b import a", C: "import streamz_core.log.b"},
    ],
    ids=["its test alone", "itself alone", "one of its name"],
)
def test_a_dead_file_is_refused(files):
    assert list(rule_in_use(files)) == [
        f"{A}: nothing imports it but tests: it goes, or something uses it"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "from streamz_core.log import a",
        "from streamz_core.log.a import f",
        "import streamz_core.log.a",
        "def f():\n    import_module('streamz_core.log.a')",
    ],
)
def test_a_file_in_use_passes(text):
    assert list(rule_in_use({A: "", C: text, "streamz_core/log/__init__.py": ""})) == []


def test_a_file_that_is_named_from_its_room_passes():
    run = "streamz_core/cli/running/run.py"
    files = {run: "", C: "MODULES = {'run': 'running.run'}"}
    assert list(rule_in_use(files)) == []
    assert list(rule_in_use({**files, C: "MODULES = {'run': 'running.walk'}"})) != []


def test_a_module_without_its_test_is_refused():
    assert mirror(A) == "tests/log/test_a.py"
    assert mirror("streamz_core/app.py") == "tests/test_app.py"
    assert mirror("state/streamz_state/keys.py") == "tests/state/test_keys.py"
    (told,) = rule_mirror([A, "tests/log/test_b.py"], {}, {})
    assert told.startswith(f"{A}: no tests/log/test_a.py")
    test = "tests/log/test_a.py"
    assert list(rule_mirror([A, test], {}, {})) == []
    assert list(rule_mirror([A, "tests/test_x.py"], {A: "tests/test_x.py"}, {})) == []
    assert list(rule_mirror([A], {}, {A: "a Protocol"})) == []


def test_an_exception_that_is_not_needed_is_refused():
    test = "tests/log/test_a.py"
    (told,) = rule_mirror([A, test, "tests/test_x.py"], {A: "tests/test_x.py"}, {})
    assert "needs no exception" in told
    (told,) = rule_mirror([A, test], {}, {B: "a Protocol"})
    assert told.startswith(f"{B} is gone")
    (told,) = rule_mirror([A], {A: "tests/test_x.py"}, {})
    assert told.startswith("tests/test_x.py is gone")
