from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from tests.modules.docs.toy import ENDPOINTS, ID, WALLET

from findigi.kernel.http import Endpoint, Example
from findigi.modules import docs

NOW = datetime(2026, 4, 10, 18, 0, 0, 123456, UTC)
TRANSFER = "/api/wallets/{id}/transfers"


def built(endpoints: tuple[Endpoint, ...] = ENDPOINTS) -> docs.Documentation:
    return docs.build(endpoints, base_url="http://127.0.0.1:8000", now=NOW)


def document(endpoints: tuple[Endpoint, ...] = ENDPOINTS) -> dict[str, Any]:
    return msgspec.json.decode(built(endpoints).openapi)


def one(path: str, **changes: Any) -> tuple[Endpoint, ...]:
    return tuple(replace(e, **changes) if e.path == path else e for e in ENDPOINTS)


def test_the_same_declarations_give_the_same_bytes() -> None:
    assert built().openapi == built().openapi


def test_names_of_shapes_are_tidy() -> None:
    schemas = document()["components"]["schemas"]
    assert {"WalletAnswer", "WalletList", "Wallet", "TransferBody", "Line", "Error"} <= set(schemas)
    assert "WalletQuery" not in schemas


def test_a_field_that_may_be_absent_is_not_promised() -> None:
    wallet = document()["components"]["schemas"]["Wallet"]
    assert wallet["required"] == ["id", "name", "balance", "note"]


def test_what_is_optional_in_a_request_stays_optional() -> None:
    body = document()["components"]["schemas"]["TransferBody"]
    assert body["required"] == ["source_wallet_id", "amount"]


def test_errors_are_declared_and_implied_ones() -> None:
    responses = document()["paths"][TRANSFER]["post"]["responses"]
    codes = {
        status: set(answer["content"]["application/json"]["examples"])
        for status, answer in responses.items()
        if status >= "400"
    }
    assert codes == {
        "400": {"VALIDATION_ERROR", "CLIENT_REQUIRED"},
        "401": {"UNAUTHENTICATED", "TOKEN_EXPIRED"},
        "403": {"FORBIDDEN"},
        "404": {"NOT_FOUND"},
        "409": {"CONFLICT", "REQUEST_IN_PROGRESS"},
        "413": {"PAYLOAD_TOO_LARGE"},
        "415": {"UNSUPPORTED_MEDIA_TYPE"},
        "422": {"INSUFFICIENT_FUNDS", "IDEMPOTENCY_KEY_REUSED"},
        "429": {"RATE_LIMITED"},
        "503": {"SERVICE_UNAVAILABLE"},
    }


def test_a_public_operation_takes_no_token_and_a_user_operation_no_workspace() -> None:
    paths = document()["paths"]
    assert not {"401", "403", "404"} & set(paths["/api/docs/health"]["get"]["responses"])
    export = paths["/api/toy/export"]["get"]
    assert set(export["responses"]) == {"200", "400", "401", "429", "503"}
    assert [parameter["$ref"].rpartition("/")[2] for parameter in export["parameters"]] == ["TestMode"]


def test_the_example_of_a_validation_error_is_what_the_operation_answers() -> None:
    examples = document()["paths"][TRANSFER]["post"]["responses"]["400"]["content"]["application/json"]["examples"]
    details = examples["VALIDATION_ERROR"]["value"]["details"]
    assert [(row["field"], row["code"]) for row in details] == [("source_wallet_id", "REQUIRED")]


def test_every_success_status_is_documented_with_the_example() -> None:
    responses = document()["paths"][TRANSFER]["post"]["responses"]
    for status in ("201", "202"):
        assert responses[status]["content"]["application/json"]["example"]["item"]["id"] == ID
        assert "Idempotent-Replayed" in responses[status]["headers"]


def test_a_nested_body_is_flattened_into_rows() -> None:
    operation = built().catalogue.at("POST", TRANSFER)
    assert operation is not None
    body = {row.name: row for row in operation.parameters if row.place == "body"}
    assert list(body) == ["client_id", "source_wallet_id", "amount", "speed", "lines", "lines[].text", "lines[].amount"]
    assert body["lines[].text"].type == "string, up to 140 characters"
    assert body["amount"].type == "decimal string"
    assert body["amount"].required
    assert not body["client_id"].required


def test_a_request_example_leaves_out_what_a_caller_would() -> None:
    operation = built().catalogue.at("POST", TRANSFER)
    assert operation is not None
    assert msgspec.json.decode(operation.request) == {
        "source_wallet_id": ID,
        "amount": "1250.00",
        "lines": [{"text": 'It\'s "rent"', "amount": "1"}],
    }


def test_required_query_parameters_are_in_the_samples() -> None:
    operation = built().catalogue.at("GET", "/api/wallets")
    assert operation is not None
    assert all("/api/wallets?asset=IDR" in sample.code for sample in operation.samples)


def test_an_answer_that_is_no_json_is_shown_as_it_is() -> None:
    operation = built().catalogue.at("GET", "/api/toy/export")
    assert operation is not None
    assert operation.answers[0].text == "id,name\n1,one\n"
    content = document()["paths"]["/api/toy/export"]["get"]["responses"]["200"]["content"]
    assert content == {"text/csv": {"schema": {"type": "string"}, "example": "id,name\n1,one\n"}}


def test_health_counts_and_dates() -> None:
    health = built().health
    assert (health.route_count, health.path_count, health.module_count) == (6, 6, 3)
    assert health.generated_at == "2026-04-10T18:00:00.123Z"
    assert health.checks["coverage"].passed == 4


@pytest.mark.parametrize(
    ("check", "path", "changes"),
    [
        ("examples", "/api/wallets", {"example": Example({"ok": True, "items": [{"id": 1}], "next_cursor": None})}),
        ("examples", TRANSFER, {"example": Example({"ok": True, "item": WALLET}, {"amount": "1"})}),
        ("texts", "/api/wallets", {"summary": "List"}),
        ("texts", "/api/wallets", {"description": "Wallets."}),
        ("modules", "/api/wallets", {"module": "Nobody described this"}),
    ],
)
def test_health_fails_on(check: str, path: str, changes: dict[str, Any]) -> None:
    before = built().health.checks[check]
    after = built(one(path, **changes)).health
    assert len(after.checks[check].failures) == len(before.failures) + 1
    assert not after.checks[check].ok
    assert after.status == "failing"
    assert not after.ok


def test_missing_operations_make_it_incomplete_and_not_wrong() -> None:
    known = tuple(e for e in ENDPOINTS if e.module != "Toy Extras")
    health = built(known).health
    assert health.status == "incomplete"
    assert health.ok
    assert "POST /api/auth/login" in health.checks["coverage"].failures


def test_two_operations_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="list_wallets"):
        built((*ENDPOINTS, ENDPOINTS[-2]))


def test_a_path_parameter_without_description_is_refused() -> None:
    with pytest.raises(ValueError, match="path_parameters"):
        built(one(TRANSFER, path_parameters={}))


def test_the_catalogue_of_errors_says_who_raises_what() -> None:
    catalogue = built().catalogue
    rows = {row.code: row for row in catalogue.errors}
    assert rows["VALIDATION_ERROR"].everywhere
    assert [operation.id for operation in rows["IDEMPOTENCY_KEY_REUSED"].operations] == ["create_transfer"]
    assert not rows["INTERNAL_ERROR"].operations


def test_markdown_has_all_parts() -> None:
    operation = built().catalogue.at("POST", TRANSFER)
    assert operation is not None
    text = docs.operation_markdown(operation)
    for part in ("# Transfer between wallets", "## Body", "| `lines[].amount` |", "### Java", "`INSUFFICIENT_FUNDS`"):
        assert part in text


def test_search_finds_operations_errors_and_modules() -> None:
    rows = built().catalogue.search
    assert {row.kind for row in rows} == {"operation", "module", "error"}
    assert any("transfer" in row.words and row.href == "/docs/api/wallet-transfer/create_transfer" for row in rows)
