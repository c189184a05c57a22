"""Payments with the country of their card, which a service tells that takes its time.

    $ echo 'ann:{"card":"4929 1","cents":1200}' > payments.txt
    $ echo 'bob:{"card":"5100 7","cents":80}' >> payments.txt
    $ echo 'ann:{"card":"4929 1","cents":95}' >> payments.txt
    $ streamz topics produce payments -K : --app enrichment.py < payments.txt
    $ streamz run enrichment.py --until end
    $ streamz topics consume located -e --app enrichment.py
    {"card":"5100 7","cents":80,"country":"US"}
    {"card":"4929 1","cents":1200,"country":"GB"}
    {"card":"4929 1","cents":95,"country":"GB"}
    $ streamz query enrichment.py spent --key GB
    GB    1295

Up to 50 questions are under way at once, and the answers go on in the order of the payments. A worker that dies
asks again for what was not committed; the sums count each payment once.
"""

import asyncio

from attrs import frozen

from streamz_core import App

app = App("enrichment")


@frozen
class Payment:
    card: str
    cents: int


@frozen
class Located:
    card: str
    cents: int
    country: str


COUNTRIES = {"4929": "GB", "5100": "US", "3528": "JP"}


async def country_of(card: str) -> str:
    """What stands for a service: some answers take longer than others."""
    await asyncio.sleep(0.001 * (len(card) + int(card[-1])))
    return COUNTRIES.get(card[:4], "?")


payments = app.stream("payments", key=str, value=Payment)


@payments.map_async(concurrency=50, timeout="5s")
async def located(payment: Payment) -> Located:
    return Located(payment.card, payment.cents, await country_of(payment.card))


located.to("located")


@located.group_by(lambda payment: payment.country, name="by-country", key=str).aggregate(
    initial=int
)
def spent(cents: int, payment: Located) -> int:
    return cents + payment.cents
