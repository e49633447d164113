"""The JSON API under /api/v1: typed operations, one table of them (handlers/routes_api.py), and its OpenAPI document."""
