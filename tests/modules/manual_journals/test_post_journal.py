from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.modules.bank import Bank, Party, available, moved
from tests.modules.wallets.purse import Member, fields_of

from findigi.kernel import ids
from findigi.kernel.context import Role

JOURNALS = "/api/ledger/journals"


async def account(member: Member, wallet: str) -> str:
    (main,) = await member.items(f"/api/wallets/{wallet}/accounts")
    return main["id"]


async def draft(member: Member, *entries: tuple[str, str, str], description: str = "To the reserve") -> str:
    """A draft of (account, amount, side)."""
    rows = [{"account_id": where, "amount": amount, "side": side} for where, amount, side in entries]
    answer = await member.post(JOURNALS, {"description": description, "entries": rows})
    assert answer.status_code == 201, answer.text
    return answer.json()["item"]["id"]


async def two_accounts(bank: Bank, party: Party, amount: str = "100") -> tuple[str, str]:
    """The first wallet's account, funded, and a second wallet's."""
    await bank.fund(party.owner, party.test["IDR"], amount)
    second = await party.owner.wallet("Second")
    return await account(party.owner, party.test["IDR"]), await account(party.owner, second["id"])


async def funds(member: Member) -> dict[str, str]:
    rows = await member.items("/api/ledger/accounts")
    return {row["id"]: row["balance"]["posted"] for row in rows}


def path(journal: str) -> str:
    return f"{JOURNALS}/{journal}/post"


async def test_a_draft_becomes_a_posted_journal_and_an_operation(bank: Bank, party: Party) -> None:
    a, b = await two_accounts(bank, party)
    journal = await draft(party.owner, (a, "12.5", "debit"), (b, "10", "credit"), (b, "2.5", "credit"))
    answer = await party.owner.post(path(journal))
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["item"]
    assert (made["type"], made["status"], made["amount"], made["asset"], made["fee"]) == (
        "manual_journal", "completed", "12.5", "IDR", "0",
    )  # fmt: skip
    assert made["journal_ids"] == [journal]
    assert made["source"] == made["destination"] == {"type": "journal", "id": journal}
    assert made["description"] == "To the reserve"
    posted = await party.owner.item(f"{JOURNALS}/{journal}")
    assert (posted["status"], posted["operation_id"]) == ("posted", made["id"])
    assert posted["chain"] is not None
    found = await funds(party.owner)
    assert (found[a], found[b]) == ("87.5", "12.5")
    assert (await party.owner.items("/api/transactions?type=manual_journal")) == [made]
    await bank.books_are_right()


async def test_several_assets_move_in_one_journal(bank: Bank, party: Party) -> None:
    a, b = await two_accounts(bank, party)
    await bank.fund(party.owner, party.test["USD"], "5")
    s = await account(party.owner, party.test["USD"])
    t = await account(party.owner, (await party.owner.wallet("Dollars", "USD"))["id"])
    journal = await draft(
        party.owner, (s, "1.5", "debit"), (t, "1.5", "credit"), (a, "10", "debit"), (b, "10", "credit")
    )
    made = (await party.owner.post(path(journal))).json()["item"]
    assert (made["amount"], made["asset"]) == ("1.5", "USD")  # that of the first entry
    found = await funds(party.owner)
    assert [found[each] for each in (a, b, s, t)] == ["90", "10", "3.5", "1.5"]
    await bank.books_are_right()


async def test_posting_it_again_is_refused(bank: Bank, party: Party) -> None:
    a, b = await two_accounts(bank, party)
    journal = await draft(party.owner, (a, "10", "debit"), (b, "10", "credit"))
    assert (await party.owner.post(path(journal))).status_code == 200
    again = await party.owner.post(path(journal))
    assert (again.status_code, again.json()["error"]) == (409, "INVALID_STATE")
    assert (await funds(party.owner))[b] == "10"


async def test_twice_at_once_has_one_effect(bank: Bank, party: Party) -> None:
    a, b = await two_accounts(bank, party)
    journal = await draft(party.owner, (a, "10", "debit"), (b, "10", "credit"))
    answers = await asyncio.gather(*(party.owner.post(path(journal)) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert (await funds(party.owner))[b] == "10"
    assert len(await party.owner.items("/api/transactions?type=manual_journal")) == 1
    await bank.books_are_right()


async def test_the_same_key_answers_the_same_bytes(bank: Bank, party: Party) -> None:
    a, b = await two_accounts(bank, party)
    journal = await draft(party.owner, (a, "10", "debit"), (b, "10", "credit"))
    second = await draft(party.owner, (a, "10", "debit"), (b, "10", "credit"))
    key = {"idempotency-key": "post-1"}
    first = await party.owner.post(path(journal), **key)
    again = await party.owner.post(path(journal), **key)
    assert (first.status_code, first.content) == (200, again.content)
    assert again.headers["idempotent-replayed"] == "true"
    other = await party.owner.post(path(second), **key)  # the path is a part of what the key stands for
    assert (other.status_code, other.json()["error"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_too_little_money_leaves_the_draft_as_it_was(bank: Bank, party: Party) -> None:
    a, b = await two_accounts(bank, party, "5")
    journal = await draft(party.owner, (a, "10", "debit"), (b, "10", "credit"))
    before = await bank.rows()
    answer = await party.owner.post(path(journal))
    assert (answer.status_code, answer.json()["error"]) == (422, "INSUFFICIENT_FUNDS")
    assert await bank.rows() == before
    assert (await party.owner.item(f"{JOURNALS}/{journal}"))["status"] == "draft"
    await bank.fund(party.owner, party.test["IDR"], "5")
    assert (await party.owner.post(path(journal))).status_code == 200


async def test_a_refusal_is_what_its_key_answers_from_then_on(bank: Bank, party: Party) -> None:
    a, b = await two_accounts(bank, party, "5")
    journal = await draft(party.owner, (a, "10", "debit"), (b, "10", "credit"))
    first = await party.owner.post(path(journal), **{"idempotency-key": "k"})
    await bank.fund(party.owner, party.test["IDR"], "5")
    again = await party.owner.post(path(journal), **{"idempotency-key": "k"})
    assert (first.status_code, first.content) == (422, again.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert (await funds(party.owner))[b] == "0"


async def test_an_account_closed_meanwhile_is_refused(bank: Bank, party: Party) -> None:
    a = (await two_accounts(bank, party))[0]
    third = (await party.owner.wallet("Third"))["id"]
    journal = await draft(party.owner, (a, "10", "debit"), (await account(party.owner, third), "10", "credit"))
    assert (await party.owner.post(f"/api/wallets/{third}/close")).status_code == 200
    answer = await party.owner.post(path(journal))
    assert (answer.status_code, answer.json()["error"]) == (409, "INVALID_STATE")


async def test_nobody_else_posts_it(bank: Bank, party: Party) -> None:
    a, b = await two_accounts(bank, party)
    journal = await draft(party.owner, (a, "10", "debit"), (b, "10", "credit"))
    stranger = (await bank.party(name="Beta")).owner
    asked = [
        await stranger.post(path(journal)),
        await party.owner.live().post(path(journal)),
        await party.owner.post(path(ids.to_text(ids.JOURNAL, ids.new_id()))),
        await party.owner.post(path("op_" + journal[4:])),
    ]
    assert {(answer.status_code, answer.json()["error"]) for answer in asked} == {(404, "NOT_FOUND")}
    named = await stranger.post(path(journal), {"client_id": party.owner.client})
    assert (named.status_code, named.json()["error"]) == (404, "NOT_FOUND")
    assert (await bank.http.post(path(journal), json={})).status_code == 401
    assert (await funds(party.owner))[b] == "0"


async def test_a_journal_that_was_never_a_draft_is_not_found(bank: Bank, party: Party) -> None:
    await bank.fund(party.owner, party.test["IDR"], "10")
    second = (await party.owner.wallet("Second"))["id"]
    made = await moved(party.owner, party.test["IDR"], second, "4")
    answer = await party.owner.post(path(made["journal_ids"][0]))
    assert (answer.status_code, answer.json()["error"]) == (404, "NOT_FOUND")
    assert await available(party.owner, second) == "4"


@pytest.mark.parametrize("role", [Role.viewer, Role.checker])
async def test_a_weak_role_is_refused(bank: Bank, party: Party, role: Role) -> None:
    a, b = await two_accounts(bank, party)
    journal = await draft(party.owner, (a, "10", "debit"), (b, "10", "credit"))
    weak = await bank.colleague(party.owner, role)
    answer = await weak.post(path(journal))
    assert (answer.status_code, answer.json()["error"]) == (403, "FORBIDDEN")


async def test_a_body_of_another_form_is_refused_by_field(party: Party) -> None:
    answer = await party.owner.post(path("jrn_x"), {"entries": []})
    assert fields_of(answer, 400, "VALIDATION_ERROR") == ["entries"]
