"""Orders with products and makers, held against two dictionaries."""

from examples.orders import Invoice, Maker, Order, Priced, Product, invoices, priced

MAKERS = [(f"maker-{n}", Maker(["fr", "de", "jp"][n % 3]), 0) for n in range(5)]
PRODUCTS = [(f"product-{n}", Product(f"maker-{n % 7}", 10 + n), 0) for n in range(30)]


def orders(count):
    """Some of products that are not there; every fifth is another order's correction or end."""
    for number in range(count):
        key = number if number % 5 else number // 2
        gone = number % 25 == 0
        yield key, None if gone else Order(f"product-{number % 33}", 1 + number % 4), number


def joined(rows):
    products = {key: product for key, product, _ in PRODUCTS}
    makers = {key: maker for key, maker, _ in MAKERS}
    last = {key: order for key, order, _ in rows}
    found = {}
    for key, order in last.items():
        product = products.get(order.product) if order else None
        if product:
            maker = makers.get(product.maker)
            found[key] = Invoice(
                order.pieces * product.price, maker.country if maker else "unknown"
            )
    return found


def test_the_functions_are_functions():
    assert priced(Order("anvil", 2), Product("acme", 40)) == Priced("acme", 80)
    assert invoices(Priced("acme", 80), Maker("fr")) == Invoice(80, "fr")
    assert invoices(Priced("acme", 80), None) == Invoice(80, "unknown")


def test_what_its_docstring_says(example):
    assert example.story() == example.told()


def test_another_price_or_country_makes_the_invoice_anew(example):
    with example.app.test(partitions=2) as t:
        t.topic("orders").send(1, Order("anvil", 2))
        t.topic("products").send("anvil", Product("acme", 40))
        t.topic("makers").send("acme", Maker("fr"))
        t.topic("products").send("anvil", Product("acme", 50))
        t.topic("makers").send("acme", Maker("de"))
        t.topic("products").send("anvil", None)
        told = [record.value for record in t.topic("invoices").records()]
    assert told == [
        Invoice(80, "unknown"),
        Invoice(80, "fr"),
        Invoice(100, "fr"),
        Invoice(100, "de"),
        None,
    ]


def test_a_killed_worker_is_not_to_be_seen(example):
    rows = list(orders(400))
    example.run_and_kill("orders", rows, tables={"makers": MAKERS, "products": PRODUCTS})
    found = {key: value for key, value in example.last("invoices").items() if value is not None}
    assert found == joined(rows)
