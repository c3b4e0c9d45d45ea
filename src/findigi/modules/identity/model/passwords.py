"""Which passwords are refused (NIST SP 800-63B-4 section 3.1.1: length and a blocklist, no rules of composition)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from findigi.kernel.errors import ValidationFailed

LEAST: Final = 10
MOST: Final = 200
_LIST: Final = Path(__file__).with_name("common_passwords.txt")
_ROWS: Final = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_SHORTEST_PART: Final = 4
_FEWEST_CHARACTERS: Final = 4


def prepared(password: str) -> str:
    """The form that is hashed: NFKC, so that the same keys on another keyboard give the same password."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, *, email: str, full_name: str, field: str = "password") -> None:
    """Refuses, naming the field, a password that is short, common, a row of keys, or made of the person's own data."""
    text = prepared(password)
    if not LEAST <= len(text) <= MOST:
        raise ValidationFailed.of(field, f"{field} must have {LEAST} to {MOST} characters.", "LENGTH")
    plain = text.lower()
    if plain in _common() or _is_pattern(plain):
        message = f"{field} is one that is guessed first; choose one that nobody else has, such as four random words."
        raise ValidationFailed.of(field, message, "COMMON_PASSWORD")
    if _is_personal(plain, email, full_name.lower()):
        message = f"{field} is made of your name or email address; choose one that has nothing to do with you."
        raise ValidationFailed.of(field, message, "PERSONAL_PASSWORD")


@cache
def _common() -> frozenset[str]:
    lines = _LIST.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("# "))


def _is_pattern(plain: str) -> bool:
    """One unit repeated (abcabcabc), a run along the alphabet or keyboard, or hardly any different characters."""
    if len(set(plain)) < _FEWEST_CHARACTERS or re.fullmatch(r"(.{1,5})\1+", plain):
        return True
    return any(plain in row * 3 or plain in row[::-1] * 3 for row in _ROWS)


def _is_personal(plain: str, email: str, name: str) -> bool:
    """What is left without the person's own words is too little to be a password."""
    words = {email, email.partition("@")[0], name, name.replace(" ", ""), *name.split(), *re.split(r"[@._+-]", email)}
    rest = plain
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _SHORTEST_PART:
            rest = rest.replace(word, "")
    return rest != plain and len(rest) < _SHORTEST_PART
