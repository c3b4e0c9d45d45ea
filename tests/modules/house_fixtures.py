"""Fixtures of the small application in tests/modules/house.py."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from tests.modules.house import Clock, House, open_house

from findigi.kernel.http import serve
from findigi.kernel.settings import Settings


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Moves the time that requests see."""
    made = Clock()
    monkeypatch.setattr(serve, "utc_now", made.now)
    return made


@pytest_asyncio.fixture
async def house(settings: Settings, clock: Clock, clean: None) -> AsyncGenerator[House]:
    """The application on an empty database."""
    async with open_house(settings, clock) as opened:
        yield opened
