"""Every address of the dashboard, in one table."""

from aiohttp import web

from handlers import pictures
from handlers.dashboard import about, logo, orders, settings, today

DASHBOARD_ROUTES: list[web.RouteDef] = [
    web.get("/dashboard", today.show),
    web.get("/dashboard/stock", today.stock_list),
    web.post("/dashboard/stock", today.set_stock),
    web.get("/dashboard/orders/{number}", orders.show),
    web.get("/dashboard/settings", settings.show),
    web.post("/dashboard/settings", settings.change),
    web.post("/dashboard/settings/logo", logo.change),
    web.get("/dashboard/settings/currency", settings.ask_currency),
    web.post("/dashboard/settings/currency", settings.change_currency),
    web.get("/dashboard/settings/new-page", about.show_new),
    web.post("/dashboard/settings/new-page", about.add),
    web.get("/dashboard/settings/pages/{slug}", about.show),
    web.post("/dashboard/settings/pages/{slug}", about.save),
    web.post("/dashboard/pictures", pictures.upload),
]
