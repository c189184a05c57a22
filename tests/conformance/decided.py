"""The cases that a decision of ours changes, by name: what is expected instead, and why.

There is no other way to except a case. A field stands for the recorded one, as `house` does in a case.
"""

from __future__ import annotations

from typing import Any

DECIDED: dict[str, dict[str, Any]] = {
    # Kafka takes a sliding window of difference 0 and fails at the first record; it is refused
    # where it is said, before there is a record to lose.
    "error-sliding-difference-zero": {"error": {"at": "build"}},
    # A record that fails leaves no half effects: what it stored before is undone, so the next one
    # finds 1. There are no dead letters yet.
    "transactional-stores-failing": {
        "outputs": [
            {
                "topic": "out",
                "key": key,
                "value": value,
                "ts": at,
                "after": at,
                **({"headers": [["h", header]]} if header else {}),
            }
            for key, value, at, header in (
                ("a", [1, None], 0, "x1"),
                ("b", [3, None], 2, "x3"),
                ("a", [5, 1], 4, ""),
            )
        ]
    },
    # Results of sessions keep the headers of the record behind them; from a cache over stores with headers
    # Kafka's have none.
    "headers-stores-cached-within-a-commit": {
        "outputs": [
            {"topic": "out", "key": "a", "value": 3, "ts": 0, "headers": [["h", "x1"]], "after": 0},
            {"topic": "out", "key": "a", "value": 8, "ts": 2, "headers": [["h", "x2"]], "after": 1},
            {"topic": "out", "key": "b", "value": 2, "ts": 3, "headers": [["h", "x3"]], "after": 2},
            {"topic": "out", "key": "a", "value": 12, "ts": 4, "after": 3},
            {
                "topic": "out2",
                "key": "a",
                "window": [0, 10],
                "value": 3,
                "ts": 0,
                "headers": [["h", "x1"]],
                "after": 0,
            },
            {
                "topic": "out2",
                "key": "a",
                "window": [0, 10],
                "value": 8,
                "ts": 2,
                "headers": [["h", "x2"]],
                "after": 1,
            },
            {
                "topic": "out2",
                "key": "b",
                "window": [0, 10],
                "value": 2,
                "ts": 3,
                "headers": [["h", "x3"]],
                "after": 2,
            },
            {"topic": "out2", "key": "a", "window": [0, 10], "value": 12, "ts": 4, "after": 3},
            {
                "topic": "out3",
                "key": "a",
                "window": [0, 0],
                "value": 3,
                "ts": 0,
                "headers": [["h", "x1"]],
                "after": 0,
            },
            {
                "topic": "out3",
                "key": "a",
                "window": [0, 0],
                "value": None,
                "ts": 0,
                "headers": [["h", "x2"]],
                "after": 1,
            },
            {
                "topic": "out3",
                "key": "a",
                "window": [0, 2],
                "value": 8,
                "ts": 2,
                "headers": [["h", "x2"]],
                "after": 1,
            },
            {
                "topic": "out3",
                "key": "b",
                "window": [3, 3],
                "value": 2,
                "ts": 3,
                "headers": [["h", "x3"]],
                "after": 2,
            },
            {"topic": "out3", "key": "a", "window": [0, 2], "value": None, "ts": 2, "after": 3},
            {"topic": "out3", "key": "a", "window": [0, 4], "value": 12, "ts": 4, "after": 3},
        ]
    },
    "headers-stores-cached-session": {
        "outputs": [
            {
                "topic": "out",
                "key": "a",
                "window": [0, 0],
                "value": 1,
                "ts": 0,
                "headers": [["h", "x1"]],
                "after": 0,
            },
            {
                "topic": "out",
                "key": "a",
                "window": [0, 0],
                "value": None,
                "ts": 0,
                "headers": [["h", "x2"]],
                "after": 1,
            },
            {
                "topic": "out",
                "key": "a",
                "window": [0, 3],
                "value": 2,
                "ts": 3,
                "headers": [["h", "x2"]],
                "after": 1,
            },
            {
                "topic": "out",
                "key": "a",
                "window": [20, 20],
                "value": 1,
                "ts": 20,
                "headers": [["h", "x3"]],
                "after": 2,
            },
            {
                "topic": "out",
                "key": "a",
                "window": [12, 12],
                "value": 1,
                "ts": 12,
                "headers": [["h", "x4"]],
                "after": 3,
            },
            {
                "topic": "out",
                "key": "a",
                "window": [0, 3],
                "value": None,
                "ts": 3,
                "headers": [["h", "x5"]],
                "after": 4,
            },
            {
                "topic": "out",
                "key": "a",
                "window": [12, 12],
                "value": None,
                "ts": 12,
                "headers": [["h", "x5"]],
                "after": 4,
            },
            {
                "topic": "out",
                "key": "a",
                "window": [0, 12],
                "value": 4,
                "ts": 12,
                "headers": [["h", "x5"]],
                "after": 4,
            },
            {
                "topic": "out",
                "key": "a",
                "window": [0, 12],
                "value": None,
                "ts": 12,
                "headers": [["h", "x6"]],
                "after": 5,
            },
            {
                "topic": "out",
                "key": "a",
                "window": [20, 20],
                "value": None,
                "ts": 20,
                "headers": [["h", "x6"]],
                "after": 5,
            },
            {
                "topic": "out",
                "key": "a",
                "window": [0, 20],
                "value": 6,
                "ts": 20,
                "headers": [["h", "x6"]],
                "after": 5,
            },
        ]
    },
    # Kafka's cache shows windows that the store below it has expired: there is no cache, and they are hidden.
    "caching-0001": {
        "stores": {
            "s": [
                ["a", [105, 140], [["in2", 5], ["in2", 4], ["in2", 2]], 140],
                ["a", [113, 148], [["in2", 4], ["in2", 2]], 140],
                ["a", [120, 155], [["in2", 2]], 140],
                ["a", [157, 192], [["in2", 17]], 192],
                ["b", [109, 144], [["in2", 10]], 144],
                ["p-a", [133, 168], [["in1", 2]], 168],
                ["p-a", [179, 214], [["in1", 18]], 214],
                ["p-b", [131, 166], [["in1", 11]], 166],
            ]
        },
    },
    "caching-0008": {
        "stores": {
            "g": [
                [
                    "a",
                    [
                        ["+", ["a@6-6", 1]],
                        ["+", ["a@96-96", 1]],
                        ["-", ["a@96-96", 1]],
                        ["+", ["a@96-96", 2]],
                        ["-", ["a@96-96", 2]],
                        ["+", ["a@96-97", 3]],
                        ["-", ["a@96-97", 3]],
                        ["+", ["a@96-99", 4]],
                        ["-", ["a@96-99", 4]],
                        ["+", ["a@96-99", 5]],
                        ["+", ["a@131-131", 1]],
                    ],
                    131,
                ],
                [
                    "b",
                    [
                        ["+", ["b@85-85", 1]],
                        ["-", ["b@85-85", 1]],
                        ["+", ["b@85-89", 2]],
                        ["+", ["b@96-96", 1]],
                        ["+", ["b@131-131", 1]],
                        ["+", ["b@137-137", 1]],
                        ["-", ["b@131-131", 1]],
                        ["+", ["b@129-131", 2]],
                        ["-", ["b@137-137", 1]],
                        ["+", ["b@137-137", 2]],
                        ["-", ["b@129-131", 2]],
                        ["+", ["b@128-131", 3]],
                    ],
                    137,
                ],
            ],
            "s": [["a", [131, 131], 1], ["b", [128, 131], 3], ["b", [137, 137], 2]],
        },
    },
    "caching-0010": {
        "stores": {
            "s": [
                ["a", [140, 160], [18], 144],
                ["a", [160, 180], [20], 169],
                ["a", [180, 200], [22], 181],
                ["a", [360, 380], [26], 360],
                ["b", [180, 200], [2], 187],
            ]
        },
    },
    "caching-0011": {
        "stores": {
            "s": [
                [
                    "a",
                    [33, 42],
                    [
                        ["in1", None],
                        ["in1", 4],
                        ["in1", 5],
                        ["in1", 9],
                        ["in1", 10],
                        ["in1", None],
                        ["in1", None],
                        ["in1", None],
                    ],
                ],
                ["b", [32, 42], [["in1", 11], ["in1", 15], ["in1", 16], ["in1", 19]]],
            ]
        },
    },
    "caching-0015": {
        "stores": {"s": [["a", [240, 260], 17, 246], ["b", [260, 280], 4, 277]]},
    },
    "caching-0022": {
        "stores": {
            "s": [
                ["a", [80, 100], [["in2", 6], ["in2", 11]], 81],
                ["b", [60, 80], [["in2", None], ["in2", 5]], 77],
                ["c", [60, 80], [["in2", 8]], 61],
                ["m1", [80, 100], [9], 80],
            ]
        },
    },
    "cached-store-shows-expired": {
        "stores": {"s": [["a", [90, 100], ["v3"], 91], ["b", [90, 100], ["v2"], 90]]},
    },
    # Kafka's test driver runs all parts of an app as one task; behind a repartition topic there is
    # another one, here as on a real cluster, with a stream time of its own.
    "caching-0007": {
        "outputs": [
            {
                "topic": "out",
                "key": "m0",
                "window": [0, 0],
                "value": [["in2", [0, 0, 0, 0]]],
                "ts": 0,
                "headers": [["h", "0"]],
                "after": 0,
            },
            {
                "topic": "out",
                "key": "m0",
                "window": [0, 0],
                "value": [["in2", [0, 0, 0, 0]], ["in2", [2, 0, 0, 0]]],
                "ts": 0,
                "after": 2,
            },
            {"topic": "out", "key": "m0", "window": [0, 0], "value": None, "ts": 0, "after": 4},
            {
                "topic": "out",
                "key": "m0",
                "window": [0, 2],
                "value": [["in2", [0, 0, 0, 0]], ["in2", [2, 0, 0, 0]], ["in2", [4, 2, 2, 0]]],
                "ts": 2,
                "after": 4,
            },
            {
                "topic": "out",
                "key": "m1",
                "window": [242, 242],
                "value": [["in2", [5, 242, 242, 0]]],
                "ts": 242,
                "headers": [["h", "5"]],
                "after": 5,
            },
            {
                "topic": "out",
                "key": "a",
                "window": [249, 249],
                "value": [["in1", 7]],
                "ts": 249,
                "after": 7,
            },
            {
                "topic": "out",
                "key": "a",
                "window": [249, 249],
                "value": None,
                "ts": 249,
                "after": 10,
            },
            {
                "topic": "out",
                "key": "a",
                "window": [249, 252],
                "value": [["in1", 7], ["in1", 10]],
                "ts": 252,
                "after": 10,
            },
            {
                "topic": "out",
                "key": "a",
                "window": [273, 273],
                "value": [["in1", 13]],
                "ts": 273,
                "after": 13,
            },
            {
                "topic": "out",
                "key": "m1",
                "window": [264, 264],
                "value": [["in2", [15, 264, 264, 0]]],
                "ts": 264,
                "after": 15,
            },
            {
                "topic": "out",
                "key": "m1",
                "window": [280, 280],
                "value": [["in2", [3, 280, 280, 0]]],
                "ts": 280,
                "after": 19,
            },
            {
                "topic": "out",
                "key": "m1",
                "window": [529, 529],
                "value": [["in2", [21, 529, 529, 0]]],
                "ts": 529,
                "after": 21,
            },
        ],
        "stores": {"s": []},
    },
    # A session that retention has hidden is not merged any more, as without a cache: of it nothing comes.
    "cached-expired-session": {
        "outputs": [
            {"topic": "out", "key": "b", "window": [50, 50], "value": ["v0"], "ts": 50, "after": 0},
            {"topic": "out", "key": "a", "window": [40, 40], "value": ["v1"], "ts": 40, "after": 1},
            {"topic": "out", "key": "b", "window": [50, 50], "value": None, "ts": 50, "after": 2},
            {
                "topic": "out",
                "key": "b",
                "window": [50, 53],
                "value": ["v0", "v2"],
                "ts": 53,
                "after": 2,
            },
            {"topic": "out", "key": "a", "window": [44, 44], "value": ["v3"], "ts": 44, "after": 3},
            {"topic": "out", "key": "a", "window": [44, 44], "value": None, "ts": 44, "after": 4},
            {
                "topic": "out",
                "key": "a",
                "window": [44, 50],
                "value": ["v3", "v4"],
                "ts": 50,
                "after": 4,
            },
            {"topic": "out", "key": "a", "window": [44, 50], "value": None, "ts": 50, "after": 5},
            {
                "topic": "out",
                "key": "a",
                "window": [44, 51],
                "value": ["v3", "v4", "v5"],
                "ts": 51,
                "after": 5,
            },
        ],
        "stores": {"s": [["a", [44, 51], ["v3", "v4", "v5"]], ["b", [50, 53], ["v0", "v2"]]]},
    },
}
