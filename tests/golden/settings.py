"""docs/settings.md: the table of settings as a page."""

import attrs

from streamz_core.config import REFUSED, Config, dotted
from streamz_core.topic_config import TopicConfig

HEAD = """\
# Settings

Every setting of an app. Made from the table in `streamz_core/config.py` by `./dev golden`; change it there.

A setting has one name in three spellings: `commit.interval.ms` (Kafka's way: `--set` on the command line),
`commit_interval_ms` (`App("shop", commit_interval_ms=50)`), `STREAMZ_COMMIT_INTERVAL_MS` (the environment). Of several the
later in this order holds: the default, `App(...)`, the environment, `--set`. A name that is not here is an error that
says the nearest one. Times are in milliseconds, sizes in bytes.

| setting | default | allowed | what it does | since | Kafka's name |
|---|---|---|---|---|---|
"""
TOPICS = """
## Of topics

What `app.topic(..., config={"retention.ms": 3_600_000})`, `Admin.create_topic(..., config=)`, `changelog=` of a store and
`streamz topics create --config retention.ms=3600000` take, from the table in `streamz_core/topic_config.py`.

| setting | default | allowed | what it does | since | Kafka's name |
|---|---|---|---|---|---|
"""
REFUSAL = """
Kafka's settings that are refused, with the reason:

| setting | why not |
|---|---|
"""


def page() -> str:
    rows = "".join(map(row, attrs.fields(Config)))
    refused = "".join(f"| `{dotted(name)}` | {why} |\n" for name, why in REFUSED.items())
    topics = "".join(map(row, attrs.fields(TopicConfig)))
    return HEAD + rows + REFUSAL + refused + TOPICS + topics


def row(field: attrs.Attribute) -> str:
    name, told = dotted(field.name), field.metadata
    kafka = told["kafka"]
    same = "the same" if kafka == name else f"`{kafka}`" if kafka else "ours"
    default = f"`{field.default}`"
    cells = (f"`{name}`", default, str(field.validator), told["does"], told["since"], same)
    return f"| {' | '.join(cells)} |\n"
