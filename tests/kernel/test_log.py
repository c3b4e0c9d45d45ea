from __future__ import annotations

import logging

import pytest
import structlog

from findigi.kernel import log
from findigi.kernel.log import HIDDEN, redact, redact_text

CARD = "4111 1111 1111 1111"  # a published test number
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "key", ["password", "Authorization", "access_token", "client-secret", "webhook_secret", "code", "card_number"]
)
def test_secret_keys_are_hidden_at_any_depth(key: str) -> None:
    event = redact(None, "info", {key: "value", "body": {"list": [{key: "value"}], "kept": "value"}})
    assert event == {key: HIDDEN, "body": {"list": [{key: HIDDEN}], "kept": "value"}}


@pytest.mark.parametrize(
    "text",
    [
        f"paid with {CARD}",
        "paid with 4111111111111111.",
        f"got {JWT}",
        "header Bearer abcdefgh12345678",
        "connect postgresql://findigi:hunter2@db/findigi",
    ],
)
def test_secret_shapes_are_hidden_in_texts(text: str) -> None:
    hidden = redact_text(text)
    assert HIDDEN in hidden
    for secret in ("4111", "eyJ", "abcdefgh", "hunter2"):
        assert secret not in hidden


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",  # fails Luhn
        "0191d7a8-1111-7111-8111-111111111111",
        "amount 1000000000.00",
        "2026-01-02T03:04:05Z",
        "http://127.0.0.1:8000/v1/transfers",
    ],
)
def test_ordinary_texts_stay(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize("number", [4111111111111111, {"n": 4111111111111111}, (CARD,), CARD.encode()])
def test_card_numbers_are_hidden_in_any_type(number: object) -> None:
    assert "4111" not in repr(redact(None, "info", {"value": number}))


class _Settings:
    log_level = "info"
    log_json = True


def test_both_kinds_of_logger_are_redacted_and_carry_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        log.configure(_Settings())
        with structlog.contextvars.bound_contextvars(request_id="req_1"):
            structlog.get_logger("a").info("signed_in", token="t0ken")
            logging.getLogger("b").warning("card %s", CARD)
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        structlog.reset_defaults()
    written = capsys.readouterr().err
    assert written.count('"request_id": "req_1"') == 2
    assert "t0ken" not in written
    assert "4111" not in written
