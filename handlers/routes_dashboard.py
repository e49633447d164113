"""Every address of the dashboard, in one table."""

from aiohttp import web

from handlers import screen
from handlers.dashboard import orders, screens, stock, today

DASHBOARD_ROUTES: list[web.RouteDef] = [
    web.get("/dashboard", today.show),
    web.get("/dashboard/stock", stock.show),
    web.post("/dashboard/stock", stock.set_stock),
    web.get("/dashboard/stock/{variant}", stock.variant),
    web.post("/dashboard/stock/{variant}/low", stock.set_low_at),
    web.get("/dashboard/orders/{number}", orders.show),
    web.get("/dashboard/screens", screens.show),
    web.post("/dashboard/screens", screens.make),
    web.post("/dashboard/screens/{screen}", screens.change),
    # Where a browser becomes one of them
    web.get("/screen", screen.show),
    web.post("/screen", screen.pair),
]
