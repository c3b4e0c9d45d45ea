"""Demo data: the people, workspaces and the month of history that a fresh start outside production has.

Everything is made through the other modules' doors, so the ledger holds it like anything else.
"""

from findigi.modules.demo.service import prepare_demo

__all__ = ["prepare_demo"]
