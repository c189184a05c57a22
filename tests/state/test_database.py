"""Both databases keep the same promises."""

import pytest

from streamz_state import open_memory, open_rocksdb
from tests.state.check_database import CHECKS, check_database


@pytest.fixture(params=["memory", "rocksdb"])
def database(request, tmp_path):
    opened = open_memory() if request.param == "memory" else open_rocksdb(str(tmp_path / "db"))
    yield opened
    opened.close()


@pytest.mark.parametrize("name", CHECKS)
def test_(name, database):
    CHECKS[name](database)


def test_all_checks_run_on_any_maker():
    made = []

    def make():
        made.append(open_memory())
        return made[-1]

    check_database(make)
    assert len(made) == len(CHECKS) >= 20
