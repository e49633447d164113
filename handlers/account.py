"""Accounts: coming in, becoming a customer, leaving, and what one has ordered."""

from aiohttp import web
from msgspec import Struct, structs

from handlers import entering
from handlers.bodies import form_body
from handlers.keys import DB
from handlers.pages import NO_STORE, render
from handlers.visitors import require_customer, visitor
from shop.customers import MIN_PASSWORD_LENGTH, Role
from shop.errors import EmailTaken, InvalidFields, ShopError, TooManyRequests, WrongCredentials
from shop.ids import crockford
from shop.order_states import in_a_word
from shop.orders import row
from storage import orders

MAX_NEXT_LENGTH = 500


class LoginForm(Struct, frozen=True, forbid_unknown_fields=True):
    email: str = ""
    password: str = ""
    next: str = ""


class RegisterForm(Struct, frozen=True, forbid_unknown_fields=True):
    name: str = ""
    email: str = ""
    password: str = ""
    next: str = ""


class NoForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A form that is only a button."""


async def login_page(request: web.Request) -> web.Response:
    """GET /login?next="""
    return await _login_form(request, LoginForm(next=request.query.get("next", "")))


async def login(request: web.Request) -> web.Response:
    """POST /login: enters under a new session. The browser's cart and the customer's become one."""
    form = await form_body(request, LoginForm)
    try:
        found = await entering.recognised(request, form.email, form.password)
    except (WrongCredentials, TooManyRequests) as refusal:
        return await _login_form(request, form, refusal)
    await entering.enter(request, found)
    return _to(local(form.next, "/dashboard" if found.role is Role.STAFF else "/account"))


async def register_page(request: web.Request) -> web.Response:
    """GET /register?next="""
    return await _register_form(request, RegisterForm(next=request.query.get("next", "")))


async def register(request: web.Request) -> web.Response:
    """POST /register: makes the account and enters."""
    form = await form_body(request, RegisterForm)
    try:
        made = await entering.registered(request, form.name, form.email, form.password)
    except (InvalidFields, EmailTaken, TooManyRequests) as refusal:
        return await _register_form(request, form, refusal)
    await entering.enter(request, made)
    return _to(local(form.next, "/account"))


async def logout(request: web.Request) -> web.Response:
    """POST /logout: the session ends, and with it its live connections."""
    await form_body(request, NoForm)
    await (await visitor(request)).leave()
    return _to("/")


async def show(request: web.Request) -> web.Response:
    """GET /account; raises Unauthenticated."""
    who = await require_customer(request)
    assert who.customer is not None  # noqa: S101  require_customer promises it
    found = await request.app[DB].read(orders.of_customer, who.customer.id)
    context = {"orders": [(order, *in_a_word(order)) for order in found], "row_of": row, "command": crockford(16)}
    return await render(request, "account.html", context, cache=NO_STORE)


def local(address: str, otherwise: str) -> str:
    """The address to go on to, if it is a path in this shop: nothing that a browser could read as another site."""
    safe = (
        address.startswith("/")
        and not address.startswith("//")
        and "\\" not in address
        and address.isprintable()
        and address.isascii()
        and len(address) <= MAX_NEXT_LENGTH
    )
    return address if safe else otherwise


async def _login_form(request: web.Request, form: LoginForm, refusal: ShopError | None = None) -> web.Response:
    return await _entrance(
        request, "login.html", structs.replace(form, password="", next=local(form.next, "")), refusal
    )


async def _register_form(request: web.Request, form: RegisterForm, refusal: ShopError | None = None) -> web.Response:
    kept = structs.replace(form, password="", next=local(form.next, ""))
    return await _entrance(request, "register.html", kept, refusal)


async def _entrance(
    request: web.Request, template: str, form: LoginForm | RegisterForm, refusal: ShopError | None
) -> web.Response:
    context = {"form": form, "refusal": refusal, "min_password": MIN_PASSWORD_LENGTH}
    response = await render(request, template, context, status=refusal.status if refusal else 200, cache=NO_STORE)
    if refusal is not None and refusal.retry_seconds is not None:
        response.headers["Retry-After"] = str(max(1, round(refusal.retry_seconds)))
    return response


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
