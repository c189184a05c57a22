"""Single values recorded from Kafka's own serdes: tests/fixtures/wire/serdes.jsonl."""

import json
import struct
from pathlib import Path
from uuid import UUID

from streamz_core.codecs.kafka.serdes import Serdes

LINES = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "fixtures/wire/serdes.jsonl").read_text().splitlines()
]
PLAIN = {
    "long": Serdes.long(),
    "integer": Serdes.integer(),
    "short": Serdes.short(),
    "float": Serdes.float(),
    "double": Serdes.double(),
    "boolean": Serdes.boolean(),
    "uuid": Serdes.uuid(),
    "byte-array": Serdes.byte_array(),
    "bytes": Serdes.bytes(),
    "byte-buffer": Serdes.byte_buffer(),
    "void": Serdes.void(),
}
INNER = {
    **PLAIN,
    "string": Serdes.string(),
    "list of long": Serdes.list_serde(Serdes.long()),
    "list of string": Serdes.list_serde(Serdes.string()),
}


def codec(line):
    """The codec of a recorded line."""
    if line["kind"].startswith("list-"):
        return Serdes.list_serde(INNER[line["inner"]])
    if line["kind"] == "string":
        return Serdes.string(line.get("encoding", "UTF-8"))
    return PLAIN[line["kind"]]


def value(line, name="value"):
    """What Python has for a recorded value."""
    return _value(line[name], line.get("inner", line["kind"]), line)


def _value(found, kind, line):
    if isinstance(found, list):
        return [_value(item, kind.removeprefix("list of "), line) for item in found]
    if found is None:
        return None
    if "bits" in line:
        return struct.unpack({8: ">f", 16: ">d"}[len(line["bits"])], bytes.fromhex(line["bits"]))[0]
    if kind in ("byte-array", "bytes", "byte-buffer"):
        return bytes.fromhex(found)
    return UUID(found) if kind == "uuid" else found


def data(line):
    """The recorded bytes."""
    return None if line["bytes"] is None else bytes.fromhex(line["bytes"])
