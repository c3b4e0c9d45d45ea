from __future__ import annotations

import asyncio

import httpx
import pytest
from tests.modules.bank import ONBOARD, TRANSFERS, Bank, Party, available, company, moved, transfer
from tests.modules.ledger.books import house_account, post, posting
from tests.modules.wallets.purse import account_id, fields_of

from findigi.kernel import ids
from findigi.kernel.context import Role
from findigi.modules.ledger import HOUSE, Line

LARGEST = 10**37 - 1


async def second_wallet(party: Party, asset: str = "IDR") -> str:
    return (await party.owner.wallet("Second", asset))["id"]


async def test_money_moves_and_the_answer_is_the_completed_operation(bank: Bank, party: Party) -> None:
    owner, source, destination = party.owner, party.test["IDR"], await second_wallet(party)
    await bank.fund(owner, source, "1000")
    made = await moved(owner, source, destination, "250.50", description="Rent", reference="R-1")
    assert (made["type"], made["status"], made["mode"], made["direction"]) == (
        "wallet_transfer", "completed", "test", "own",
    )  # fmt: skip
    assert (made["amount"], made["asset"], made["fee"], made["total_debit"]) == ("250.5", "IDR", "0", "250.5")
    assert (made["source"], made["destination"]) == (
        {"type": "wallet", "id": source},
        {"type": "wallet", "id": destination},
    )
    assert (made["client_id"], made["created_by"]) == (owner.client, ids.to_text(ids.USER, owner.user_id))
    assert (made["description"], made["reference"]) == ("Rent", "R-1")
    assert [step["status"] for step in made["timeline"]] == ["processing", "completed"]
    assert (await available(owner, source), await available(owner, destination)) == ("749.5", "250.5")
    journal = await owner.item(f"/api/ledger/journals/{made['journal_ids'][0]}")
    assert sorted(entry["amount"] for entry in journal["entries"]) == ["-250.5", "250.5"]
    assert journal["operation_id"] == made["id"]
    await bank.books_are_right()


async def test_another_workspaces_wallet_receives_it(bank: Bank, party: Party) -> None:
    other = await bank.party(name="Beta")
    await bank.fund(party.owner, party.test["IDR"], "10")
    made = await moved(party.owner, party.test["IDR"], other.test["IDR"], "4")
    assert await available(other.owner, other.test["IDR"]) == "4"
    (seen,) = await other.owner.items("/api/transactions")
    assert (seen["id"], seen["direction"]) == (made["id"], "in")
    await bank.books_are_right()


async def test_all_of_it_can_go_and_not_a_cent_more(bank: Bank, party: Party) -> None:
    owner, source, destination = party.owner, party.test["IDR"], await second_wallet(party)
    await bank.fund(owner, source, "0.02")
    refused = await owner.post(TRANSFERS, transfer(source, destination, "0.03"))
    assert fields_of(refused, 422, "INSUFFICIENT_FUNDS") is not None
    await moved(owner, source, destination, "0.02")
    assert (await available(owner, source), await available(owner, destination)) == ("0", "0.02")


async def test_the_same_key_moves_once_and_answers_the_same_bytes(bank: Bank, party: Party) -> None:
    owner, source, destination = party.owner, party.test["IDR"], await second_wallet(party)
    await bank.fund(owner, source, "10")
    key = {"idempotency-key": "rent-april"}
    first = await owner.post(TRANSFERS, transfer(source, destination, "4"), **key)
    again = await owner.post(TRANSFERS, transfer(source, destination, "4"), **key)
    other = await owner.post(TRANSFERS, transfer(source, destination, "5"), **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["error"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await available(owner, destination) == "4"


async def test_a_key_counts_in_its_own_mode_and_workspace(bank: Bank, party: Party) -> None:
    other, key = await bank.party(name="Beta"), {"idempotency-key": "one"}
    await bank.fund_live(party.owner, party.live["IDR"], "IDR", 1_000)
    for each in (party, other):
        await bank.fund(each.owner, each.test["IDR"], "10")
    live = party.owner.live()
    second = (await live.wallet("Second", "IDR"))["id"]
    answers: list[httpx.Response] = [
        await party.owner.post(TRANSFERS, transfer(party.test["IDR"], other.test["IDR"], "1"), **key),
        await other.owner.post(TRANSFERS, transfer(other.test["IDR"], party.test["IDR"], "1"), **key),
        await live.post(TRANSFERS, transfer(party.live["IDR"], second, "1"), **key),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.json()["item"]["id"] for answer in answers}) == 3


async def test_white_space_and_the_order_of_fields_are_the_same_body(bank: Bank, party: Party) -> None:
    owner, source, destination = party.owner, party.test["IDR"], await second_wallet(party)
    await bank.fund(owner, source, "10")
    key = {"idempotency-key": "k", "content-type": "application/json"}
    text = f'{{"amount": "1",\n "destination_wallet_id": "{destination}",  "source_wallet_id": "{source}"}}'
    first = await owner.post(TRANSFERS, transfer(source, destination, "1"), **key)
    again = await owner.http.post(TRANSFERS, content=text, headers=owner.headers | key)
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"


async def test_different_assets_are_a_currency_mismatch(bank: Bank, party: Party) -> None:
    await bank.fund(party.owner, party.test["IDR"], "10")
    answer = await party.owner.post(TRANSFERS, transfer(party.test["IDR"], party.test["USD"]))
    assert fields_of(answer, 422, "CURRENCY_MISMATCH") == ["destination_wallet_id"]


async def test_the_same_wallet_twice_is_refused(bank: Bank, party: Party) -> None:
    answer = await party.owner.post(TRANSFERS, transfer(party.test["IDR"], party.test["IDR"]))
    assert fields_of(answer, 400, "VALIDATION_ERROR") == ["destination_wallet_id"]
    assert answer.json()["details"][0]["code"] == "SAME_WALLET"


async def test_a_wallet_that_is_not_there_is_a_404_that_names_it(bank: Bank, party: Party) -> None:
    other = await bank.party(name="Beta")
    own, nobody = party.test["IDR"], ids.to_text(ids.WALLET, ids.new_id())
    source, destination = ["source_wallet_id"], ["destination_wallet_id"]
    for pays, receives, named in (
        (nobody, own, source),
        (own, nobody, destination),
        (other.test["IDR"], own, source),
        (party.live["IDR"], own, source),
        (own, party.live["IDR"], destination),
        (own, other.live["IDR"], destination),
    ):
        answer = await party.owner.post(TRANSFERS, transfer(pays, receives))
        assert fields_of(answer, 404, "NOT_FOUND") == named, (pays, receives)
    for pays, receives in (("acc_" + own[4:], own), (own, own[4:])):
        answer = await party.owner.post(TRANSFERS, transfer(pays, receives))
        assert (answer.status_code, answer.json()["error"]) == (404, "NOT_FOUND"), (pays, receives)


async def test_a_closed_wallet_neither_pays_nor_receives(bank: Bank, party: Party) -> None:
    owner, open_one, closed = party.owner, party.test["IDR"], await second_wallet(party)
    await bank.fund(owner, open_one, "10")
    await moved(owner, open_one, closed, "1")  # so that the directory knows it as it was
    await moved(owner, closed, open_one, "1")
    assert (await owner.post(f"/api/wallets/{closed}/close")).status_code == 200
    for source, destination in ((open_one, closed), (closed, open_one)):
        answer = await owner.post(TRANSFERS, transfer(source, destination))
        assert (answer.status_code, answer.json()["error"]) == (409, "INVALID_STATE"), answer.text


async def test_no_balance_passes_what_can_be_counted(bank: Bank, party: Party) -> None:
    owner, source, full = party.owner, party.test["IDR"], await second_wallet(party)
    for wallet, code in ((source, "funding"), (full, "fx/position")):  # one house account cannot hold so much either
        (account,) = await owner.items(f"/api/wallets/{wallet}/accounts")
        house = await house_account(bank.database, code, "IDR")
        lines = (Line(HOUSE, house.id, -LARGEST), Line(owner.client_id, account_id(account["id"]), LARGEST))
        await post(bank.database, posting(owner.client_id, *lines))
    answer = await owner.post(TRANSFERS, transfer(source, full, "1"))
    assert (answer.status_code, answer.json()["error"]) == (422, "BALANCE_TOO_LARGE"), answer.text
    assert await available(owner, source) == await available(owner, full)


@pytest.mark.parametrize("role", [Role.viewer, Role.checker])
async def test_who_only_looks_or_checks_moves_nothing(bank: Bank, party: Party, role: Role) -> None:
    second = await second_wallet(party)
    await bank.fund(party.owner, party.test["IDR"], "10")
    weak = await bank.colleague(party.owner, role)
    answer = await weak.post(TRANSFERS, transfer(party.test["IDR"], second))
    assert (answer.status_code, answer.json()["error"]) == (403, "FORBIDDEN")
    assert await available(party.owner, second) == "0"


async def test_who_has_several_workspaces_names_one(bank: Bank, party: Party) -> None:
    await bank.fund(party.owner, party.test["IDR"], "10")
    second = await second_wallet(party)
    assert (await party.owner.post(ONBOARD, company(name="Second"))).status_code == 201
    body = transfer(party.test["IDR"], second)
    unnamed = await party.owner.post(TRANSFERS, body)
    assert (unnamed.status_code, unnamed.json()["error"]) == (400, "CLIENT_REQUIRED")
    named = await party.owner.post(TRANSFERS, body | {"client_id": party.owner.client})
    assert named.status_code == 201
    by_header = await party.owner.post(TRANSFERS, body, **{"x-findigi-client-id": party.owner.client})
    assert by_header.status_code == 201
    other = ids.to_text(ids.CLIENT, ids.new_id())
    both = await party.owner.post(TRANSFERS, body | {"client_id": other}, **{"x-findigi-client-id": party.owner.client})
    assert fields_of(both, 400, "VALIDATION_ERROR") == ["client_id"]
    strange = await party.owner.post(TRANSFERS, body | {"client_id": other})
    assert (strange.status_code, strange.json()["error"]) == (404, "NOT_FOUND")


async def test_opposite_transfers_at_once_all_go_through(bank: Bank, party: Party) -> None:
    owner, a, b = party.owner, party.test["IDR"], await second_wallet(party)
    await bank.fund(owner, a, "100")
    await bank.fund(owner, b, "100")
    there = [owner.post(TRANSFERS, transfer(a, b, "1")) for _ in range(20)]
    back = [owner.post(TRANSFERS, transfer(b, a, "2")) for _ in range(20)]
    answers = await asyncio.gather(*there, *back)
    assert {answer.status_code for answer in answers} == {201}
    assert (await available(owner, a), await available(owner, b)) == ("120", "80")
    await bank.books_are_right()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"description": "x" * 201}, "description"),
        ({"reference": "x" * 65}, "reference"),
        ({"description": None}, "description"),
        ({"amount": None}, "amount"),
        ({"source_wallet_id": 7}, "source_wallet_id"),
        ({"quote_id": "qte_x"}, "quote_id"),
    ],
)
async def test_a_body_of_another_form_is_refused_by_field(party: Party, change: dict[str, object], field: str) -> None:
    answer = await party.owner.post(TRANSFERS, transfer(party.test["IDR"], party.test["USD"]) | change)
    assert fields_of(answer, 400, "VALIDATION_ERROR") == [field]


@pytest.mark.parametrize("field", ["source_wallet_id", "destination_wallet_id", "amount"])
async def test_what_is_missing_is_named(party: Party, field: str) -> None:
    body = transfer(party.test["IDR"], party.test["USD"])
    del body[field]
    answer = await party.owner.post(TRANSFERS, body)
    assert fields_of(answer, 400, "VALIDATION_ERROR") == [field]
    assert answer.json()["details"][0]["code"] == "REQUIRED"


async def test_without_a_token_nothing_moves(bank: Bank, party: Party) -> None:
    answer = await bank.http.post(TRANSFERS, json=transfer(party.test["IDR"], party.test["USD"]))
    assert (answer.status_code, answer.json()["error"]) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == "Bearer"
