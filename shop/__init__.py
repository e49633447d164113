"""The rules of the shop: pure functions and data, without any input or output."""
