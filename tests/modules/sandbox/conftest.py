from __future__ import annotations

from tests.modules.house_fixtures import clock, house

__all__ = ["clock", "house"]
