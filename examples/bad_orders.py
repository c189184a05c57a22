"""Bad orders go to a topic of their own, with the reason; the good ones are sorted by size.

    $ echo '1:two anvils' | streamz topics produce raw-orders -K : --app bad_orders.py
    $ streamz run bad_orders.py --until end
    $ streamz topics consume bad-orders -K = -e --app bad_orders.py
    1={"reason":"JSONDecodeError: Expecting value: line 1 column 1 (char 0)","text":"two anvils"}

The first branch that says yes takes a record; the default takes what is left.
"""

import json
from typing import Any

from attrs import frozen

from streamz_core import App

app = App("bad-orders")
LARGE = 100


@frozen
class Order:
    product: str
    pieces: int


@frozen
class Bad:
    reason: str
    text: str


raw = app.stream("raw-orders", key=str, value=str)


@raw.map_values
def checked(text: str) -> Order | Bad:
    try:
        found: Any = json.loads(text)
        order = Order(str(found["product"]), int(found["pieces"]))
    except (ValueError, TypeError, KeyError) as error:
        return Bad(f"{type(error).__name__}: {error}", text)
    return order if order.pieces > 0 else Bad("nothing is ordered", text)


kinds = checked.split()


@kinds.branch
def bad(order: Order | Bad) -> bool:
    return isinstance(order, Bad)


@kinds.branch
def large(order: Order | Bad) -> bool:
    return isinstance(order, Order) and order.pieces >= LARGE


small = kinds.default(name="small")

bad.to("bad-orders")
large.to("large-orders")
small.to("small-orders")
