"""Measurements of what the shop is proud of; each module is a command that prints its figures."""
