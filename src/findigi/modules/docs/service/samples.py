"""Request samples in six languages, all made from the same method, address, headers and body."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from findigi.modules.docs.model import Sample

TOKEN = "FINDIGI_TOKEN"  # noqa: S105 -- the name of an environment variable, not its value
BEARER = "Bearer "
NEW_KEY = "<new key>"
"""Stands for an idempotency key; each language makes a fresh one in its own way."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a sample sends. `headers` are without Content-Type; `body` is JSON data or None."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: object = None


def samples_of(request: Request) -> tuple[Sample, ...]:
    """The request in every language that the portal shows."""
    languages: tuple[tuple[str, str, Callable[[Request], str]], ...] = (
        ("curl", "bash", _curl),
        ("Python", "python", _python),
        ("JavaScript", "javascript", _javascript),
        ("Go", "go", _go),
        ("PHP", "php", _php),
        ("Java", "java", _java),
    )
    return tuple(Sample(name, lexer, write(request)) for name, lexer, write in languages)


def pretty(value: object) -> str:
    """JSON as people read it."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _curl(request: Request) -> str:
    method = "" if request.method == ("GET" if request.body is None else "POST") else f"-X {request.method} "
    parts = [f"curl {method}{_shell(request.url)}"]
    for name, value in request.headers:
        if value.startswith(BEARER):
            parts.append(f'-H "{name}: {BEARER}${TOKEN}"')
        elif value == NEW_KEY:
            parts.append(f'-H "{name}: $(openssl rand -hex 16)"')
        else:
            parts.append(f'-H "{name}: {value}"')
    if request.body is not None:
        parts.append('-H "Content-Type: application/json"')
        parts.append("-d " + _shell(pretty(request.body)))
    return " \\\n  ".join(parts)


def _shell(text: str) -> str:
    plain = all(character.isalnum() or character in ":/._-" for character in text)
    return text if plain else "'" + text.replace("'", "'\\''") + "'"


def _python(request: Request) -> str:
    keyed = any(value == NEW_KEY for _, value in request.headers)
    secret = any(value.startswith(BEARER) for _, value in request.headers)
    imports = ["import os"] * secret + ["import uuid"] * keyed
    head = "\n".join(imports) + "\n\n" if imports else ""
    lines = [f'answer = httpx.{request.method.lower()}(\n    "{request.url}",']
    if request.headers:
        lines.append("    headers={")
        for name, value in request.headers:
            shown = f'"{value}"'
            if value.startswith(BEARER):
                shown = f"f\"{BEARER}{{os.environ['{TOKEN}']}}\""
            elif value == NEW_KEY:
                shown = "str(uuid.uuid4())"
            lines.append(f'        "{name}": {shown},')
        lines.append("    },")
    if request.body is not None:
        lines.append(f"    json={_python_value(request.body, 4)},")
    lines.append(")\nanswer.raise_for_status()\nprint(answer.json())")
    if request.body is not None and request.method == "DELETE":
        lines[0] = f'answer = httpx.request(\n    "DELETE",\n    "{request.url}",'
    return f"{head}import httpx\n\n" + "\n".join(lines)


def _python_value(value: object, indent: int) -> str:
    if isinstance(value, dict) and value:
        inner = " " * (indent + 4)
        rows = (
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {_python_value(part, indent + 4)},\n"
            for key, part in cast("dict[str, object]", value).items()
        )
        return "{\n" + "".join(rows) + " " * indent + "}"
    if isinstance(value, list) and value:
        inner = " " * (indent + 4)
        rows = (f"{inner}{_python_value(part, indent + 4)},\n" for part in cast("list[object]", value))
        return "[\n" + "".join(rows) + " " * indent + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(cast("object", value))


def _javascript(request: Request) -> str:
    lines = [f'const answer = await fetch("{request.url}", {{']
    if request.method != "GET":
        lines.append(f'  method: "{request.method}",')
    headers: list[str] = []
    for name, value in request.headers:
        shown = f'"{value}"'
        if value.startswith(BEARER):
            shown = f"`{BEARER}${{process.env.{TOKEN}}}`"
        elif value == NEW_KEY:
            shown = "crypto.randomUUID()"
        headers.append(f'    "{name}": {shown},')
    if request.body is not None:
        headers.append('    "Content-Type": "application/json",')
    if headers:
        lines.extend(["  headers: {", *headers, "  },"])
    if request.body is not None:
        lines.append("  body: JSON.stringify(" + pretty(request.body).replace("\n", "\n  ") + "),")
    opened = "\n".join(lines) + "\n});" if len(lines) > 1 else lines[0].removesuffix(", {") + ");"
    return opened + "\nif (!answer.ok) throw new Error(await answer.text());\nconsole.log(await answer.json());"


def _go(request: Request) -> str:
    keyed = any(value == NEW_KEY for _, value in request.headers)
    secret = any(value.startswith(BEARER) for _, value in request.headers)
    packages = ["fmt", "io", "net/http"] + ["os"] * secret + ["strings"] * (request.body is not None)
    imports = "".join(f'\t"{name}"\n' for name in packages) + '\n\t"github.com/google/uuid"\n' * keyed
    body = "nil"
    lines: list[str] = []
    if request.body is not None:
        body = "body"
        literal = pretty(request.body).replace("`", "\\u0060")
        lines.append(f"\tbody := strings.NewReader(`{literal}`)")
    lines.append(f'\trequest, err := http.NewRequest("{request.method}", "{request.url}", {body})')
    lines.append("\tif err != nil {\n\t\tpanic(err)\n\t}")
    for name, value in request.headers:
        shown = f'"{value}"'
        if value.startswith(BEARER):
            shown = f'"{BEARER}"+os.Getenv("{TOKEN}")'
        elif value == NEW_KEY:
            shown = "uuid.NewString()"
        lines.append(f'\trequest.Header.Set("{name}", {shown})')
    if request.body is not None:
        lines.append('\trequest.Header.Set("Content-Type", "application/json")')
    lines.append("\tanswer, err := http.DefaultClient.Do(request)\n\tif err != nil {\n\t\tpanic(err)\n\t}")
    lines.append("\tdefer answer.Body.Close()\n\ttext, _ := io.ReadAll(answer.Body)")
    lines.append("\tfmt.Println(answer.Status, string(text))")
    return f"package main\n\nimport (\n{imports})\n\nfunc main() {{\n" + "\n".join(lines) + "\n}"


def _php(request: Request) -> str:
    headers: list[str] = []
    for name, value in request.headers:
        if value.startswith(BEARER):
            headers.append(f"        '{name}: {BEARER}' . getenv('{TOKEN}'),")
        elif value == NEW_KEY:
            headers.append(f"        '{name}: ' . bin2hex(random_bytes(16)),")
        else:
            headers.append(f"        '{name}: {value}',")
    if request.body is not None:
        headers.append("        'Content-Type: application/json',")
    lines = [f"$request = curl_init('{request.url}');", "curl_setopt_array($request, ["]
    lines.append("    CURLOPT_RETURNTRANSFER => true,")
    if request.method != "GET":
        lines.append(f"    CURLOPT_CUSTOMREQUEST => '{request.method}',")
    if headers:
        lines.extend(["    CURLOPT_HTTPHEADER => [", *headers, "    ],"])
    if request.body is not None:
        lines.append(f"    CURLOPT_POSTFIELDS => <<<'JSON'\n{pretty(request.body)}\nJSON,")
    lines.append("]);\n$answer = curl_exec($request);")
    lines.append("echo curl_getinfo($request, CURLINFO_RESPONSE_CODE), ' ', $answer, PHP_EOL;")
    return "<?php\n" + "\n".join(lines)


def _java(request: Request) -> str:
    keyed = any(value == NEW_KEY for _, value in request.headers)
    lines = ["import java.net.URI;", "import java.net.http.*;"] + ["import java.util.UUID;"] * keyed
    lines.append("")
    body = "HttpRequest.BodyPublishers.noBody()"
    if request.body is not None:
        body = "HttpRequest.BodyPublishers.ofString(body)"
        text = pretty(request.body).replace("\\", "\\\\").replace('"""', '\\"""')
        lines.append(f'var body = """\n{text}""";')
    lines.append(f'var request = HttpRequest.newBuilder(URI.create("{request.url}"))')
    for name, value in request.headers:
        shown = f'"{value}"'
        if value.startswith(BEARER):
            shown = f'"{BEARER}" + System.getenv("{TOKEN}")'
        elif value == NEW_KEY:
            shown = "UUID.randomUUID().toString()"
        lines.append(f'    .header("{name}", {shown})')
    if request.body is not None:
        lines.append('    .header("Content-Type", "application/json")')
    verb = ".GET()" if request.method == "GET" else f'.method("{request.method}", {body})'
    lines.append(f"    {verb}\n    .build();")
    lines.append("var answer = HttpClient.newHttpClient()")
    lines.append("    .send(request, HttpResponse.BodyHandlers.ofString());")
    lines.append('System.out.println(answer.statusCode() + " " + answer.body());')
    return "\n".join(lines)
