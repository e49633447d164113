"""Everything the shop refuses, each refusal with a stable code, an HTTP status and a way out.

    ShopError
    ├── BadRequest 400
    │   ├── MalformedBody          the body can't be read, or breaks its schema (names the field)
    │   └── MissingCommandId       a changing call without an Idempotency-Key
    ├── InvalidFields 422          well-formed, but some fields don't make sense (names each)
    │   └── BadPicture             a file that is no picture we can show
    ├── Unauthenticated 401
    │   └── WrongCredentials
    ├── Forbidden 403
    │   └── ForeignOrigin
    ├── NotFound 404
    ├── Conflict 409
    │   ├── SoldOut                carries what is left, by variant
    │   ├── PriceChanged           carries the old and the new price, by variant
    │   ├── LimitReached           carries how many one customer can buy, by product
    │   ├── TotalChanged           carries the total that was seen, and what it is now
    │   ├── NotDelivered           the goods can't travel so; carries the ways that would do
    │   ├── EmptyCart
    │   ├── StaleEdit              carries the newest value
    │   ├── EmailTaken
    │   ├── WrongState             the order can't do this any more
    │   ├── AlreadyClaimed         carries who is packing the order
    │   ├── NotClaimed
    │   ├── RefundTooLarge         carries the rest that can be given back
    │   ├── NothingPaid            there is no money to give back
    │   ├── CodeRefused            a promotion code can't be used (carries `promo`, the code, once it is known to be one)
    │   │   ├── UnknownCode
    │   │   ├── CodeSwitchedOff
    │   │   ├── CodeNotBegun       carries when it begins
    │   │   ├── CodeEnded          carries when it ended
    │   │   ├── CodeUsedUp
    │   │   ├── CodeUsedByYou
    │   │   ├── CodeBelowMinimum   carries the minimum and what is missing
    │   │   └── CodeChanged        it gives something else than was seen, or the cart has another one
    │   └── CommandInProgress
    ├── CommandReused 422          the same Idempotency-Key with another body
    ├── TooLarge 413
    ├── TooManyRequests 429        carries retry_seconds
    └── Unavailable 503            carries retry_seconds
        ├── Busy
        ├── ProviderDown
        └── SearchLoading          a large shop has opened before search is whole

A room may refuse in words of its own, beside what refuses: live.protocol.BadFrame, live.topics.UnknownTopic,
handlers.live.UpgradeRequired, handlers.webhooks.ForgedSignature, handlers.paying.PaymentRefused, handlers.edge.Oops,
shop.imports.draft.Unreadable, server.commands.import_.WrongCurrency.

One middleware renders these for HTTP (RFC 9457 problem+json, or a designed page), one function for the socket.
Anything that is not a ShopError is a bug: logged once with its request id and answered as 500.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar


class ShopError(Exception):
    """A refusal. `detail` is a sentence for people; `extra` members go into the problem object as they are."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "That can't be done"

    def __init__(self, detail: str = "", *, fields: dict[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.fields = fields or {}
        self.extra = extra

    @property
    def retry_seconds(self) -> float | None:
        """When trying again makes sense, in seconds; None where it doesn't."""
        return self.extra.get("retry_seconds")

    def problem(self) -> dict[str, Any]:
        """The problem object of RFC 9457, the same on HTTP and on the socket."""
        body: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.fields:
            body["fields"] = self.fields
        return body | self.extra


class BadRequest(ShopError):
    code = "bad_request"
    title = "The request can't be read"


class MalformedBody(BadRequest):
    code = "malformed_body"
    title = "The body is not what this address expects"


class MissingCommandId(BadRequest):
    code = "missing_command_id"
    title = "This call needs an Idempotency-Key header"


class InvalidFields(ShopError):
    status = 422
    code = "invalid_fields"
    title = "Some fields need another look"


class BadPicture(InvalidFields):
    code = "bad_picture"
    title = "This file can't be shown as a picture"


class CommandReused(ShopError):
    status = 422
    code = "command_reused"
    title = "This Idempotency-Key was used for something else"


class Unauthenticated(ShopError):
    status = 401
    code = "unauthenticated"
    title = "Please log in first"


class WrongCredentials(Unauthenticated):
    code = "wrong_credentials"
    title = "Email and password don't go together"


class Forbidden(ShopError):
    status = 403
    code = "forbidden"
    title = "This is not yours to see or change"


class ForeignOrigin(Forbidden):
    code = "foreign_origin"
    title = "The request comes from another site"


class NotFound(ShopError):
    status = 404
    code = "not_found"
    title = "There is nothing at this address"


class MethodNotAllowed(ShopError):
    status = 405
    code = "method_not_allowed"
    title = "This address does not take this method"


class Conflict(ShopError):
    status = 409
    code = "conflict"


class SoldOut(Conflict):
    code = "sold_out"
    title = "There is less left than you want"


class PriceChanged(Conflict):
    code = "price_changed"
    title = "A price has changed since you put it in the cart"


class LimitReached(Conflict):
    code = "purchase_limit"
    title = "There is a limit to how many one customer can buy"


class TotalChanged(Conflict):
    code = "total_changed"
    title = "The total is not the one that you saw"


class NotDelivered(Conflict):
    code = "not_delivered"
    title = "This can't be delivered so"


class EmptyCart(Conflict):
    code = "empty_cart"
    title = "The cart is empty"


class StaleEdit(Conflict):
    code = "stale_edit"
    title = "Somebody changed this in the meantime"


class EmailTaken(Conflict):
    code = "email_taken"
    title = "There is already an account with this email"


class WrongState(Conflict):
    code = "wrong_state"
    title = "The order is past this step"


class AlreadyClaimed(Conflict):
    code = "already_claimed"
    title = "Somebody else is packing this order"


class NotClaimed(Conflict):
    code = "not_claimed"
    title = "Claim the order before you pack it"


class RefundTooLarge(Conflict):
    code = "refund_too_large"
    title = "That is more than can be given back"


class NothingPaid(Conflict):
    code = "nothing_paid"
    title = "There is no money to give back"


class CodeRefused(Conflict):
    """A promotion code can't be used. `at` is when it begins or ended."""

    code = "code_refused"
    title = "This code can't be used"

    def __init__(self, detail: str = "", *, at: datetime | None = None, **extra: Any) -> None:
        if at is not None:
            extra["at"] = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        super().__init__(detail, **extra)
        self.at = at


class UnknownCode(CodeRefused):
    code = "code_unknown"
    title = "We don't know this code"


class CodeSwitchedOff(CodeRefused):
    code = "code_switched_off"
    title = "This code is not good any more"


class CodeNotBegun(CodeRefused):
    code = "code_not_begun"
    title = "This code is not good yet"


class CodeEnded(CodeRefused):
    code = "code_ended"
    title = "This code has ended"


class CodeUsedUp(CodeRefused):
    code = "code_used_up"
    title = "This code is used up"


class CodeUsedByYou(CodeRefused):
    code = "code_used_by_you"
    title = "You have used this code already"


class CodeBelowMinimum(CodeRefused):
    code = "code_below_minimum"
    title = "This code needs more in the cart"


class CodeChanged(CodeRefused):
    code = "code_changed"
    title = "The code is not what you saw"


class CommandInProgress(Conflict):
    code = "command_in_progress"
    title = "The same command is being carried out right now"


class TooLarge(ShopError):
    status = 413
    code = "too_large"
    title = "That is too large"


class TooManyRequests(ShopError):
    status = 429
    code = "too_many_requests"
    title = "That was too often; wait a little"


class Unavailable(ShopError):
    status = 503
    code = "unavailable"
    title = "That did not work; our side, not yours"


class Busy(Unavailable):
    code = "busy"
    title = "The shop is busy right now"


class ProviderDown(Unavailable):
    code = "provider_down"
    title = "The bank does not answer right now"


class SearchLoading(Unavailable):
    code = "search_loading"
    title = "Search is being read in"
