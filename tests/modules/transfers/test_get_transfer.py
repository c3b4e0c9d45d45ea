from __future__ import annotations

from tests.modules.bank import TRANSFERS, Bank, Party, moved
from tests.modules.wallets.purse import fields_of

from findigi.kernel import ids
from findigi.kernel.context import Role


async def test_it_is_shown_as_it_was_answered(bank: Bank, party: Party) -> None:
    other = await bank.party(name="Beta")
    await bank.fund(party.owner, party.test["IDR"], "10")
    made = await moved(party.owner, party.test["IDR"], other.test["IDR"], "4", description="For April")
    viewer = await bank.colleague(party.owner, Role.viewer)
    assert await party.owner.item(f"{TRANSFERS}/{made['id']}") == made
    assert await viewer.item(f"{TRANSFERS}/{made['id']}") == made


async def test_the_receiver_sees_it_come_in_without_the_senders_people(bank: Bank, party: Party) -> None:
    other = await bank.party(name="Beta")
    await bank.fund(party.owner, party.test["IDR"], "10")
    made = await moved(party.owner, party.test["IDR"], other.test["IDR"], "4", description="For April")
    seen = await other.owner.item(f"{TRANSFERS}/{made['id']}")
    assert (seen["direction"], seen["amount"], seen["description"]) == ("in", "4", "For April")
    assert "created_by" not in seen
    assert all("by" not in step for step in seen["timeline"])
    assert ids.to_text(ids.USER, party.owner.user_id) not in str(seen)


async def test_nobody_else_sees_it(bank: Bank, party: Party) -> None:
    stranger, second = await bank.party(name="Gamma"), await party.owner.wallet("Second")
    funded = await bank.fund(party.owner, party.test["IDR"], "10")
    made = await moved(party.owner, party.test["IDR"], second["id"], "4")
    journal = made["journal_ids"][0]
    asked = [
        await stranger.owner.get(f"{TRANSFERS}/{made['id']}"),
        await party.owner.live().get(f"{TRANSFERS}/{made['id']}"),
        await party.owner.get(f"{TRANSFERS}/{funded['id']}"),  # a pay-in is no transfer
        await party.owner.get(f"{TRANSFERS}/{journal}"),
        await party.owner.get(f"{TRANSFERS}/{ids.to_text(ids.OPERATION, ids.new_id())}"),
        await party.owner.get(f"{TRANSFERS}/op_{'z' * 26}"),
    ]
    assert {(answer.status_code, answer.json()["error"]) for answer in asked} == {(404, "NOT_FOUND")}
    assert (await bank.http.get(f"{TRANSFERS}/{made['id']}")).status_code == 401


async def test_an_unknown_parameter_is_refused(party: Party) -> None:
    answer = await party.owner.get(f"{TRANSFERS}/op_x?expand=journal")
    assert fields_of(answer, 400, "VALIDATION_ERROR") == ["expand"]
