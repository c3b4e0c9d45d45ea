"""The way from nothing to a journal, as commands that work as they stand. A step shows once its operations exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from findigi.modules.docs import Catalogue, Operation

TESTING_HEADER: Final = "x-findigi-is-test: true"
AUTH_SNIPPET: Final = f"Authorization: Bearer <access_token>\n{TESTING_HEADER}"
PASSWORD: Final = "Sandbox-2026!"  # noqa: S105 -- the demo users' public password; they exist outside production only
EMAIL: Final = "alpha.tester@findigi.local"
TWO_FACTOR_EMAIL: Final = "twofa.tester@findigi.local"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a headline and a sentence for the overview, more for the guide, the command, and what it calls."""

    key: str
    title: str
    summary: str
    text: str
    code: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class _Draft:
    key: str
    title: str
    summary: str
    text: str
    code: str
    calls: tuple[tuple[str, str], ...]
    demo_only: bool = False


_FIRST: Final = """\
curl {base}/api/auth/login \\
  -H "Content-Type: application/json" \\
  -d '{{"email": "{email}",
       "password": "{password}"}}'"""

_DRAFTS: Final = (
    _Draft(
        "sign-in",
        "Sign in",
        "`POST /api/auth/login` gives a token that is good for an hour.",
        "The token goes into the `Authorization` header of every later request. Test mode is a header as well; both "
        "are kept in variables here.",
        """\
BASE={base}
TOKEN=$(curl -s $BASE/api/auth/login \\
  -H "Content-Type: application/json" \\
  -d '{{"email": "{email}",
       "password": "{password}"}}' \\
  | jq -r .access_token)
AUTH="Authorization: Bearer $TOKEN"
TEST="{testing_header}\"""",
        (("POST", "/api/auth/login"),),
    ),
    _Draft(
        "second-factor",
        "Answer a second factor, if asked",
        "Users with two-factor sign-in get a challenge first. The sandbox mailbox shows the code.",
        "`{two_factor_email}` has codes by mail. The login answers with `challenge_id` instead of a token; the code is "
        "in the sandbox mailbox a moment later. The steps after this one go on with the first user.",
        """\
CHALLENGE=$(curl -s $BASE/api/auth/login \\
  -H "Content-Type: application/json" \\
  -d '{{"email": "{two_factor_email}",
       "password": "{password}"}}' \\
  | jq -r .challenge_id)
sleep 3
CODE=$(curl -s "$BASE/api/sandbox/mailbox?address={two_factor_email}&limit=1" \\
  -H "$TEST" | jq -r '.items[0].code')
curl -s $BASE/api/auth/login/2fa/verify \\
  -H "Content-Type: application/json" \\
  -d @- <<JSON | jq .user.email
{{"challenge_id": "$CHALLENGE", "code": "$CODE"}}
JSON""",
        (
            ("POST", "/api/auth/login"),
            ("GET", "/api/sandbox/mailbox"),
            ("POST", "/api/auth/login/2fa/verify"),
        ),
        demo_only=True,
    ),
    _Draft(
        "workspace",
        "Choose the workspace",
        "`GET /api/auth/my-clients` lists where you are a member, and with which role.",
        "Everything that holds money belongs to a workspace, `client_id` in requests. With one workspace it may be "
        "left out; naming it is the better habit.",
        """\
CLIENT=$(curl -s $BASE/api/auth/my-clients -H "$AUTH" \\
  | jq -r '.items[0].client_id')""",
        (("GET", "/api/auth/my-clients"),),
    ),
    _Draft(
        "wallets",
        "List the wallets",
        "With the testing header you see test wallets and their balances, and no others.",
        "Each wallet holds one currency. `available` is what may leave it now; `held` is set aside for operations that "
        "are not finished.",
        """\
WALLETS=$(curl -s "$BASE/api/wallets?client_id=$CLIENT" -H "$AUTH" -H "$TEST")
echo "$WALLETS" | jq '.items[] | {{id, name, asset, available: .balance.available}}'
SOURCE=$(echo "$WALLETS" \\
  | jq -r '[.items[] | select(.asset == "IDR" and .is_primary)][0].id')
DESTINATION=$(echo "$WALLETS" \\
  | jq -r '[.items[] | select(.asset == "IDR" and (.is_primary | not))][0].id')""",
        (("GET", "/api/wallets"),),
    ),
    _Draft(
        "transfer",
        "Transfer between two wallets",
        "Two wallets of one currency, an amount, and an `Idempotency-Key` that makes a retry safe.",
        "The amount is a decimal string in major units. Run the last command again with the same key: the second "
        "answer is the first one again, with `Idempotent-Replayed: true`, and nothing moves twice.",
        """\
KEY=$(openssl rand -hex 16)
curl -s $BASE/api/wallets/transfers -H "$AUTH" -H "$TEST" \\
  -H "Content-Type: application/json" -H "Idempotency-Key: $KEY" \\
  -d @- <<JSON | tee transfer.json | jq .item.status
{{
  "client_id": "$CLIENT",
  "source_wallet_id": "$SOURCE",
  "destination_wallet_id": "$DESTINATION",
  "amount": "100000"
}}
JSON""",
        (("POST", "/api/wallets/transfers"),),
    ),
    _Draft(
        "journal",
        "Read what the ledger wrote",
        "The transfer names its journal: entries that sum to zero, chained by hash to the journal before.",
        "Nothing in the ledger is ever changed or deleted. Each journal carries the hash of the one before it, so "
        "tampering shows.",
        """\
JOURNAL=$(jq -r '.item.journal_ids[0]' transfer.json)
curl -s "$BASE/api/ledger/journals/$JOURNAL?client_id=$CLIENT" -H "$AUTH" -H "$TEST" | jq .item""",
        (("GET", "/api/ledger/journals/{id}"),),
    ),
)


def first_request(catalogue: Catalogue, *, demo: bool) -> str:
    """A command that works at once: the sign-in where it is served, else the documentation's health."""
    if catalogue.at("POST", "/api/auth/login") is None:
        return f"curl {catalogue.base_url}/api/docs/health"
    return _FIRST.format(**_values(catalogue, demo=demo))


def steps_of(catalogue: Catalogue, *, demo: bool) -> tuple[Step, ...]:
    """The steps whose operations are served. Without the demo users, the reader's own address stands in."""
    values = _values(catalogue, demo=demo)
    steps: list[Step] = []
    for draft in _DRAFTS:
        found = tuple(operation for call in draft.calls if (operation := catalogue.at(*call)) is not None)
        if len(found) == len(draft.calls) and (demo or not draft.demo_only):
            text, code = draft.text.format(**values), draft.code.format(**values)
            steps.append(Step(draft.key, draft.title, draft.summary, text, code, found))
    return tuple(steps)


def _values(catalogue: Catalogue, *, demo: bool) -> dict[str, str]:
    return {
        "base": catalogue.base_url,
        "testing_header": TESTING_HEADER,
        "email": EMAIL if demo else "you@example.com",
        "password": PASSWORD if demo else "your password",
        "two_factor_email": TWO_FACTOR_EMAIL,
    }
