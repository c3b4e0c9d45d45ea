"""Wallets as frozen data, and the pure rules about them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from findigi.kernel.errors import ValidationFailed
from findigi.kernel.money import ASSETS, asset_of

NAME_MOST: Final = 80
MOST_ACCOUNTS: Final = 100
"""Sub-accounts of one wallet, the main one included."""
_NUMBER_PREFIX: Final = "88"
_NUMBER_DIGITS: Final = 13
# control characters, halves of characters, private and unassigned ones
_NOT_TEXT: Final = frozenset(("Cc", "Cs", "Co", "Cn"))


class WalletStatus(StrEnum):
    """Whether money may move through the wallet."""

    open = "open"
    closed = "closed"


class Purpose(StrEnum):
    """What a sub-account is for: each wallet has exactly one `main`."""

    main = "main"
    reserve = "reserve"
    virtual_account = "virtual_account"


@dataclass(frozen=True, slots=True)
class Wallet:
    """One asset of one workspace in one mode. `main_account_id` is the ledger account that money comes to."""

    id: UUID
    client_id: UUID
    is_test: bool
    name: str
    country: str
    asset: str
    is_primary: bool
    status: str
    main_account_id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WalletRef:
    """What never changes about a wallet: enough to post to its main account. Says nothing about its status."""

    wallet_id: UUID
    client_id: UUID
    account_id: UUID
    asset: str
    is_test: bool


@dataclass(frozen=True, slots=True)
class Funds:
    """An amount of money in the asset's smallest unit: `posted` is there, `held` of it is set aside."""

    posted: int
    held: int

    @property
    def available(self) -> int:
        """What may leave now."""
        return self.posted - self.held


@dataclass(frozen=True, slots=True)
class WalletBalance:
    """A wallet with the sum of the funds on all its accounts."""

    wallet: Wallet
    funds: Funds


@dataclass(frozen=True, slots=True)
class SubAccount:
    """A part of a wallet; `id` is the ledger account's. `number` is what a payer pays to (virtual accounts only)."""

    id: UUID
    client_id: UUID
    is_test: bool
    wallet_id: UUID
    purpose: Purpose
    label: str
    number: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """A sub-account with its funds and its status in the ledger."""

    account: SubAccount
    asset: str
    status: str
    funds: Funds


NO_FUNDS: Final = Funds(0, 0)


def check_name(text: str, field: str = "name") -> str:
    """The name with single blanks and in Unicode's NFC; refuses nothing at all, over 80 and control characters."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(name) <= NAME_MOST:
        raise ValidationFailed.of(field, f"{field} must have 1 to {NAME_MOST} characters.", "LENGTH")
    if any(unicodedata.category(char) in _NOT_TEXT for char in name):
        raise ValidationFailed.of(field, f"{field} holds a character that is not text; remove it.", "CHARACTERS")
    return name


def check_fiat(code: str, field: str = "asset") -> str:
    """The code of a currency; refuses what is no asset here, and crypto assets, which FinVault keeps."""
    if asset_of(code, field).kind != "fiat":
        currencies = ", ".join(asset.code for asset in ASSETS.values() if asset.kind == "fiat")
        message = f"{field} must be a currency ({currencies}); for {code} open a FinVault wallet."
        raise ValidationFailed.of(field, message, "NOT_A_CURRENCY")
    return code


def virtual_account_number(account_id: UUID) -> str:
    """The 16 digits that a payer pays to: `88`, 13 digits of the account's id, and a check digit.

    The middle is the id as a number modulo 10^13, which its random low bits spread evenly; two ids can share it, so
    who opens an account takes another id when the number is taken. The check digit is ISO/IEC 7064's MOD 11,10: it
    shows every wrong digit and nearly every pair of digits that changed places.
    """
    digits = f"{_NUMBER_PREFIX}{account_id.int % 10**_NUMBER_DIGITS:0{_NUMBER_DIGITS}d}"
    return digits + check_digit(digits)


def check_digit(digits: str) -> str:
    """The check digit of ISO/IEC 7064 MOD 11,10 (hybrid system, 4.2): `3` for `79462`."""
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)
