"""What the bank's application carries, by typed key."""

import jinja2
from aiohttp import web

from server.bank.books import Books
from server.bank.settings import BankSettings

BOOKS = web.AppKey("BOOKS", Books)
SETTINGS = web.AppKey("SETTINGS", BankSettings)
TEMPLATES = web.AppKey("TEMPLATES", jinja2.Environment)
