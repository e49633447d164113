"""Every address of the dashboard, in one table."""

from aiohttp import web

from handlers import pictures, screen
from handlers.dashboard import about, customers, fulfilment, logo, order_list, orders, screens, settings, stock, today

DASHBOARD_ROUTES: list[web.RouteDef] = [
    web.get("/dashboard", today.show),
    web.get("/dashboard/stock", stock.show),
    web.post("/dashboard/stock", stock.set_stock),
    web.get("/dashboard/stock/{variant}", stock.variant),
    web.post("/dashboard/stock/{variant}/low", stock.set_low_at),
    web.get("/dashboard/orders", order_list.show),
    web.get("/dashboard/orders.csv", order_list.file),
    web.get("/dashboard/orders/{number}", orders.show),
    web.post("/dashboard/orders/{number}/claim", fulfilment.claim),
    web.post("/dashboard/orders/{number}/take-over", fulfilment.take_over),
    web.post("/dashboard/orders/{number}/release", fulfilment.release),
    web.post("/dashboard/orders/{number}/pack", fulfilment.pack),
    web.post("/dashboard/orders/{number}/unpack", fulfilment.unpack),
    web.post("/dashboard/orders/{number}/ship", fulfilment.ship),
    web.post("/dashboard/orders/{number}/track", fulfilment.track),
    web.post("/dashboard/orders/{number}/cancel", fulfilment.cancel),
    web.get("/dashboard/orders/{number}/{act}", fulfilment.after_refusal),
    web.get("/dashboard/customers", customers.show),
    web.get("/dashboard/screens", screens.show),
    web.post("/dashboard/screens", screens.make),
    web.post("/dashboard/screens/{screen}", screens.change),
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
    # Where a browser becomes one of them
    web.get("/screen", screen.show),
    web.post("/screen", screen.pair),
]
