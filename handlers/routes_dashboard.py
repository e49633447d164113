"""Every address of the dashboard, in one table."""

from aiohttp import web

from handlers import pictures
from handlers.dashboard import orders, today

DASHBOARD_ROUTES: list[web.RouteDef] = [
    web.get("/dashboard", today.show),
    web.get("/dashboard/stock", today.stock_list),
    web.post("/dashboard/stock", today.set_stock),
    web.get("/dashboard/orders/{number}", orders.show),
    web.post("/dashboard/pictures", pictures.upload),
]
