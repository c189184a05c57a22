"""How values of types look in msgpack: one class a kind of type."""
