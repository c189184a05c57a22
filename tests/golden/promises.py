"""docs/promises.md: what `check_broker` tries, as a page."""

import inspect

from streamz_core.testing.promises.check import ROOMS

HEAD = """\
# What programs may rely on

What producers, consumers and admins promise of topics, in words that the built-in log keeps and a Kafka cluster, too: a program that relies on no
more than this can be moved from one to the other. Made from the promises in `streamz_core/testing/promises/` by `./dev golden`; change them there.

Each of them is a test. The suite tries all on the built-in log at both durability levels, and `./dev test --with kafka tests/interop` those that Kafka
keeps on a real broker. On a log of one's own, all or one:

```python
from streamz_core.testing import PROMISES, LocalClients, check_broker

assert len(check_broker(lambda: LocalClients("/srv/shop/.streamz"))) > 40
PROMISES["a_key_has_one_partition"](lambda: LocalClients("/srv/shop/.streamz"))
```

They make topics, groups and records of their own, and leave them there: take a directory that is for trying. A broker that is not the built-in log is tried by a class that has
what `LocalClients` has (`Clients`, a Protocol).
"""
ONE_SIDE = """
## What only one side can keep

| promise | kept by | why not by the other |
|---|---|---|
"""
SIDES = {"embedded": "the built-in log", "kafka": "Kafka"}


def page() -> str:
    found, alone = HEAD, ONE_SIDE
    for room in ROOMS:
        told = inspect.getdoc(room)
        assert told is not None
        found += f"\n## {told.split(':')[0].removeprefix('What is promised ').capitalize()}\n\n"
        for one in room.PROMISES:
            note = f" (*{SIDES[one.only]} only*)" if one.only else ""
            found += f"- **{words(one.name).capitalize()}**{note}. {one.sentence}\n"
            if one.only:
                alone += f"| {words(one.name)} | {SIDES[one.only]} | {one.because} |\n"
    return found + alone


def words(name: str) -> str:
    return name.replace("_", " ")
