"""Where lines of `print` go."""

from streamz_core.env.memory import MemoryMachine
from streamz_core.runtime.task.printing import printer


def test_lines_go_to_stdout(capsys):
    printer(MemoryMachine().process(), None)("one line")
    assert capsys.readouterr().out == "one line\n"


def test_lines_go_to_the_end_of_a_file_that_is_made_by_the_first():
    env = MemoryMachine().process()
    write = printer(env, "/shown")
    assert not env.exists("/shown")
    write("one")
    write("é")
    printer(env, "/shown")("three")
    assert env.read("/shown").decode() == "one\né\nthree\n"
