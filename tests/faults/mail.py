"""The mailed sign-in code, as the sign that jobs are done."""

from __future__ import annotations

from typing import Any

from tests.faults.instance import TWOFA, Instance, until


async def codes(instance: Instance) -> list[dict[str, Any]]:
    """The mails to the person who signs in by mailed code, newest first."""
    answer = await instance.call("GET", f"/api/sandbox/mailbox?limit=100&address={TWOFA[0]}")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def code_arrives(instance: Instance) -> None:
    """Somebody signs in with the code that is mailed to them."""
    known = {mail["id"] for mail in await codes(instance)}
    challenge = (await instance.sign_in(TWOFA))["challenge_id"]
    await sign_in_with_code(instance, challenge, known)


async def sign_in_with_code(instance: Instance, challenge: str, known: set[str]) -> None:
    """Waits for the one new mail, and signs in with its code."""
    fresh: list[dict[str, Any]] = []

    async def arrived() -> bool:
        fresh[:] = [mail for mail in await codes(instance) if mail["id"] not in known]
        return bool(fresh)

    await until("the code arrives", arrived)
    (mail,) = fresh
    body = {"challenge_id": challenge, "code": mail["code"]}
    answer = await instance.call("POST", "/api/auth/login/2fa/verify", body)
    assert answer.status_code == 200, answer.text
