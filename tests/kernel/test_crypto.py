from __future__ import annotations

import pytest

from findigi.kernel.crypto import SealBrokenError, digest, fingerprint, key_for, seal, unseal
from findigi.kernel.settings import Settings, load_settings

PLAIN = b"JBSWY3DPEHPK3PXP"


def other_secret() -> Settings:
    return load_settings(environment="test", secret="o" * 40)


@pytest.fixture(scope="module")
def mine() -> Settings:
    return load_settings(environment="test", secret="m" * 40)


def test_what_is_sealed_can_be_opened(mine: Settings) -> None:
    sealed = seal(mine, "a", PLAIN, bound_to=b"row")
    assert PLAIN not in sealed
    assert unseal(mine, "a", sealed, bound_to=b"row") == PLAIN


def test_two_seals_of_one_text_differ(mine: Settings) -> None:
    assert seal(mine, "a", PLAIN, bound_to=b"row") != seal(mine, "a", PLAIN, bound_to=b"row")


def test_another_purpose_row_or_secret_does_not_open_it(mine: Settings) -> None:
    sealed = seal(mine, "a", PLAIN, bound_to=b"row")
    for settings, purpose, bound_to in ((mine, "b", b"row"), (mine, "a", b"other"), (other_secret(), "a", b"row")):
        with pytest.raises(SealBrokenError):
            unseal(settings, purpose, sealed, bound_to=bound_to)


def test_no_byte_of_a_seal_may_change(mine: Settings) -> None:
    sealed = seal(mine, "a", PLAIN, bound_to=b"row")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealBrokenError):
            unseal(mine, "a", bytes(changed), bound_to=b"row")
    for cut in (sealed[:-1], sealed[:5], b""):
        with pytest.raises(SealBrokenError):
            unseal(mine, "a", cut, bound_to=b"row")


def test_each_purpose_has_its_own_key(mine: Settings) -> None:
    keys = {key_for(mine, "a"), key_for(mine, "b"), key_for(other_secret(), "a")}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {32}
    assert key_for(mine, "a") == key_for(mine, "a")


def test_a_fingerprint_does_not_run_its_parts_together(mine: Settings) -> None:
    assert fingerprint(mine, "a", b"ab", b"c") != fingerprint(mine, "a", b"a", b"bc")
    assert fingerprint(mine, "a", b"ab") == fingerprint(mine, "a", b"ab")
    assert fingerprint(mine, "a", b"ab") != fingerprint(mine, "b", b"ab")


def test_a_digest_is_sha_256() -> None:
    assert digest("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
