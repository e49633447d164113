"""What a connection needs of a socket, and nothing more, so that the hub is tested without one."""

from typing import Protocol


class Wire(Protocol):
    """A way to one client. Nothing here waits. `write` and `buffered` are for a wire that is not closing."""

    def write(self, data: bytes) -> None:
        """Send one or more finished frames."""

    def buffered(self) -> int:
        """Bytes written but not yet taken by the kernel."""

    def closing(self) -> bool:
        """Whether writing has become pointless."""

    def abort(self) -> None:
        """Cut the connection now, dropping what is buffered."""
