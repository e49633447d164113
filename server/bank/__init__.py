"""The sandbox bank: another company, with its own listener, books, pages and look. It knows nothing of the shop's code.

What it promises: a change is on disk before it is answered, a paid payment has exactly one charge, and a key repeated
is an answer repeated.
"""
