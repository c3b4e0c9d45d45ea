"""Argon2id (RFC 9106) beside the event loop, on few threads, with a bounded queue before them."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from findigi.kernel.errors import ServiceUnavailable
from findigi.modules.identity.model import prepared

T = TypeVar("T")
_MOST_WAITING: Final = 64


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the password is right, and its new hash where the stored one has old parameters."""

    right: bool
    rehashed: str | None = None


class Passwords:
    """Hashes and checks passwords. An unknown account costs exactly what a wrong password costs: one verification."""

    def __init__(self, hasher: PasswordHasher | None = None, *, threads: int = 0) -> None:
        """`threads` is how many run at once; 0: one per processor, at most four."""
        # 46 MiB, one pass, one lane: the strongest row of OWASP's list of equal settings, kind to small machines
        self._hasher = hasher or PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
        count = threads or min(4, os.cpu_count() or 1)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="argon2")
        self._nobody = self._hasher.hash(secrets.token_urlsafe(24))
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The password's Argon2id hash in PHC form. Refuses with 503 when too many wait already."""
        return await self._beside(lambda: self._hasher.hash(prepared(password)))

    async def verify(self, stored: str | None, password: str) -> Verdict:
        """Whether `password` belongs to `stored`; None stands for an account that does not exist."""
        return await self._beside(lambda: self._verdict(stored, prepared(password)))

    def close(self) -> None:
        """Lets the threads finish what they do."""
        self._threads.shutdown()

    def _verdict(self, stored: str | None, password: str) -> Verdict:
        try:
            self._hasher.verify(stored or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return Verdict(right=False)
        if stored is None:
            return Verdict(right=False)
        old = self._hasher.check_needs_rehash(stored)
        return Verdict(right=True, rehashed=self._hasher.hash(password) if old else None)

    async def _beside(self, work: Callable[[], T]) -> T:
        if self._waiting >= _MOST_WAITING:
            raise ServiceUnavailable("Too many people are signing in at this moment; try again.", retry_after=2)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
