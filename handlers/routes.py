"""Every address of the shop, in one table."""

from aiohttp import web

from handlers import (
    about,
    account,
    assets,
    browse,
    cart,
    checkout,
    details,
    documents,
    health,
    live,
    load,
    orders,
    pictures,
    resetting,
    search,
    sitemap,
    webhooks,
)
from handlers.routes_api import API_ROUTES
from handlers.routes_dashboard import DASHBOARD_ROUTES

ROUTES: list[web.RouteDef] = [
    # What anybody may look at
    web.get("/", browse.home),
    web.get("/c/{category}", browse.category),
    web.get("/p/{slug}", browse.product),
    web.get("/search", search.search),
    web.get("/about/{page}", about.show),
    web.get("/pictures/{digest}/{size}", pictures.serve),
    # Cart to paid
    web.get("/cart", cart.show),
    web.post("/cart", cart.add),
    web.post("/cart/lines", cart.put),
    web.post("/cart/agree", cart.agree),
    web.post("/cart/code", cart.change_code),
    web.get("/checkout", checkout.show),
    web.post("/checkout", checkout.place),
    web.get("/orders/{number}", orders.show),
    web.get("/orders/{number}/pay", orders.pay),
    web.get("/orders/{number}/invoice", documents.invoice),
    web.get("/orders/{number}/credit-notes/{rank}", documents.credit_note),
    web.post("/orders/{number}/again", orders.buy_again),
    web.get("/o/{token}", orders.open_link),
    # People
    web.get("/login", account.login_page),
    web.post("/login", account.login),
    web.get("/register", account.register_page),
    web.post("/register", account.register),
    web.post("/logout", account.logout),
    web.get("/reset", resetting.ask_page),
    web.post("/reset", resetting.ask),
    web.get("/reset/{token}", resetting.choose_page),
    web.post("/reset/{token}", resetting.choose),
    web.get("/account", account.show),
    web.get("/account/details", details.show),
    web.post("/account/name", details.rename),
    web.post("/account/email", details.change_email),
    web.get("/account/email/{token}", details.confirm_email_page),
    web.post("/account/email/{token}", details.confirm_email),
    web.post("/account/password", details.change_password),
    web.post("/account/sessions", details.end_sessions),
    # Staff
    *DASHBOARD_ROUTES,
    # Live, and what providers say
    web.get("/live", live.live),
    web.post("/webhooks/payments/{provider}", webhooks.receive),
    # For machines
    *API_ROUTES,
    web.get("/asyncapi.json", live.asyncapi),
    web.get("/healthz", health.healthz),
    web.get("/readyz", health.readyz),
    web.get("/metrics", health.metrics),
    web.get("/load/books", load.books),
    web.get("/robots.txt", sitemap.robots),
    web.get("/sitemap.xml", sitemap.sitemap),
    web.get("/sitemap-{number}.xml", sitemap.part),
    web.get("/favicon.ico", assets.favicon),
    web.get("/static/{digest}/{name:.+}", assets.serve),
]
