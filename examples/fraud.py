"""Bursts of payments with one card, held against what its owner may spend in one.

A burst is a session: it goes on while no two payments are more than five minutes apart. Two bursts that a
late payment connects become one, by `Burst.merge`. In the folder of this file:

    $ echo '4711:{"owner": "ann", "limit": 100}' | streamz topics produce cards -K : -T 0 --app fraud.py
    $ echo '4711:{"amount": 101, "at": 0}' | streamz topics produce payments -K : --app fraud.py
    $ streamz run fraud.py --until end
    $ streamz topics consume alerts -e --app fraud.py
    {"card":"4711","owner":"ann","payments":1,"amount":101,"limit":100}

An alert comes again with each payment more, as the results of windows do.
"""

from attrs import frozen

from streamz_core import App, Record, Windowed, session

app = App("fraud")


@frozen
class Payment:
    amount: int
    at: int  # ms UTC


@frozen
class Card:
    owner: str
    limit: int  # of one burst


@frozen
class Burst:
    payments: int = 0
    amount: int = 0

    def add(self, payment: Payment) -> "Burst":
        return Burst(self.payments + 1, self.amount + payment.amount)

    def merge(self, later: "Burst") -> "Burst":
        return Burst(self.payments + later.payments, self.amount + later.amount)


@frozen
class Judged:
    card: str
    owner: str
    payments: int
    amount: int
    limit: int


def paid_at(record: Record[str, Payment], _partition_time: int) -> int:
    return record.value.at


payments = app.stream("payments", key=str, value=Payment, timestamp=paid_at)
cards = app.table("cards", key=str, value=Card)

sessions = payments.group_by_key().window(session("5m", grace="1m"))
bursts = sessions.aggregate(Burst, name="bursts")


@bursts.to_stream(with_key=True)
def by_card(window: Windowed[str], _burst: Burst) -> str:
    return window.key


@by_card.filter
def alive(burst: Burst | None) -> bool:
    return burst is not None  # None: this burst became part of another one


@alive.join(cards, with_key=True)
def judged(number: str, burst: Burst, card: Card) -> Judged:
    return Judged(number, card.owner, burst.payments, burst.amount, card.limit)


@judged.filter
def alerts(judged: Judged) -> bool:
    return judged.amount > judged.limit


alerts.to("alerts")
