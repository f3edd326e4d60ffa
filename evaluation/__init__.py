"""How well the product understands and how safe it is, measured on the sets of `tests/conversation`: `make eval`."""
