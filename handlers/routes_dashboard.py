"""Every address of the dashboard, in one table."""

from aiohttp import web

from handlers.dashboard import customers, fulfilment, order_list, orders, today

DASHBOARD_ROUTES: list[web.RouteDef] = [
    web.get("/dashboard", today.show),
    web.get("/dashboard/stock", today.stock_list),
    web.post("/dashboard/stock", today.set_stock),
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
]
