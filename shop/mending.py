"""What is left alone when the books are mended, and why: each rule of the judge with the way out for whoever runs the shop."""

from collections.abc import Mapping
from types import MappingProxyType

_MONEY = (
    "Money is never touched. Lay the order beside the bank's own books; what the bank has too much of, pay back there."
)
_SHELF = "Only the shelf knows. Count it, then set what is on hand on the dashboard, with the reason."

WHY_NOT: Mapping[str, str] = MappingProxyType(
    {
        "oversold": "More was sold than there was. Bring more, or give the newest of these orders its money back.",
        "below_zero": "It stands in the ledger, which nobody changes. What is there now is what counts.",
        "ledger_differs": f"The ledger's sums can't be counters. {_SHELF}",
        "stock_of_orders": f"What is on hand is in question, or the order is not there. {_SHELF}",
        "held_without_order": "It goes with the orders that are named beside it; without any, the ledger names none to ask.",
        "doubled_commands": "Both orders are somebody's. Ask the shopper, and cancel or refund one.",
        "wrong_totals": _MONEY,
        "paid_without_money": _MONEY,
        "money_without_goods": _MONEY,
        "charged_twice": _MONEY,
        "books_differ": "The running shop asks the bank about every payment and settles it. If it stays, ask the bank.",
        "goods_without_money": "The goods are packed or sent. Ask the shopper for the money, or for the goods.",
        "claims_left": "Open the order on the dashboard and take it over, or put it back.",
        "goods_out_of_step": "Open the order on the dashboard and set its goods right.",
        "lost_orders": "It is not in the books. Restore the newest backup beside them and look for it there.",
        "codes_miscounted": "Nobody is harmed: the code ends sooner or later than it should. Set its limit on the dashboard.",
        "uses_of_orders": "The order stands as it was placed. Look whether its shopper should have had the code.",
        "codes_overused": "The orders stand as they were placed. End the code, or refund what was taken off too often.",
        "refunded_too_much": _MONEY,
        "refunds_differ": "The running shop asks the provider for every refund that is owed. If it stays, ask the provider.",
        "numbers_missing": "A number that is gone can't be given again. Note why, for whoever checks your books.",
        "backorder_differs": "Only its merchant knows whether backorders are taken. Set it again in the product's editor.",
    }
)


def why_not(rule: str) -> str:
    """Why a finding of this rule is not mended by itself, and what to do instead."""
    return WHY_NOT.get(rule, "It could not be mended just now; something else changed it meanwhile. Look again.")
