"""Entering: who an email and a password belong to, becoming a customer, and taking the browser's cart along."""

from aiohttp import web

from handlers.keys import CLOCK, DB, LIMITS, PASSWORDS
from handlers.visitors import visitor
from shop.customers import (
    MAX_EMAIL_LENGTH,
    MAX_PASSWORD_LENGTH,
    Customer,
    Role,
    email_fault,
    normal_email,
    registration_faults,
)
from shop.errors import InvalidFields, WrongCredentials
from shop.ids import CustomerId, crockford, new_cart_id
from storage import carts, customers
from storage.carts import Merge
from storage.customers import Registration

CUSTOMER_ID_LENGTH = 16


async def recognised(request: web.Request, email: str, password: str) -> Customer:
    """Who this is; raises WrongCredentials, TooManyRequests or Busy. A stranger takes as long as a wrong password."""
    email = normal_email(email)[: MAX_EMAIL_LENGTH + 1]
    request.app[LIMITS].login(request, email)
    possible = email_fault(email) is None and len(password) <= MAX_PASSWORD_LENGTH
    known = await request.app[DB].read(customers.by_email, email) if possible else None
    fits = await request.app[PASSWORDS].verify(known.password_hash if known else None, password[:MAX_PASSWORD_LENGTH])
    if known is None or not fits:
        raise WrongCredentials("Look at both again, please.")
    return known.customer


async def registered(request: web.Request, name: str, email: str, password: str) -> Customer:
    """A new customer; raises InvalidFields (naming each), EmailTaken, TooManyRequests or Busy."""
    faults = registration_faults(name, email, password)
    if faults:
        raise InvalidFields(fields=faults)
    request.app[LIMITS].register(request)
    new = Registration(
        id=CustomerId(crockford(CUSTOMER_ID_LENGTH)),
        email=normal_email(email),
        name=name.strip(),
        password_hash=await request.app[PASSWORDS].hash(password),
        role=Role.CUSTOMER,
        at=request.app[CLOCK](),
    )
    return await request.app[DB].write(customers.register, new)


async def enter(request: web.Request, customer: Customer, *, as_token: bool = False) -> str:
    """Opens a new session for the customer and answers its secret. What lies in the browser's cart joins their own.

    A cart that somebody else left here, still logged in, stays theirs.
    """
    who = await visitor(request)
    if who.customer is not None and who.customer.id != customer.id:
        brought = None if customer.cart_id else new_cart_id(request.app[CLOCK]())
    else:
        brought = who.cart_id if customer.cart_id else who.own_cart()
    merge = Merge(customer.id, brought, customer.cart_id, request.app[CLOCK]())
    return await who.enter(customer, await request.app[DB].write(carts.merge, merge), as_token=as_token)
