"""Money: whole numbers of the smallest unit, together with the asset they count.

No float ever touches an amount. Decimals are ISO 4217's for currencies and the token's own for crypto assets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from findigi.kernel.errors import ValidationFailed

AMOUNT_PATTERN = r"^[0-9]{1,38}(\.[0-9]{1,18})?$"
_AMOUNT = re.compile(r"[0-9]{1,38}(?:\.[0-9]{1,18})?", re.ASCII)
MAX_UNITS = 10**36  # far inside NUMERIC(38,0), so that sums of many balances still fit


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset: `decimals` is how many digits of it stand after the point (IDR 2, JPY 0, ETH 18)."""

    code: str
    decimals: int
    kind: Literal["fiat", "crypto"]
    name: str


def _fiat(code: str, decimals: int, name: str) -> Asset:
    return Asset(code, decimals, "fiat", name)


def _crypto(code: str, decimals: int, name: str) -> Asset:
    return Asset(code, decimals, "crypto", name)


ASSETS: dict[str, Asset] = {
    asset.code: asset
    for asset in (
        _fiat("IDR", 2, "Indonesian rupiah"),
        _fiat("SGD", 2, "Singapore dollar"),
        _fiat("USD", 2, "US dollar"),
        _fiat("EUR", 2, "Euro"),
        _fiat("GBP", 2, "Pound sterling"),
        _fiat("AUD", 2, "Australian dollar"),
        _fiat("HKD", 2, "Hong Kong dollar"),
        _fiat("CNY", 2, "Chinese yuan"),
        _fiat("MYR", 2, "Malaysian ringgit"),
        _fiat("THB", 2, "Thai baht"),
        _fiat("PHP", 2, "Philippine peso"),
        _fiat("INR", 2, "Indian rupee"),
        _fiat("AED", 2, "UAE dirham"),
        _fiat("CHF", 2, "Swiss franc"),
        _fiat("CAD", 2, "Canadian dollar"),
        _fiat("NZD", 2, "New Zealand dollar"),
        _fiat("TWD", 2, "New Taiwan dollar"),
        _fiat("JPY", 0, "Japanese yen"),
        _fiat("KRW", 0, "South Korean won"),
        _fiat("VND", 0, "Vietnamese dong"),
        _fiat("BHD", 3, "Bahraini dinar"),
        _fiat("KWD", 3, "Kuwaiti dinar"),
        _crypto("USDT", 6, "Tether USD"),
        _crypto("USDC", 6, "USD Coin"),
        _crypto("ETH", 18, "Ether"),
        _crypto("BTC", 8, "Bitcoin"),
    )
}


def asset_of(code: str, field: str = "asset") -> Asset:
    """The asset with that code, or a refusal that names the field and the codes there are."""
    asset = ASSETS.get(code)
    if asset is None:
        message = f"{code[:16]!r} is not an asset here; use one of {', '.join(ASSETS)}."
        raise ValidationFailed.of(field, message, "UNKNOWN_ASSET")
    return asset


def parse_amount(text: str, asset: Asset, field: str = "amount") -> int:
    """A decimal string in major units as whole smallest units, > 0 and with at most the asset's decimals.

    `"1.25"` of SGD is 125. Refuses `0`, signs, exponents, blanks, digits the asset does not have, and 40 digits.
    """
    if not _AMOUNT.fullmatch(text):
        raise ValidationFailed.of(
            field,
            f'{field} must be a plain decimal string in major units of {asset.code}, such as "100000" or "1.25".',
        )
    whole, _, fraction = text.partition(".")
    if len(fraction) > asset.decimals:
        allowed = f"at most {asset.decimals} decimals" if asset.decimals else "no decimals"
        raise ValidationFailed.of(
            field,
            f"{field} has {len(fraction)} decimals; {asset.code} takes {allowed}.",
            "SCALE",
        )
    units = int(whole + fraction.ljust(asset.decimals, "0"))
    if units == 0:
        raise ValidationFailed.of(field, f"{field} must be more than zero.", "ZERO")
    if units >= MAX_UNITS:
        raise ValidationFailed.of(
            field,
            f"{field} is larger than any amount of {asset.code} can be.",
            "TOO_LARGE",
        )
    return units


@lru_cache(maxsize=16_384)
def format_units(units: int, asset: Asset) -> str:
    """Smallest units as a decimal string in major units: trailing zeros are cut, `125` of SGD is `"1.25"`."""
    if asset.decimals == 0:
        return str(units)
    sign = "-" if units < 0 else ""
    whole, fraction = divmod(abs(units), 10**asset.decimals)
    tail = f"{fraction:0{asset.decimals}d}".rstrip("0")
    return f"{sign}{whole}.{tail}" if tail else f"{sign}{whole}"
