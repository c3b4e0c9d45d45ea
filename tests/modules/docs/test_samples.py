"""Samples are programs: those of languages that this machine has are parsed, and what they would send is compared."""

from __future__ import annotations

import ast
import json
import shlex
import shutil
import subprocess

import pytest
from tests.modules.docs.toy import ENDPOINTS, ID

from findigi.modules import docs

OPERATIONS = docs.build(ENDPOINTS, base_url="http://127.0.0.1:8000").catalogue.operations
BODY = {"source_wallet_id": ID, "amount": "1250.00", "lines": [{"text": 'It\'s "rent"', "amount": "1"}]}


def sample(operation_id: str, language: str) -> str:
    operation = next(operation for operation in OPERATIONS if operation.id == operation_id)
    return next(sample.code for sample in operation.samples if sample.language == language)


def curl(operation_id: str) -> list[str]:
    return shlex.split(sample(operation_id, "curl").replace("\\\n", " "))


def test_curl_sends_the_request() -> None:
    words = curl("create_transfer")
    assert words[:2] == ["curl", "http://127.0.0.1:8000/api/wallets/wal_01k8m3v9fke5w8d0q6n4rjc7tb/transfers"]
    headers = [words[i + 1] for i, word in enumerate(words) if word == "-H"]
    assert headers == [
        "Authorization: Bearer $FINDIGI_TOKEN",
        "x-findigi-is-test: true",
        "Idempotency-Key: $(openssl rand -hex 16)",
        "Content-Type: application/json",
    ]
    assert json.loads(words[words.index("-d") + 1]) == BODY


def test_curl_of_a_read_sends_no_body_and_quotes_the_query() -> None:
    words = curl("list_wallets")
    assert words[1] == "http://127.0.0.1:8000/api/wallets?asset=IDR"
    assert "-d" not in words
    assert "-X" not in words


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_python_parses_and_carries_the_body(operation: docs.Operation) -> None:
    tree = ast.parse(next(sample.code for sample in operation.samples if sample.language == "Python"))
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("httpx.")
    ]
    assert len(calls) == 1
    bodies = [ast.literal_eval(keyword.value) for keyword in calls[0].keywords if keyword.arg == "json"]
    assert bodies == ([json.loads(operation.request)] if operation.request else [])


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_javascript_parses(operation: docs.Operation) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine")
    code = next(sample.code for sample in operation.samples if sample.language == "JavaScript")
    checked = subprocess.run([node, "--input-type=module", "--check"], input=code, text=True, capture_output=True)
    assert checked.returncode == 0, checked.stderr


def test_go_php_and_java_carry_the_body_as_it_is() -> None:
    go = sample("create_transfer", "Go")
    assert json.loads(go.split("`")[1]) == BODY
    php = sample("create_transfer", "PHP")
    assert json.loads(php.split("<<<'JSON'\n")[1].split("\nJSON,")[0]) == BODY
    java = sample("create_transfer", "Java")
    assert json.loads(java.split('"""')[1].replace("\\\\", "\\")) == BODY
