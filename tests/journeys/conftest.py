from __future__ import annotations

from tests.modules.bank_fixtures import bank, party

__all__ = ["bank", "party"]
