"""Orders enriched by foreign key, over two hops: each has its product, and each product its maker.

    $ echo 'acme:{"country": "fr"}' | streamz topics produce makers -K : --app orders.py
    $ echo 'anvil:{"maker": "acme", "price": 40}' | streamz topics produce products -K : --app orders.py
    $ echo '1:{"product": "anvil", "pieces": 2}' | streamz topics produce orders -K : --app orders.py
    $ streamz run orders.py --until end
    $ streamz query orders.py invoices --all
    1    {"total":80,"country":"fr"}

An invoice is made anew when the product gets another price, or the maker moves to another country.
"""

from attrs import frozen

from streamz_core import App

app = App("orders")


@frozen
class Maker:
    country: str


@frozen
class Product:
    maker: str
    price: int


@frozen
class Order:
    product: str
    pieces: int


@frozen
class Priced:
    maker: str
    total: int


@frozen
class Invoice:
    total: int
    country: str


orders = app.table("orders", key=int, value=Order)
products = app.table("products", key=str, value=Product)
makers = app.table("makers", key=str, value=Maker)


@orders.join(products, on=lambda order: order.product)
def priced(order: Order, product: Product) -> Priced:
    return Priced(product.maker, order.pieces * product.price)


@priced.join(makers, on=lambda priced: priced.maker, how="left", materialized=True)
def invoices(priced: Priced, maker: Maker | None) -> Invoice:
    return Invoice(priced.total, maker.country if maker else "unknown")


invoices.to("invoices")
