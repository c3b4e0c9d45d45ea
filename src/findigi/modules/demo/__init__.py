"""Test money and demo data: the faucet of the sandbox, and the people and workspaces of a fresh start.

Everything here is made through the other modules' doors, so the ledger holds it like anything else.
"""

from findigi.modules.demo.service.people import prepare_demo

__all__ = ["prepare_demo"]
