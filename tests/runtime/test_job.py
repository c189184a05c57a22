"""A job is a plan; its programs are compiled when somebody wants to run them."""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core.app import App
from streamz_core.compiler import program
from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.errors import TopologyError
from streamz_core.runtime.job import Job, task_name
from streamz_core.runtime.worker import Worker


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the sub-topologies as they are compiled; "broken" cannot be."""
    names: list[str] = []
    real = program.compile_sub

    def recorded(plan: Any, sub: Any) -> Any:
        names.append(sub.name)
        if sub.name == "broken":
            raise TopologyError("broken: a codec is missing")
        return real(plan, sub)

    monkeypatch.setattr(program, "compile_sub", recorded)
    return names


def app(last: str = "second") -> App:
    """Two sub-topologies."""
    made = App("two", home="/home")
    first = made.stream("first", key=str, value=str)
    first.group_by(lambda line: line, key=str).count(name=last)
    return made


def job(last: str = "second") -> Job:
    return app(last).job(env=MemoryEnv())


def test_a_plan_compiles_nothing(compiled: list[str]) -> None:
    made = job()
    assert set(made.subs) == set(made.programs) == {"first", "second"}
    assert len(made.programs) == 2
    assert compiled == []


def test_a_program_is_compiled_once_when_it_is_asked_for(compiled: list[str]) -> None:
    made = job()
    first = made.programs["second"]
    assert made.programs["second"] is first
    assert first.name == "second"
    assert compiled == ["second"]


def test_what_the_compiler_finds_is_told_before_anything_is_opened(compiled: list[str]) -> None:
    machine = MemoryMachine()
    with pytest.raises(TopologyError, match="a codec is missing"):
        Worker(job("broken"), machine.process(), "/home")
    assert list(machine.tree.files()) == []


def test_a_test_of_the_app_is_told_too(compiled: list[str]) -> None:
    with pytest.raises(TopologyError, match="a codec is missing"):
        app("broken").test()


def test_a_run_of_the_app_is_told_too(compiled: list[str], tmp_path: Any) -> None:
    broken = app("broken")
    broken._home = str(tmp_path / "home")
    with pytest.raises(TopologyError, match="a codec is missing"):
        broken.run(until="end")
    assert list(tmp_path.iterdir()) == []


def test_a_task_bears_the_name_of_its_sub_topology() -> None:
    assert task_name("second", 3) == "second/3"
