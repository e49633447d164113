"""Search: this process's own copy of the catalogue's words, fed from the outbox; keystrokes ask no database."""

from storage.search.replica import Replica

__all__ = ["Replica"]
