"""docs/formats/log.md and records.md say what the code says: kinds, versions, magics, lengths."""

import re
import struct
from pathlib import Path

import pytest

from streamz_core.log.chain import frame, hint, identity, layout, writing
from streamz_core.log.checkpoints import file as checkpoint
from streamz_core.log.limits import Limits
from streamz_core.log.records.index import _ROW as RANGE
from streamz_core.log.records.kinds import KINDS
from streamz_core.log.records.moved.manifest import NAME_BYTES
from streamz_core.log.segments import data, sealed

FORMATS = Path(__file__).resolve().parents[2] / "docs/formats"
LOG = (FORMATS / "log.md").read_text()
RECORDS = (FORMATS / "records.md").read_text()


def section(title: str) -> str:
    return LOG.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_kind_has_its_row():
    rows = re.findall(r"^\| (\d+) ([A-Z_]+) \|", RECORDS, re.MULTILINE)
    told = {int(number): name for number, name in rows}
    assert told == {layout.SEGMENT: "SEGMENT"} | {one.kind: one.name for one in KINDS.values()}


def test_versions_are_those_of_the_code():
    told = dict(re.findall(r"^\| ([a-zA-Z ]+) \| (\d+) \|", section("Versions"), re.MULTILINE))
    assert told == {
        "LOG": str(identity.VERSION),
        "checkpoint": str(checkpoint.VERSION),
        "sealed file": str(sealed.VERSION),
    }
    assert f"| LOG | {identity.VERSION} | {identity.VERSION_READ} |" in LOG
    assert f"Format {identity.VERSION}." in RECORDS


@pytest.mark.parametrize(
    "title, magics",
    [
        ("Segments", [frame.MAGIC]),
        ("Data files", [data.MAGIC]),
        ("Sealed files", [sealed.MAGIC, sealed.MAGIC_END]),
    ],
)
def test_magics_are_those_of_the_code(title, magics):
    assert re.findall(r"`((?:[0-9a-f]{2} ){3}[0-9a-f]{2})`", section(title)) == [
        magic.hex(" ") for magic in magics
    ]


def sizes(layout_: struct.Struct) -> list[int]:
    """The lengths of the fields of a packed structure."""
    parts = re.findall(r"(\d*)([a-zA-Z])", layout_.format)
    return [
        int(count) if kind == "s" else struct.calcsize(f"<{kind}")
        for count, kind in parts
        for _ in range(1 if kind == "s" else int(count or 1))
    ]


def drawn(title: str) -> list[int]:
    """All lengths below what is drawn in a section, in their order."""
    picture = section(title).split("```")[1]
    lines = [line for line in picture.splitlines() if line.strip() and not re.search(r"\||:", line)]
    return [int(number) for line in lines for number in re.findall(r"\b\d+\b", line)]


def test_fields_have_the_lengths_of_the_code():
    mac = 16
    assert drawn("LOG") == [*sizes(identity._BODY), 4]
    assert drawn("Segments") == sizes(frame._OUTER) + sizes(frame._HEAD)
    assert drawn("Data files") == [*sizes(data._BLOCK), 4]
    ends = [*sizes(sealed._HEAD), *sizes(sealed._END), mac]
    assert drawn("Sealed files") == ends + sizes(sealed._ROW)
    assert drawn("Checkpoints") == [*sizes(checkpoint._HEAD), mac]
    assert sizes(RANGE) == [8, 4, 8, 4, 4]
    assert "`record 8 | file 4 | position 8 | bytes 4 | crc32 4`" in LOG
    assert sizes(hint._HINT) == [8, 16, 4]
    assert "`number 8 | hash 16 | crc32 4`" in section("durable")


def test_names_and_limits_are_those_of_the_code():
    root = "home/log"
    paths = layout.Layout("home/log")
    for path in (paths.segment(17), paths.copies_of(17), paths.poison, paths.raised, paths.fresh):
        name = path.removeprefix(f"{root}/")
        assert f"\n  {name} " in LOG
    assert f"more than {writing.COPIED_BYTES} bytes of payload" in section("Copies")
    assert f"its {NAME_BYTES} bytes of name" in LOG
    assert (
        f"at most {frame.HEAD_BYTES_MAX >> 20} MiB and {frame.PAYLOAD_BYTES_MAX >> 20} MiB" in LOG
    )
    assert f"more than {Limits().inline_bytes >> 10} KiB" in section("Data files")
