"""Keys and seals: everything that is derived from the instance's one secret.

Each purpose has a key of its own (HKDF-SHA256, RFC 5869), so that what is sealed for one purpose cannot be opened,
and what is signed for one cannot be accepted, for another. Seals are AES-256-GCM (NIST SP 800-38D).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from findigi.kernel.settings import Settings

_SALT: Final = b"findigi/keys/1"
_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12


class SealBrokenError(ValueError):
    """The sealed bytes were changed, belong to another purpose or row, or were sealed with another secret."""


@lru_cache(maxsize=64)
def _derive(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=purpose.encode()).derive(secret.encode())


def key_for(settings: Settings, purpose: str) -> bytes:
    """The 32 bytes that belong to `purpose`, such as `identity.token`; the same for the same secret."""
    return _derive(settings.secret.get_secret_value(), purpose)


def fingerprint(settings: Settings, purpose: str, *parts: bytes) -> bytes:
    """HMAC-SHA256 of the parts (32 bytes): for short secrets, which a plain hash would not hide."""
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.digest(key_for(settings, purpose), message, "sha256")


def digest(text: str) -> bytes:
    """SHA-256 of a long random text (32 bytes): what is stored of a token, which is looked up by it."""
    return hashlib.sha256(text.encode()).digest()


def seal(settings: Settings, purpose: str, plain: bytes, *, bound_to: bytes) -> bytes:
    """`plain` encrypted for `purpose` and tied to `bound_to` (the row's id): version, nonce, ciphertext and tag."""
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key_for(settings, purpose)).encrypt(nonce, plain, _VERSION + bound_to)


def unseal(settings: Settings, purpose: str, sealed: bytes, *, bound_to: bytes) -> bytes:
    """What `seal` was given. Raises SealBrokenError when anything about it is not as it was."""
    version, nonce, body = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if version != _VERSION or len(nonce) != _NONCE_BYTES:
        raise SealBrokenError(f"not a seal of version 1: {len(sealed)} bytes")
    try:
        return AESGCM(key_for(settings, purpose)).decrypt(nonce, body, _VERSION + bound_to)
    except InvalidTag:
        raise SealBrokenError(f"the seal for {purpose} is broken") from None
