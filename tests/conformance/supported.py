"""What is built: the capabilities that cases may need and must then pass with.

Whoever builds an operator adds its word here (the words: shape.py, `needs`); the suite then runs
every case that needs nothing else, and a case that fails is a failure of the suite.
"""

from __future__ import annotations

from tests.conformance.cases import Case
from tests.conformance.shape import needs

SUPPORTED = frozenset(
    {
        "stream",
        "stream with extractor",
        "table",
        "table with extractor",
        "filter of stream",
        "filter_not of stream",
        "map",
        "map_values of stream",
        "flat_map",
        "flat_map_values",
        "select_key",
        "peek",
        "merge of stream stream",
        "split",
        "repartition",
        "process",
        "process_values",
        "processor add_header",
        "processor anchored_every",
        "processor dedup",
        "processor fail_every",
        "processor flush_every",
        "processor meta",
        "processor put_and_range",
        "processor repeat",
        "processor route",
        "processor shift_ts",
        "processor store_then_fail",
        "processor swap",
        "processor times",
        "processor total_every",
        "group_by of stream",
        "group_by of table",
        "group_by_key",
        "count",
        "count with retention",
        "count with emit",
        "reduce",
        "reduce with retention",
        "reduce with subtract",
        "reduce with emit",
        "aggregate",
        "aggregate with retention",
        "aggregate with subtract",
        "aggregate with merge",
        "aggregate with emit",
        "cogroup",
        "cogroup with merge",
        "window",
        "window tumbling",
        "window hopping",
        "window unlimited",
        "window session",
        "window sliding",
        "global_table",
        "join of stream global",
        "join of stream table",
        "join of stream stream",
        "join of table table",
        "join with grace",
        "fk_join",
        "filter of table",
        "filter_not of table",
        "map_values of table",
        "transform_values",
        "suppress",
        "suppress with max_records",
        "to_table",
        "to_stream",
        "to",
        "max_task_idle_ms",
        "query iq",
        "query kv",
        "query session",
        "query window",
        "versioned",
    }
)

WHOLE = frozenset(
    {
        "stateless",
        "rules-stateless",
        "window-tumbling",
        "window-hopping",
        "window-unlimited",
        "window-session",
        "window-sliding",
        "rules-windows",
        "window-tumbling-final",
        "window-hopping-final",
        "window-session-final",
        "window-sliding-final",
        "rules-final",
        "join-stream-global",
        "global-join-keys",
        "join-stream-table",
        "join-stream-stream-inner",
        "join-stream-stream-left",
        "join-stream-stream-outer",
        "rules-join-stream-stream",
        "join-table-table",
        "join-foreign-key",
        "rules-join-foreign-key",
        "rules-join-table-table",
        "cogroup",
        "caching",
        "rules-caching",
        "suppress",
        "rules-suppress",
        "table-aggregate",
        "rules-tables",
        "queries",
        "headers-queries",
        "headers-stores",
        "selection",
        "rules-selection",
        "processors",
        "rules-processors",
        "anchored-punctuation",
        "memory-stores",
        "optimized",
        "timestamps",
        "rules-aggregate",
        "versioned-tables",
        "rules-versioned",
        "join-stream-table-versioned",
        "rules-join-stream-table",
        "aggregate",
        "chains",
        "rules-errors",
        "table-stateless",
        "transactional-stores",
    }
)
"""Groups that must pass whole: that a case of them needs something else is a failure too."""


def missing(case: Case) -> list[str]:
    """What the case needs and what is not built, in order."""
    return sorted(needs(case) - SUPPORTED)


def must_pass(case: Case) -> bool:
    """Whether the case needs only what is built."""
    return case.group in WHOLE or not missing(case)
