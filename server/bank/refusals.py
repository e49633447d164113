"""What the bank refuses. Each refusal has an HTTP status, a stable code and a sentence; some name a field or a payment.

Refusal
├── Unreadable 400       not JSON, or no Idempotency-Key
├── Unauthenticated 401  the API key is missing or wrong
├── ForeignForm 403      a form sent from another site
├── Unknown 404          no such payment, no such address
├── TooLate 409          the payment is past that step; the answer carries it
└── Invalid 422          a field breaks its rule, or a key comes back with another body
"""

from typing import Any, ClassVar


class Refusal(Exception):
    """`field` is the member of the body at fault; `payment` the public form of the payment that is in the way."""

    status: ClassVar[int] = 400

    def __init__(self, code: str, message: str, *, field: str = "", payment: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.payment = payment

    def body(self) -> dict[str, Any]:
        """The JSON object that the API answers with."""
        told: dict[str, Any] = {"error": {"code": self.code, "message": self.message, "field": self.field or None}}
        if self.payment is not None:
            told["payment"] = self.payment
        return told


class Unreadable(Refusal):
    """Not JSON, or no Idempotency-Key."""

    status = 400


class Unauthenticated(Refusal):
    """The API key is missing or wrong."""

    status = 401


class ForeignForm(Refusal):
    """A form sent from another site."""

    status = 403


class Unknown(Refusal):
    """No such payment, no such address."""

    status = 404


class TooLate(Refusal):
    """The payment is past that step."""

    status = 409


class Invalid(Refusal):
    """A field breaks its rule, or a key comes back with another body."""

    status = 422
