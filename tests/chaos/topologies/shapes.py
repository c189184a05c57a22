"""Random topologies, in the words of the recorded cases (tests/vectors/FORMAT.md)."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from attrs import evolve, frozen

Spec = dict[str, Any]

TEXT = "text"
"""The kind of a key that is no window's."""

HEAVY = 60
"""How long the values of a step may become before nothing is appended to them any more."""

AGGREGATES = ("count", "reduce", "aggregate")
PREDICATES = (["gt", 3], ["mod", 2, 0], ["mod", 3, 1], ["not_null"], ["key_in", ["a", "b", "m1"]])
MAPPERS = (
    ["identity"],
    ["add", 1],
    ["add", -2],
    ["wrap", "w"],
    ["null_if_mod", 3, 0],
    ["null_if_mod", 2, 1],
    ["with_key"],
    ["field", "n"],
)
KEYS = (
    ["key_mod", 3],
    ["key_mod", 2],
    ["key_field", "fk"],
    ["key_const", "a"],
    ["key_null_if_mod", 5, 0],
)
KEYS_OF_WINDOWS = (["key"], ["key_base"], ["key_base"], ["key_base"])
FOREIGN = (["key_field", "fk"], ["key_field", "fk"], ["key_mod", 3])
FOLDS = ("sum", "max", "last", "append", "append_tag", "append_key", "append_or_null")
GROWING = ("append", "append_tag", "append_key", "append_or_null")
REDUCERS = ("add", "first", "last", "concat", "add_null_if_mod")
JOINERS = (["pair"], ["pair"], ["pair_key"], ["pair_null_if_mod", 3, 0])


@frozen
class Made:
    """What is known of a stream or a table. `key`: TEXT, or what the window is; `heavy`: how long values may be."""

    table: bool
    key: str = TEXT
    heavy: int = 1
    versioned: int = 0
    updates: bool = True
    rekeyed: bool = False


class Shape:
    """The nodes so far, and what they made."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.unit = chance.choice((1, 1, 1, 20_000))  # some reach over segments of stores
        self.nodes: list[Spec] = []
        self.made: dict[str, Made] = {}
        self.grouped: dict[str, Made] = {}
        self.everywhere: list[str] = []
        self.lates: dict[str, Made] = {}
        self.topics = 0
        for _ in range(chance.choice((1, 2, 2, 3))):
            self._source()
        if chance.random() < 0.2:
            self._global()
        for _ in range(chance.choice((2, 3, 4, 5, 6, 8))):
            self._step()
        self._sinks()

    # ---- choosing

    def _id(self) -> str:
        return f"n{len(self.nodes) + 1}"

    def _maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def _beside(self, *what: Any) -> bool:
        """By a chance of its own, in two of three: what else a seed draws stays as it is."""
        return Random(json.dumps([len(self.nodes), *what])).random() < 2 / 3

    def _any(self, wanted: Callable[[Made], bool]) -> str | None:
        """One of what was made; rather one of the last."""
        found = [name for name, made in self.made.items() if wanted(made)]
        return self.chance.choice([*found, *found[-2:], *found[-1:]]) if found else None

    def _streams(self, wanted: Callable[[Made], bool] = lambda _: True) -> str | None:
        return self._any(lambda made: not made.table and wanted(made))

    def _tables(self, wanted: Callable[[Made], bool] = lambda _: True) -> str | None:
        return self._any(lambda made: made.table and wanted(made))

    def _span(self, *choices: int) -> int:
        return self.chance.choice(choices) * self.unit

    def _add(self, op: str, made: Made | None = None, **fields: Any) -> str:
        node = {"op": op, "id": self._id(), **fields}
        self.nodes.append(node)
        if made is not None:
            self.made[node["id"]] = made
        return str(node["id"])

    def _kept(self, share: float = 0.4) -> Spec:
        """A store, perhaps; named after the step."""
        return {"store": f"s{len(self.nodes) + 1}"} if self._maybe(share) else {}

    def _told(self, kept: Spec) -> Spec:
        """What may be said of a store: how long its rows stay, what goes on."""
        if kept and "versioned" not in kept and self._maybe(0.2):
            kept["ttl"] = self._span(3, 10, 30)
        if kept and "versioned" not in kept and self._maybe(0.2):
            kept["emit"] = "changes"
        return kept

    def _versions(self, kept: Spec) -> int:
        """A store keeps versions, perhaps: for how long."""
        if kept and self._maybe(0.25):
            kept["versioned"] = self._span(5, 20)
        return int(kept.get("versioned", 0))

    # ---- sources and sinks

    def _topic(self) -> str:
        self.topics += 1
        return f"in{self.topics}"

    def _source(self) -> None:
        if self._maybe(0.35):
            kept = self._kept()
            if kept and self._maybe(0.3):
                kept["versioned"] = self._span(5, 20, 60)
            self._told(kept)
            versioned = kept.get("versioned", 0)
            self._add("table", Made(table=True, versioned=versioned), topic=self._topic(), **kept)
            return
        topics = [self._topic() for _ in range(self.chance.choice((1, 1, 1, 1, 2)))]
        more = {"extractor": ["ts_field_or_record", "t"]} if self._maybe(0.1) else {}
        self._add("stream", Made(table=False), topics=topics, **more)

    def _global(self) -> None:
        self.everywhere.append(self._add("global_table", topic=self._topic(), **self._kept()))

    def _sinks(self) -> None:
        used = {one for node in self.nodes for one in parents(node)}
        for name in list(self.made):
            if name not in used or self._maybe(0.15):
                self.nodes.append({"op": "to", "of": name, "topic": f"out{len(self.nodes) + 1}"})

    # ---- steps

    def _step(self) -> None:
        choices: tuple[tuple[int, Callable[[], Any]], ...] = (
            (8, self._stateless),
            (3, self._rekeying),
            (2, self._merge),
            (1, self._split),
            (2, self._processor),
            (10, self._aggregate),
            (2, self._cogroup),
            (5, self._stream_join),
            (4, self._stream_table_join),
            (8 if self.everywhere else 0, self._global_join),
            (5, self._table_join),
            (4, self._foreign_join),
            (6, self._derived),
            (5, self._table_aggregate),
            (4, self._suppress),
            (4, self._to_stream),
            (3, self._to_table),
            (2, self._deduplicate),
            (2, self._late),
        )
        weights = [weight for weight, _ in choices]
        while self.chance.choices(choices, weights)[0][1]() is None:
            pass

    def _stateless(self) -> str | None:
        of = self._streams()
        if of is None:
            return None
        made = self.made[of]
        op = self.chance.choice(
            ("filter", "filter_not", "map_values", "map_values", "peek", "flat_map_values")
        )
        if op == "peek":
            return self._add(op, made, of=of)
        if op.startswith("filter"):
            return self._add(op, made, of=of, fn=self.chance.choice(PREDICATES))
        if op == "flat_map_values":
            return self._add(op, evolve(made, heavy=made.heavy + 1), of=of, fn=["repeat", 3])
        return self._add(
            op, evolve(made, heavy=made.heavy + 1), of=of, fn=self.chance.choice(MAPPERS)
        )

    def _key(self, made: Made) -> list[Any]:
        return list(self.chance.choice(KEYS if made.key == TEXT else KEYS_OF_WINDOWS))

    def _rekeying(self) -> str | None:
        of = self._streams()
        if of is None:
            return None
        made = evolve(self.made[of], key=TEXT, rekeyed=True)
        key = self._key(self.made[of])
        op = self.chance.choice(("select_key", "select_key", "map", "flat_map", "repartition"))
        if op == "repartition":
            if self.made[of].key != TEXT:
                return None
            return self._add(op, evolve(self.made[of], rekeyed=False), of=of)
        if op == "select_key":
            return self._add(op, made, of=of, key_fn=key)
        heavier = evolve(made, heavy=made.heavy + 1)
        if op == "map":
            return self._add(op, heavier, of=of, key_fn=key, fn=self.chance.choice(MAPPERS))
        return self._add(op, heavier, of=of, key_fn=key, fn=["repeat", 3])

    def _merge(self) -> str | None:
        left = self._streams()
        if left is None:
            return None
        right = self._streams(lambda made: made.key == self.made[left].key)
        if right is None or right == left:
            return None
        both = self.made[left], self.made[right]
        made = evolve(
            both[0],
            heavy=max(one.heavy for one in both),
            rekeyed=any(one.rekeyed for one in both),
        )
        return self._add("merge", made, of=[left, right])

    def _split(self) -> str | None:
        of = self._streams()
        if of is None:
            return None
        name = self._id()
        branches = [
            {"id": f"{name}b{at}", "fn": self.chance.choice(PREDICATES)}
            for at in range(self.chance.choice((1, 2)))
        ]
        node: Spec = {"op": "split", "id": name, "of": of, "branches": branches}
        if self._maybe(0.7):
            node["default"] = f"{name}d"
        self.nodes.append(node)
        for branch in [
            *(one["id"] for one in branches),
            *([node["default"]] if "default" in node else []),
        ]:
            self.made[branch] = self.made[of]
        return name

    def _processor(self) -> str | None:
        of = self._streams(lambda made: made.key == TEXT)
        if of is None:
            return None
        made = self.made[of]
        fn, stored = self.chance.choice(
            (
                (["shift_ts", -7 * self.unit], False),
                (["shift_ts", 5 * self.unit], False),
                (["add_header", "x", "y"], False),
                (["repeat", 3], False),
                (["times"], False),
                (["dedup"], True),
                (["total_every", 10 * self.unit], True),
            )
        )
        op = (
            "process"
            if fn[0] == "total_every"
            else self.chance.choice(("process", "process_values"))
        )
        kept = {"store": f"p{len(self.nodes) + 1}"} if stored else {}
        rekeyed = made.rekeyed or op == "process"
        return self._add(
            op, evolve(made, heavy=made.heavy + 1, rekeyed=rekeyed), of=of, fn=fn, **kept
        )

    # ---- aggregates

    def _group(self) -> str | None:
        """A grouped stream, perhaps one that is there."""
        if self.grouped and self._maybe(0.25):
            return self.chance.choice(list(self.grouped))
        of = self._streams(lambda made: made.key == TEXT) if self._maybe(0.9) else self._streams()
        if of is None:
            return None
        made = self.made[of]
        if made.key == TEXT and self._maybe(0.6):
            name = self._add("group_by_key", of=of)
            self.grouped[name] = made
        else:
            name = self._add("group_by", of=of, key_fn=self._key(made))
            self.grouped[name] = evolve(made, key=TEXT, rekeyed=True)
        return name

    def _window(self) -> Spec:
        kind = self.chance.choice(
            ("tumbling", "hopping", "sliding", "session", "session", "unlimited")
        )
        grace = self._span(0, 0, 5, 10)
        if kind == "unlimited":
            return {"type": kind, "start": self._span(0, 15)}
        if kind == "session":
            return {"type": kind, "gap": self._span(2, 5, 10), "grace": grace}
        if kind == "sliding":
            return {"type": kind, "diff": self._span(2, 5, 10), "grace": grace}
        if kind == "tumbling":
            return {"type": kind, "size": self._span(5, 10), "grace": grace}
        return {"type": kind, "size": self._span(10), "advance": self._span(3, 5), "grace": grace}

    def _fold(self, heavy: int) -> tuple[Spec, int]:
        """An op, and how long its values may become."""
        op = self.chance.choice(AGGREGATES)
        if op == "count":
            return {"op": op}, 1
        if op == "reduce":
            name = self.chance.choice([one for one in REDUCERS if one != "concat" or heavy < HEAVY])
            add = [name, 4, 0] if name == "add_null_if_mod" else [name]
            return {"op": op, "add": add}, heavy * 20 if name == "concat" else heavy
        name = self.chance.choice([one for one in FOLDS if one not in GROWING or heavy < HEAVY])
        more = {"append_tag": ["t"], "append_or_null": [5, 0]}.get(name, [])
        initial = [] if name in GROWING else 0
        return {"op": op, "add": [name, *more], "init": initial}, (
            heavy * 20 if name in GROWING else heavy
        )

    def _aggregate(self) -> str | None:
        of = self._group()
        if of is None:
            return None
        made = self.grouped[of]
        fold, heavy = self._fold(made.heavy)
        if self._maybe(0.4):
            kept = {"versioned": self._span(5, 20)} if self._maybe(0.1) else {}
            return self._aggregated(
                fold, of, Made(table=True, heavy=heavy, versioned=kept.get("versioned", 0)), **kept
            )
        window = self._window()
        of = self._add("window", of=of, window=window)
        final = window["type"] != "unlimited" and self._maybe(0.35)
        more: Spec = {"emit": "final"} if final else {}
        if final and self._beside("traced", window):
            more["traced"] = True
        if not final and self._maybe(0.15):
            more["emit"] = "changes"
        if window["type"] != "unlimited" and self._maybe(0.2):
            more["retention"] = 60 * self.unit
        if window["type"] == "session" and fold["op"] == "aggregate":
            more["merge"] = ["concat"] if isinstance(fold["init"], list) else ["add"]
        came = evolve(made, rekeyed=False)
        made = Made(table=True, key=json.dumps(window), heavy=heavy, updates=not final)
        name = self._aggregated(fold, of, made, **more)
        if window["type"] != "unlimited":
            self.lates[name] = came
        return name

    def _aggregated(self, fold: Spec, of: str, made: Made, **more: Any) -> str:
        if made.key == TEXT:
            more = self._told({"store": "", **more})
            del more["store"]
        fold = {**fold, **more}
        op = fold.pop("op")
        return self._add(op, made, of=of, store=f"s{len(self.nodes) + 1}", **fold)

    def _cogroup(self) -> str | None:
        inputs = []
        heavy = 1
        for at in range(self.chance.choice((1, 2, 2))):
            of = self._group()
            if of is None or of in [one["of"] for one in inputs]:
                return None
            heavy = max(heavy, self.grouped[of].heavy)
            inputs.append({"of": of, "add": ["append_tag", f"t{at}"] if heavy < HEAVY else ["sum"]})
        grows = heavy < HEAVY
        if not grows:
            inputs = [{**one, "add": ["sum"]} for one in inputs]
        fields: Spec = {"inputs": inputs, "init": [] if grows else 0, **self._kept(0.7)}
        made = Made(table=True, heavy=heavy * 20 if grows else 1)
        if self._maybe(0.5):
            window = self._window()
            fields["window"] = window
            if window["type"] == "session":
                fields["merge"] = ["concat"] if grows else ["add"]
            made = evolve(made, key=json.dumps(window))
        return self._add("cogroup", made, **fields)

    def _table_aggregate(self) -> str | None:
        of = self._tables()
        if of is None:
            return None
        made = self.made[of]
        grouped = self._add(
            "group_by",
            of=of,
            key_fn=self._key(made),
            fn=self.chance.choice((["identity"], ["identity"], ["add", 1], ["null_if_mod", 3, 0])),
        )
        op = self.chance.choice(("count", "reduce", "aggregate", "aggregate"))
        result = Made(table=True, heavy=made.heavy)
        if op == "count":
            return self._aggregated({"op": op}, grouped, result)
        if op == "reduce":
            add, subtract = self.chance.choice((("add", "subtract"), ("last", "first")))
            return self._aggregated(
                {"op": op, "add": [add], "subtract": [subtract]}, grouped, result
            )
        if made.heavy < HEAVY and self._maybe(0.5):
            fold: Spec = {"op": op, "init": [], "add": ["append"], "subtract": ["remove"]}
            result = evolve(result, heavy=made.heavy * 6)
        else:
            fold = {"op": op, "init": 0, "add": ["sum"], "subtract": ["minus"]}
        return self._aggregated(fold, grouped, result)

    # ---- joins

    def _stream_join(self) -> str | None:
        left = self._streams(lambda made: made.key == TEXT)
        right = self._streams(lambda made: made.key == TEXT)
        if left is None or right is None or (left == right and self._maybe(0.8)):
            return None
        window = {
            "before": self._span(0, 3, 10),
            "after": self._span(0, 3, 10),
            "grace": self._span(0, 5),
        }
        name = self._joined(left, right, ("inner", "left", "outer"), window=window)
        if self.nodes[-1]["how"] != "inner" and self._beside("traced", window):
            self.nodes[-1]["traced"] = True
        if self.nodes[-1]["how"] == "inner" and left != right:
            self.lates[name] = evolve(
                self.made[name], heavy=max(self.made[left].heavy, self.made[right].heavy)
            )
        return name

    def _joined(self, left: str, right: str, hows: tuple[str, ...], **more: Any) -> str:
        heavy = self.made[left].heavy + (self.made[right].heavy if right in self.made else 1)
        fields = {"how": self.chance.choice(hows), "fn": self.chance.choice(JOINERS), **more}
        made = evolve(self.made[left], heavy=heavy, rekeyed=False, versioned=0)
        return self._add("join", made, of=[left, right], **fields)

    def _stream_table_join(self) -> str | None:
        left = self._streams(lambda made: made.key == TEXT)
        right = self._tables(lambda made: made.key == TEXT)
        if left is None or right is None:
            return None
        history = self.made[right].versioned
        more = {"grace": min(history, self._span(0, 5))} if history and self._maybe(0.7) else {}
        return self._joined(left, right, ("inner", "left"), **more)

    def _global_join(self) -> str | None:
        left = self._streams()
        if left is None or not self.everywhere:
            return None
        key = self.chance.choice((["key"], ["key_field", "fk"], ["key_mod", 3]))
        right = self.chance.choice(self.everywhere)
        made = evolve(self.made[left], heavy=self.made[left].heavy + 1)
        how = self.chance.choice(("inner", "left"))
        return self._add("join", made, of=[left, right], how=how, fn=["pair"], key_fn=key)

    def _table_join(self) -> str | None:
        left = self._tables()
        if left is None:
            return None
        right = self._tables(lambda made: made.key == self.made[left].key)
        if right is None:
            return None
        kept = self._kept() if self.made[left].key == TEXT else {}
        history = self._versions(kept)
        self._told(kept)
        name = self._joined(left, right, ("inner", "left", "outer"), **kept)
        both = self.made[left].updates and self.made[right].updates
        self.made[name] = evolve(self.made[name], updates=both, versioned=history)
        return name

    def _foreign_join(self) -> str | None:
        left = self._tables(lambda made: made.key == TEXT)
        right = self._tables(lambda made: made.key == TEXT)
        if left is None or right is None:
            return None
        heavy = self.made[left].heavy + self.made[right].heavy
        return self._add(
            "fk_join",
            Made(table=True, heavy=heavy),
            of=[left, right],
            how=self.chance.choice(("inner", "left")),
            key_fn=self.chance.choice(FOREIGN),
            fn=self.chance.choice((["pair"], ["pair_key"])),
            **self._told(self._kept()),
        )

    # ---- tables

    def _derived(self) -> str | None:
        of = self._tables()
        if of is None:
            return None
        made = self.made[of]
        kept = self._kept(0.3) if made.key == TEXT else {}
        if kept:
            made = evolve(made, versioned=self._versions(kept))
            self._told(kept)
        op = self.chance.choice(
            ("filter", "filter", "filter_not", "map_values", "map_values", "transform_values")
        )
        if op.startswith("filter"):
            return self._add(op, made, of=of, fn=self.chance.choice(PREDICATES), **kept)
        heavier = evolve(made, heavy=made.heavy + 1)
        return self._add(op, heavier, of=of, fn=self.chance.choice(MAPPERS), **kept)

    def _suppress(self) -> str | None:
        of = self._tables(
            lambda made: made.key != TEXT and made.updates and "unlimited" not in made.key
        )
        if of is not None and self._maybe(0.6):
            return self._add(
                "suppress", evolve(self.made[of], updates=False), of=of, until="window_closes"
            )
        of = self._tables(lambda made: not made.versioned)
        if of is None:
            return None
        more = {"max_records": self.chance.choice((1, 2))} if self._maybe(0.3) else {}
        made = evolve(self.made[of], updates=False)
        return self._add(
            "suppress", made, of=of, until="time_limit", ms=self._span(0, 5, 20), **more
        )

    def _to_stream(self) -> str | None:
        of = self._tables()
        if of is None:
            return None
        made = self.made[of]
        if self._maybe(0.7 if made.key == TEXT else 0.4):
            return self._add(
                "to_stream", evolve(made, table=False, versioned=0, rekeyed=False), of=of
            )
        key = self._key(made)
        result = Made(table=False, heavy=made.heavy, rekeyed=True)
        return self._add("to_stream", result, of=of, key_fn=key)

    def _to_table(self) -> str | None:
        of = self._streams(lambda made: made.key == TEXT)
        if of is None:
            return None
        kept = self._kept()
        made = Made(table=True, heavy=self.made[of].heavy, versioned=self._versions(kept))
        self._told(kept)
        return self._add("to_table", made, of=of, **kept)

    def _deduplicate(self) -> str | None:
        of = self._streams(lambda made: made.key == TEXT)
        if of is None:
            return None
        more = {"by": ["key_mod", 3]} if self._maybe(0.5) else {}
        span, grace = self._span(2, 5, 10), self._span(0, 5)
        made = evolve(self.made[of], rekeyed=False)
        name = self._add("deduplicate", made, of=of, within=span, grace=grace, **more)
        self.lates[name] = made
        return name

    def _late(self) -> str | None:
        """What came too late for one of the steps that tell it; once of each."""
        if not self.lates:
            return None
        of = self.chance.choice(list(self.lates))
        return self._add("late", self.lates.pop(of), of=of)


def parents(node: Spec) -> list[str]:
    if "inputs" in node:
        return [one["of"] for one in node["inputs"]]
    of = node.get("of", [])
    return of if isinstance(of, list) else [of]


def sources(nodes: list[Spec]) -> dict[str, str]:
    """The topics that come from outside, and the op that reads each."""
    found = {}
    for node in nodes:
        if node["op"] in ("stream", "table", "global_table"):
            for topic in node.get("topics") or [node["topic"]]:
                found[topic] = node["op"]
    return found
