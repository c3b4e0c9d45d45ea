"""Fixtures of tests/modules/bank.py."""

from __future__ import annotations

from typing import Any

import httpx
import pytest_asyncio
from tests.modules.bank import Bank, Party

from findigi.kernel.db import Database


@pytest_asyncio.fixture
async def bank(app: Any, client: httpx.AsyncClient, database: Database, clean: None) -> Bank:
    """The assembled application on an empty database."""
    return Bank(app, client, database)


@pytest_asyncio.fixture
async def party(bank: Bank) -> Party:
    """An owner whose workspace is onboarded and has no money yet."""
    return await bank.party()
