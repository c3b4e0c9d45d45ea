"""Rules for the fields that people fill in; each refuses with 400 and the field's name."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import idna

from findigi.kernel.errors import ValidationFailed

_EMAIL_MOST: Final = 254
_LOCAL_MOST: Final = 64
_NAME_MOST: Final = 200
# RFC 5321 section 4.1.2: a dot-string of RFC 5322 atext; quoted local parts exist on paper only
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


def normalise_email(text: str, field: str = "email") -> str:
    """The one form in which an address is stored and compared: trimmed, lower case, domain in ASCII (RFC 5891)."""
    local, at, domain = text.strip().lower().rpartition("@")
    ascii_domain = _ascii_domain(domain)
    email = f"{local}@{ascii_domain}"
    good = at and ascii_domain and _LOCAL.fullmatch(local) and len(local) <= _LOCAL_MOST and len(email) <= _EMAIL_MOST
    if not good:
        raise ValidationFailed.of(field, f'{field} must be an email address, such as "alex@example.com".', "EMAIL")
    return email


def _ascii_domain(domain: str) -> str:
    """The domain as it is looked up, or nothing when there cannot be such a domain (UTS 46, RFC 5891)."""
    if "." not in domain or len(domain) > _EMAIL_MOST:
        return ""
    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")
    except idna.IDNAError:
        return ""


def check_full_name(text: str, field: str = "full_name") -> str:
    """The name with single blanks and in NFC; refuses control characters, nothing at all, and over 200 characters."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(name) <= _NAME_MOST:
        raise ValidationFailed.of(field, f"{field} must have 1 to {_NAME_MOST} characters.", "LENGTH")
    if any(unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") or char in "<>" for char in name):
        raise ValidationFailed.of(field, f"{field} holds characters that no name has; use letters.", "CHARACTERS")
    return name


def check_phone(text: str, field: str = "phone") -> str:
    """The number in E.164: a plus and 7 to 15 digits; blanks, hyphens and brackets are left out."""
    number = re.sub(r"[ ().-]", "", text)
    if not _PHONE.fullmatch(number):
        message = f'{field} must be an international number (E.164), such as "+628123456789".'
        raise ValidationFailed.of(field, message, "PHONE")
    return number
