"""Rate limits: a token bucket per bearer token or address, in this process's memory.

The bucket's rate is the configured one divided by the number of API processes, since connections spread over them.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from findigi.kernel.errors import RateLimited


@dataclass(slots=True)
class _Bucket:
    level: float
    filled_at: float


class RateLimiter:
    """`rate` requests a second with bursts of `burst`; of more than `most` callers the longest unseen are forgotten."""

    def __init__(
        self, rate: float, burst: int, *, most: int = 50_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self.burst = burst
        self._most = most
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, who: str) -> tuple[tuple[bytes, bytes], ...]:
        """Takes one request from the caller's bucket and gives the RateLimit headers; refuses with 429 when empty."""
        now = self._clock()
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = self._buckets[who] = _Bucket(float(self.burst), now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(who)
            bucket.level = min(self.burst, bucket.level + (now - bucket.filled_at) * self._rate)
            bucket.filled_at = now
        if bucket.level < 1:
            wait = math.ceil((1 - bucket.level) / self._rate)
            raise RateLimited(
                f"More than {self.burst} requests came at once from this caller; wait {wait} s.", retry_after=wait
            )
        bucket.level -= 1
        return (
            (b"ratelimit-limit", b"%d" % self.burst),
            (b"ratelimit-remaining", b"%d" % int(bucket.level)),
            (b"ratelimit-reset", b"%d" % math.ceil((self.burst - bucket.level) / self._rate)),
        )
