"""Money under concurrency, repetition and lost connections: never made, never lost, moved once."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from typing import Any

import httpx
import msgspec
import pytest
from tests.modules.bank import TRANSFERS, Bank, Party, available, transfer
from tests.modules.wallets.purse import Member, account_id, somebody_waits

TOTAL_SQL = """
select coalesce(sum(posted), 0)::bigint from account where client_id <> '00000000-0000-0000-0000-000000000000'"""
LOCK_SQL = "select 1 from account where id = $1 for update"


async def second_wallet(party: Party) -> str:
    return (await party.owner.wallet("Second"))["id"]


async def transfers_of(member: Member) -> int:
    return len(await member.items("/api/transactions?type=wallet_transfer&limit=100"))


@pytest.mark.parametrize(("units", "affordable"), [(49, 49), (17, 17), (1, 1), (0, 0)])
async def test_fifty_at_once_spend_what_there_is_and_not_a_unit_more(
    bank: Bank, party: Party, units: int, affordable: int
) -> None:
    owner, source, destination = party.owner, party.test["IDR"], await second_wallet(party)
    if units:
        await bank.fund(owner, source, f"{units / 100:.2f}")
    asked = [owner.post(TRANSFERS, transfer(source, destination, "0.01")) for _ in range(50)]
    answers = await asyncio.gather(*asked)
    assert Counter(answer.status_code for answer in answers) == Counter(
        {status: count for status, count in ((201, affordable), (422, 50 - affordable)) if count}
    )
    refused = {answer.json()["error"] for answer in answers if answer.status_code == 422}
    assert refused == {"INSUFFICIENT_FUNDS"}
    assert await available(owner, source) == "0"
    assert await transfers_of(owner) == affordable
    await bank.books_are_right()


async def test_fifty_that_cannot_all_be_paid_pay_what_fits(bank: Bank, party: Party) -> None:
    owner, source, destination = party.owner, party.test["IDR"], await second_wallet(party)
    await bank.fund(owner, source, "1000")
    asked = [owner.post(TRANSFERS, transfer(source, destination, "300")) for _ in range(50)]
    answers = await asyncio.gather(*asked)
    assert Counter(answer.status_code for answer in answers) == Counter({201: 3, 422: 47})
    assert (await available(owner, source), await available(owner, destination)) == ("100", "900")


async def test_the_same_key_fifty_times_at_once_acts_once(bank: Bank, party: Party) -> None:
    owner, source, destination = party.owner, party.test["IDR"], await second_wallet(party)
    await bank.fund(owner, source, "1000")
    key = {"idempotency-key": "one"}
    answers = await asyncio.gather(
        *(owner.post(TRANSFERS, transfer(source, destination, "7"), **key) for _ in range(50))
    )
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    for answer in answers:
        assert answer.status_code == 201 or answer.json()["error"] == "REQUEST_IN_PROGRESS", answer.text
    fresh = [answer for answer in answers if answer.status_code == 201 and "idempotent-replayed" not in answer.headers]
    assert len(fresh) == 1
    assert (await available(owner, destination), await transfers_of(owner)) == ("7", 1)
    other = await owner.post(TRANSFERS, transfer(source, destination, "8"), **key)
    assert (other.status_code, other.json()["error"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    await bank.books_are_right()


async def test_two_bodies_race_for_one_key_and_one_wins(bank: Bank, party: Party) -> None:
    owner, source, destination = party.owner, party.test["IDR"], await second_wallet(party)
    await bank.fund(owner, source, "1000")
    key = {"idempotency-key": "one"}
    bodies = [transfer(source, destination, str(1 + number % 2)) for number in range(40)]
    answers = await asyncio.gather(*(owner.post(TRANSFERS, body, **key) for body in bodies))
    assert Counter(answer.status_code for answer in answers) == Counter({201: 20, 422: 20})
    assert {a.json()["error"] for a in answers if a.status_code == 422} == {"IDEMPOTENCY_KEY_REUSED"}
    assert await available(owner, destination) in {"1", "2"}
    assert await transfers_of(owner) == 1


async def test_a_refusal_is_replayed_also_when_it_could_be_paid_now(bank: Bank, party: Party) -> None:
    owner, source, destination = party.owner, party.test["IDR"], await second_wallet(party)
    key, body = {"idempotency-key": "too-early"}, transfer(source, destination, "5")
    first = await owner.post(TRANSFERS, body, **key)
    assert (first.status_code, first.json()["error"]) == (422, "INSUFFICIENT_FUNDS")
    await bank.fund(owner, source, "10")
    again = await owner.post(TRANSFERS, body, **key)
    assert (again.status_code, again.content) == (422, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert await available(owner, destination) == "0"
    assert (await owner.post(TRANSFERS, body, **{"idempotency-key": "now"})).status_code == 201


async def test_a_malformed_request_does_not_use_its_key_up(bank: Bank, party: Party) -> None:
    owner, source, destination = party.owner, party.test["IDR"], await second_wallet(party)
    await bank.fund(owner, source, "10")
    key = {"idempotency-key": "k"}
    for body in (transfer(source, destination, "x"), transfer(source, source), transfer(source, "wal_x")):
        assert (await owner.post(TRANSFERS, body, **key)).status_code in (400, 404)
    assert (await owner.post(TRANSFERS, transfer(source, destination), **key)).status_code == 201


async def asked_and_gone(app: Any, member: Member, body: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The request of a caller who is gone when the answer comes; gives what was meant for them."""
    raw, told = msgspec.json.encode(body), list[dict[str, Any]]()
    headers = {**member.headers, "idempotency-key": key, "content-type": "application/json"}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": TRANSFERS, "raw_path": TRANSFERS.encode(), "query_string": b"", "root_path": "",
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)
        if message["type"] == "http.response.body":
            raise OSError("the caller is gone")

    await app(scope, receive, send)
    return told


async def test_who_lost_the_answer_gets_its_bytes_by_asking_again(bank: Bank, party: Party) -> None:
    owner, source, destination = party.owner, party.test["IDR"], await second_wallet(party)
    await bank.fund(owner, source, "10")
    body = transfer(source, destination, "4")
    lost = await asked_and_gone(bank.app, owner, body, "lost")
    assert lost[0]["status"] == 201
    again = await owner.post(TRANSFERS, body, **{"idempotency-key": "lost"})
    assert (again.status_code, again.content) == (201, lost[1]["body"])
    assert again.headers["idempotent-replayed"] == "true"
    assert (await available(owner, destination), await transfers_of(owner)) == ("4", 1)


async def test_who_leaves_while_it_is_written_finds_it_done(bank: Bank, party: Party) -> None:
    owner, source, destination = party.owner, party.test["IDR"], await second_wallet(party)
    await bank.fund(owner, source, "10")
    (main,) = await owner.items(f"/api/wallets/{source}/accounts")
    body, key = transfer(source, destination, "4"), {"idempotency-key": "left"}
    async with bank.database.transaction() as tx:
        await tx.run(LOCK_SQL, account_id(main["id"]))
        asking = asyncio.create_task(owner.post(TRANSFERS, body, **key))
        await somebody_waits(bank.database)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    again = await owner.post(TRANSFERS, body, **key)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert (await available(owner, destination), await transfers_of(owner)) == ("4", 1)
    await bank.books_are_right()


class Traffic:
    """Random transfers among everybody's wallets, while wallets open and close. The order is the event loop's."""

    def __init__(self, parties: list[Party], seed: int) -> None:
        self.parties = parties
        self.chance = random.Random(seed)  # noqa: S311 -- a test's dice
        self.open = {party.owner.client: [party.test["IDR"]] for party in parties}
        self.seen: Counter[tuple[int, str]] = Counter()

    def note(self, answer: httpx.Response) -> None:
        self.seen[answer.status_code, answer.json().get("error", "")] += 1

    async def pay(self, party: Party) -> None:
        source = self.chance.choice(self.open[party.owner.client])
        destination = self.chance.choice([each for wallets in self.open.values() for each in wallets])
        amount = f"{self.chance.randint(1, 30_000) / 100:.2f}"
        self.note(await party.owner.post(TRANSFERS, transfer(source, destination, amount)))

    async def open_one(self, party: Party) -> None:
        self.open[party.owner.client].append((await party.owner.wallet("More"))["id"])

    async def close_one(self, party: Party) -> None:
        """Empties a wallet that is not primary and closes it; money that comes in between stops that."""
        wallets = self.open[party.owner.client]
        if len(wallets) == 1:
            return
        wallet = self.chance.choice(wallets[1:])
        rest = await available(party.owner, wallet)
        if rest != "0":
            self.note(await party.owner.post(TRANSFERS, transfer(wallet, wallets[0], rest)))
        answer = await party.owner.post(f"/api/wallets/{wallet}/close")
        assert answer.status_code in (200, 409), answer.text
        if answer.status_code == 200 and wallet in wallets and len(self.open[party.owner.client]) > 3:
            wallets.remove(wallet)  # else it stays among the choices, and those who choose it are refused

    async def work(self, party: Party) -> None:
        for _ in range(25):
            what = self.chance.choices((self.pay, self.open_one, self.close_one), (10, 1, 2))[0]
            await what(party)


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happens_at_once_the_total_stays(bank: Bank, seed: int) -> None:
    parties = [await bank.party(name=name) for name in ("Alpha", "Beta", "Gamma")]
    for party in parties:
        await bank.fund(party.owner, party.test["IDR"], "1000")
    traffic = Traffic(parties, seed)
    async with bank.database.reading() as tx:
        before = await tx.value(TOTAL_SQL)
    async with asyncio.TaskGroup() as tasks:
        for party in parties * 4:
            tasks.create_task(traffic.work(party))
    assert {status for status, _ in traffic.seen} <= {201, 400, 409, 422}, traffic.seen
    assert traffic.seen[201, ""] > 30
    assert traffic.seen[422, "INSUFFICIENT_FUNDS"] > 0
    assert {code for _, code in traffic.seen} <= {"", "INSUFFICIENT_FUNDS", "INVALID_STATE", "VALIDATION_ERROR"}
    async with bank.database.reading() as tx:
        assert await tx.value(TOTAL_SQL) == before == 300_000
        assert await tx.value("select count(*) from account where posted < 0 and code like 'wallet/%'") == 0
    await bank.books_are_right()


async def test_a_wallet_that_closes_while_money_comes_ends_empty_or_open(bank: Bank, party: Party) -> None:
    owner, source = party.owner, party.test["IDR"]
    await bank.fund(owner, source, "1000")
    for _ in range(10):
        target = await second_wallet(party)
        paid, closed = await asyncio.gather(
            owner.post(TRANSFERS, transfer(source, target)), owner.post(f"/api/wallets/{target}/close")
        )
        wallet = await owner.item(f"/api/wallets/{target}")
        states = {(201, 409): ("open", "1"), (409, 200): ("closed", "0")}
        expected = states[paid.status_code, closed.status_code]
        assert (wallet["status"], wallet["balance"]["posted"]) == expected
    await bank.books_are_right()


async def test_a_chain_of_payments_at_once_loses_nothing(bank: Bank, party: Party) -> None:
    """Each wallet passes on to the next what it may not have yet: who comes too early is refused, nobody waits."""
    owner, wallets = party.owner, [party.test["IDR"]]
    wallets += [(await owner.wallet(f"Step {number}"))["id"] for number in range(4)]
    await bank.fund(owner, wallets[0], "10")
    steps = [(a, b) for a, b in itertools.pairwise(wallets) for _ in range(10)]
    answers = await asyncio.gather(*(owner.post(TRANSFERS, transfer(a, b, "1")) for a, b in steps))
    assert {answer.status_code for answer in answers} <= {201, 422}
    found = [int(await available(owner, wallet)) for wallet in wallets]
    assert sum(found) == 10
    for number, wallet in enumerate(wallets[:-1]):
        paid = [a for (source, _), a in zip(steps, answers, strict=True) if source == wallet and a.status_code == 201]
        got = 10 if number == 0 else found[number] + len(paid)
        assert found[number] == got - len(paid) >= 0
