"""The demo as data: who is there, what they own, and a month of what they did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PASSWORD: Final = "Sandbox-2026!"  # noqa: S105 -- public on purpose: the sandbox guide prints it
DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A person who can sign in with PASSWORD."""

    email: str
    full_name: str
    country: str


ALPHA: Final = DemoPerson("alpha.tester@findigi.local", "Alya Pratama", "ID")
CHECKER: Final = DemoPerson("checker.tester@findigi.local", "Marcus Tan", "SG")
SOLO: Final = DemoPerson("solo.tester@findigi.local", "Sari Wijaya", "ID")
TWOFA: Final = DemoPerson("twofa.tester@findigi.local", "Bima Santoso", "ID")


@dataclass(frozen=True, slots=True)
class DemoWallet:
    """A wallet besides those of onboarding; `key` is how movements name it."""

    key: str
    name: str
    country: str
    asset: str


EXTRA_WALLETS: Final = (
    DemoWallet("sgd", "Singapore operating", "SG", "SGD"),
    DemoWallet("payroll", "Payroll Jakarta", "ID", "IDR"),
    DemoWallet("tax", "Tax reserve", "ID", "IDR"),
    DemoWallet("supplier", "Supplier payments", "SG", "SGD"),
)


@dataclass(frozen=True, slots=True)
class DemoMove:
    """A movement `day` days after the beginning, at `hour`:`minute` UTC. `source` None is the faucet."""

    day: int
    hour: int
    minute: int
    source: str | None
    destination: str
    amount: str
    description: str
    reference: str = ""


def month() -> tuple[DemoMove, ...]:
    """What happens in the month, in order of time."""
    moves = [
        DemoMove(0, 2, 5, None, "idr", "1850000000", "Opening balance"),
        DemoMove(0, 2, 6, None, "sgd", "240000", "Opening balance"),
        DemoMove(0, 2, 7, None, "usd", "95000", "Opening balance"),
        DemoMove(1, 3, 12, "sgd", "supplier", "38500.50", "Supplier float for the month", "SUP-2026-10"),
        DemoMove(2, 4, 40, "idr", "tax", "96250000", "VAT of last month", "TAX-PPN-10"),
        DemoMove(9, 1, 30, "idr", "payroll", "412300000", "Payroll, first half", "PAY-2026-10A"),
        DemoMove(23, 1, 30, "idr", "payroll", "418750000", "Payroll, second half", "PAY-2026-10B"),
        DemoMove(12, 6, 22, "idr", "solo", "18750000", "Design work, invoice 0413", "INV-0413"),
        DemoMove(26, 6, 10, "idr", "solo", "12400000", "Design work, invoice 0421", "INV-0421"),
        DemoMove(16, 5, 5, "supplier", "sgd", "4120.25", "Unused supplier float", "SUP-2026-10"),
        DemoMove(5, 2, 0, None, "solo", "25000000", "Opening balance"),
    ]
    customers = ("Nusantara Retail", "Merlion Logistics", "Bali Ferry Group", "Orchard Clinics", "Kopi Senja")
    for number, day in enumerate(range(3, DAYS - 1, 2)):
        customer = customers[number % len(customers)]
        if number % 3 == 1:
            amount, wallet = f"{3200 + 977 * number % 5400}.{25 * (number % 4):02d}", "sgd"
        else:
            amount, wallet = str(21_000_000 + 7_430_000 * (number % 6)), "idr"
        reference = f"INV-2026-{1040 + number}"
        moves.append(DemoMove(day, 7, 3 * number, None, wallet, amount, f"{customer}, sales of the week", reference))
    return tuple(sorted(moves, key=lambda move: (move.day, move.hour, move.minute)))
