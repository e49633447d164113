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
    *(web.post(f"/dashboard/orders/{{number}}/{act}", door) for act, door in fulfilment.FORMS.items()),
    *(web.get(f"/dashboard/orders/{{number}}/{act}", fulfilment.after_refusal) for act in fulfilment.FORMS),
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
