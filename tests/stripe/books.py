"""The stand-in's books: Stripe's objects as the API shows them, and what can happen to them."""

import secrets
from collections.abc import Callable
from typing import Any

from shop.judge import BankFacts
from shop.payments import PaymentState
from tests.stripe.wire import Refusal, known, number

APPROVED = "4242424242424242"
DECLINED = "4000000000000002"
DELAYED = "delayed"
"""No card but a debit: it is complete at once, and paid or not some days later."""
CARDS = (APPROVED, DECLINED, DELAYED)

SMALLEST = {"usd": 50, "eur": 50, "jpy": 50, "kwd": 0}
HALF_AN_HOUR, A_DAY = 1800, 24 * 3600
WISHES = (
    *("mode", "client_reference_id", "success_url", "cancel_url", "expires_at", "line_items", "metadata"),
    *("payment_intent_data", "adaptive_pricing", "customer_email", "expand"),
)

Object = dict[str, Any]


class Books:
    """Every object by its id. `events` are those that have not been delivered yet."""

    def __init__(self, now: Callable[[], int], page_url: Callable[[], str]) -> None:
        self._now = now
        self._page_url = page_url
        self._objects: dict[str, dict[str, Object]] = {"cs": {}, "pi": {}, "ch": {}, "re": {}, "dp": {}}
        self.events: list[Object] = []
        self.cards_are_gone = False
        """Whether refunds fail, since there is nothing any more to give the money back to."""

    # What the API is asked

    def ask(self, method: str, path: str, params: Object) -> Object:
        """What an endpoint answers; raises Refusal."""
        match [method, *path.removeprefix("/v1/").split("/")]:
            case ["POST", "checkout", "sessions"]:
                return self._shown(self._open(params), params)
            case ["GET", "checkout", "sessions"]:
                known(params, "created", "limit", "starting_after", "expand")
                return self._list("/v1/checkout/sessions", list(self._objects["cs"].values()), params)
            case ["GET", "checkout", "sessions", ref]:
                known(params, "expand")
                return self._shown(self.session(ref), params)
            case ["POST", "checkout", "sessions", ref, "expire"]:
                known(params, "expand")
                return self._shown(self._expire(self.session(ref)), params)
            case ["POST", "refunds"]:
                return self._refund(params)
            case ["GET", "refunds" | "disputes" as kind]:
                known(params, "payment_intent", "limit", "starting_after")
                found = self._objects["re" if kind == "refunds" else "dp"].values()
                mine = [one for one in found if one["payment_intent"] == params.get("payment_intent")]
                return self._list(f"/v1/{kind}", mine, params)
            case ["GET", "payment_intents", ref]:
                return self._one("pi", ref)
        raise Refusal(f"Unrecognized request URL ({method}: {path}).", status=404)

    def session(self, ref: str) -> Object:
        """A session as it stands now: an open one may have run out."""
        session = self._one("cs", ref)
        if session["status"] == "open" and self._now() >= session["expires_at"]:
            self._end(session)
        return session

    # What happens at Stripe

    def pay(self, ref: str, card: str = APPROVED) -> bool:
        """A shopper pays on the page; answers whether the page is done with."""
        session = self.session(ref)
        assert session["status"] == "open", session["status"]
        intent = self._intent(session)
        if card == DECLINED:
            intent["status"] = "requires_payment_method"
            intent["last_payment_error"] = {
                "type": "card_error",
                "code": "card_declined",
                "decline_code": "do_not_honor",
            }
            self._tell("payment_intent.payment_failed", intent)
            return False
        session |= {"status": "complete", "url": None}
        intent["last_payment_error"] = None
        if card == DELAYED:
            intent["status"] = "processing"
        else:
            self._take(session, intent)
        self._tell("checkout.session.completed", session)
        return True

    def decide(self, ref: str, *, paid: bool) -> None:
        """A debit is decided."""
        session = self.session(ref)
        intent = self._intent(session)
        if paid:
            self._take(session, intent)
        else:
            intent["status"] = "requires_payment_method"
            intent["last_payment_error"] = {"type": "card_error", "code": "insufficient_funds", "decline_code": None}
        self._tell(f"checkout.session.async_payment_{'succeeded' if paid else 'failed'}", session)

    def refund_by_hand(self, ref: str, amount: int) -> None:
        """Somebody gives money back in Stripe's dashboard."""
        self._refund({"payment_intent": self.session(ref)["payment_intent"], "amount": str(amount)})

    def fail_refund(self, refund: str) -> None:
        """A refund comes back days later: the card is gone."""
        made = self._one("re", refund)
        made |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
        self._one("ch", made["charge"])["amount_refunded"] -= made["amount"]
        self._tell("refund.failed", made)

    def dispute(self, ref: str, amount: int = 0) -> str:
        """The cardholder asks for the money back; answers the dispute's id."""
        intent = self._intent(self.session(ref))
        charge = self._one("ch", intent["latest_charge"])
        charge["disputed"] = True
        made = self._new("dp", "dispute") | {
            "amount": amount or charge["amount"],
            "charge": charge["id"],
            "currency": charge["currency"],
            "evidence_details": {"due_by": self._now() + 7 * A_DAY, "has_evidence": False},
            "is_charge_refundable": False,
            "payment_intent": intent["id"],
            "reason": "fraudulent",
            "status": "needs_response",
        }
        self._objects["dp"][made["id"]] = made
        self._tell("charge.dispute.created", made)
        return str(made["id"])

    def judge_dispute(self, ref: str, status: str) -> None:
        """The dispute moves on, such as to under_review, won or lost."""
        made = self._one("dp", ref)
        made["status"] = status
        self._tell("charge.dispute.closed" if status in ("won", "lost") else "charge.dispute.updated", made)

    def took(self, ref: str, amount: int, currency: str = "") -> None:
        """What was taken becomes another amount than was asked for."""
        intent = self._intent(self.session(ref))
        charge = self._one("ch", intent["latest_charge"])
        intent["amount_received"] = charge["amount"] = amount
        intent["currency"] = charge["currency"] = currency or intent["currency"]

    def refunds(self, ref: str) -> list[Object]:
        """What was given back of a session, without what failed."""
        intent = self.session(ref)["payment_intent"]
        made = [one for one in self._objects["re"].values() if one["payment_intent"] == intent]
        return [one for one in made if one["status"] != "failed"]

    def sessions(self) -> list[Object]:
        return list(self._objects["cs"].values())

    def facts(self) -> list[BankFacts]:
        return [self._facts(session) for session in self.sessions()]

    # How it is done

    def _open(self, params: Object) -> Object:
        known(params, *WISHES)
        if params.get("mode") != "payment":
            raise Refusal("You must provide `mode`.", param="mode")
        if not str(params.get("success_url", "")).startswith(("http://", "https://")):
            raise Refusal("Not a valid URL", code="url_invalid", param="success_url")
        [line] = params["line_items"]
        price, quantity = line["price_data"], number(line, "quantity")
        amount, currency = number(price, "unit_amount") * quantity, str(price["currency"])
        if currency != currency.lower() or not price["product_data"]["name"]:
            raise Refusal(f"Invalid currency: {currency}", param="line_items[0][price_data][currency]")
        if amount < SMALLEST.get(currency, 50):
            raise Refusal("The Checkout Session's total amount due must add up to more.", code="amount_too_small")
        expires_at = number(params, "expires_at") if "expires_at" in params else self._now() + A_DAY
        if not self._now() + HALF_AN_HOUR <= expires_at <= self._now() + A_DAY:
            said = "The `expires_at` timestamp must be between 30 minutes and 24 hours after Checkout Session creation."
            raise Refusal(said, param="expires_at")
        session = self._new("cs_test", "checkout.session") | {
            "amount_subtotal": amount,
            "amount_total": amount,
            "cancel_url": params.get("cancel_url"),
            "client_reference_id": params.get("client_reference_id"),
            "currency": currency,
            "customer": None,
            "customer_email": params.get("customer_email"),
            "expires_at": expires_at,
            "metadata": params.get("metadata", {}),
            "mode": "payment",
            "payment_intent": None,
            "payment_status": "unpaid",
            "status": "open",
            "success_url": params["success_url"],
            "ui_mode": "hosted_page",
            "_intent_metadata": params.get("payment_intent_data", {}).get("metadata", {}),
        }
        session["url"] = f"{self._page_url()}/c/pay/{session['id']}"
        self._objects["cs"][session["id"]] = session
        return session

    def _expire(self, session: Object) -> Object:
        if session["status"] != "open":
            said = f"Only Checkout Sessions with a status in ['open'] can be expired. It is {session['status']}."
            raise Refusal(said, kept=True)
        self._end(session)
        return session

    def _end(self, session: Object) -> None:
        session |= {"status": "expired", "url": None}
        self._tell("checkout.session.expired", session)

    def _intent(self, session: Object) -> Object:
        if session["payment_intent"] is not None:
            return self._one("pi", session["payment_intent"])
        intent = self._new("pi", "payment_intent") | {
            "amount": session["amount_total"],
            "amount_received": 0,
            "currency": session["currency"],
            "last_payment_error": None,
            "latest_charge": None,
            "metadata": session["_intent_metadata"],
            "status": "requires_payment_method",
        }
        self._objects["pi"][intent["id"]] = intent
        session["payment_intent"] = intent["id"]
        return intent

    def _take(self, session: Object, intent: Object) -> None:
        charge = self._new("ch", "charge") | {
            "amount": intent["amount"],
            "amount_captured": intent["amount"],
            "amount_refunded": 0,
            "currency": intent["currency"],
            "disputed": False,
            "metadata": intent["metadata"],
            "paid": True,
            "payment_intent": intent["id"],
            "refunded": False,
            "status": "succeeded",
        }
        self._objects["ch"][charge["id"]] = charge
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"]}
        session["payment_status"] = "paid"
        self._tell("payment_intent.succeeded", intent)
        self._tell("charge.succeeded", charge)

    def _refund(self, params: Object) -> Object:
        known(params, "payment_intent", "amount", "metadata", "reason")
        intent = self._one("pi", str(params.get("payment_intent", "")))
        if intent["latest_charge"] is None:
            raise Refusal("This PaymentIntent does not have a successful charge to refund.", kept=True)
        charge = self._one("ch", intent["latest_charge"])
        left = charge["amount"] - charge["amount_refunded"]
        amount = number(params, "amount") if "amount" in params else left
        if left == 0:
            said = f"Charge {charge['id']} has already been refunded."
            raise Refusal(said, code="charge_already_refunded", kept=True)
        if amount > left:
            raise Refusal(
                f"Refund amount is greater than unrefunded amount on charge ({left})", param="amount", kept=True
            )
        refund = self._new("re", "refund") | {
            "amount": amount,
            "charge": charge["id"],
            "currency": charge["currency"],
            "metadata": params.get("metadata", {}),
            "payment_intent": intent["id"],
            "status": "succeeded",
        }
        if self.cards_are_gone:
            refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
            self._objects["re"][refund["id"]] = refund
            return refund
        self._objects["re"][refund["id"]] = refund
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self._tell("refund.created", refund)
        self._tell("charge.refunded", charge)
        return refund

    def _one(self, kind: str, ref: str) -> Object:
        found = self._objects[kind].get(ref)
        if found is None:
            raise Refusal(f"No such object: '{ref}'", status=404, code="resource_missing", param="id")
        return found

    def _list(self, url: str, found: list[Object], params: Object) -> Object:
        created = params.get("created", {})
        least, most = int(created.get("gte", 0)), int(created.get("lte", 1 << 40))
        newest_first = [one for one in reversed(found) if least <= one["created"] <= most]
        after = params.get("starting_after")
        if after is not None:
            newest_first = newest_first[1 + [one["id"] for one in newest_first].index(after) :]
        limit = number(params, "limit") if "limit" in params else 10
        page = [self._shown(one, {}) for one in newest_first[:limit]]
        return {"object": "list", "url": url, "has_more": len(newest_first) > limit, "data": page}

    def _shown(self, told: Object, params: Object) -> Object:
        """An object as the API shows it, with `payment_intent.latest_charge` expanded where it is asked for."""
        shown = {name: value for name, value in told.items() if not name.startswith("_")}
        wanted = params.get("expand", [])
        if any(way.startswith("payment_intent") for way in wanted) and shown.get("payment_intent"):
            intent = dict(self._one("pi", shown["payment_intent"]))
            if "payment_intent.latest_charge" in wanted and intent["latest_charge"]:
                intent["latest_charge"] = self._one("ch", intent["latest_charge"])
            shown["payment_intent"] = intent
        return shown

    def _new(self, prefix: str, kind: str) -> Object:
        return {"id": f"{prefix}_{secrets.token_hex(12)}", "object": kind, "created": self._now(), "livemode": False}

    def _tell(self, kind: str, about: Object) -> None:
        event = self._new("evt", "event") | {
            "api_version": "2026-10-28.endive",
            "data": {"object": self._shown(about, {})},
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self.events.append(event)

    def _facts(self, session: Object) -> BankFacts:
        ref = session["payment_intent"]
        intent = self._objects["pi"][ref] if ref else None
        charge = self._objects["ch"].get(intent["latest_charge"]) if intent else None
        state = {"open": PaymentState.NEEDS_ACTION, "expired": PaymentState.EXPIRED}.get(session["status"])
        if state is None:
            failed = intent is not None and intent["status"] == "requires_payment_method"
            state = PaymentState.FAILED if failed else PaymentState.PROCESSING
        state = PaymentState.PAID if charge else state
        return BankFacts(
            ref=session["id"],
            key=session["metadata"].get("payment_key", ""),
            order=session["client_reference_id"],
            amount=session["amount_total"],
            currency=session["currency"].upper(),
            state=state,
            charges=(charge["amount"],) if charge else (),
            refunds=tuple(one["amount"] for one in self.refunds(session["id"])) if charge else (),
        )
