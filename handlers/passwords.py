"""Passwords: argon2id in a small pool of threads, so that a rush of logins can't starve the shop.

Parameters are OWASP's (Password Storage Cheat Sheet): t=2, 19 MiB, p=1; about 30 ms of CPU.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shop.errors import Busy

R = TypeVar("R")

MEMORY_KIB = 19 * 1024
MAX_WAITING = 64


class Passwords:
    """Hashes and verifies; more than MAX_WAITING at once are refused with Busy."""

    def __init__(self, threads: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=MEMORY_KIB, parallelism=1)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._waiting = 0
        # Made beside the start, which need not wait for it; whoever verifies does, in a thread of the pool.
        self._dummy = self._pool.submit(self._hasher.hash, "nobody has this password")

    async def hash(self, password: str) -> str:
        """The hash to store; raises Busy."""
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits. With None (nobody there) it takes the same time and is False; raises Busy."""
        fits = await self._run(lambda: self._fits(password_hash or self._dummy.result(), password))
        return fits and password_hash is not None

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _fits(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], R]) -> R:
        if self._waiting >= MAX_WAITING:
            raise Busy("Many people are logging in. Please try again in a moment.", retry_seconds=2)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1
