"""An operation's page as Markdown, for readers that are programs."""

from __future__ import annotations

from collections.abc import Iterator

from findigi.modules.docs.model import ErrorRow, Operation, Parameter, Place

HEADINGS: dict[Place, str] = {
    "header": "Headers",
    "path": "Path",
    "query": "Query",
    "body": "Body",
    "answer": "Answer",
}
_WHO = {"public": "anybody; no token", "user": "a signed-in user", "workspace": "a member of the workspace"}


def operation_markdown(operation: Operation) -> str:
    """The whole page: purpose, inputs, errors, samples and examples."""
    return "\n".join(_lines(operation)).rstrip() + "\n"


def _lines(operation: Operation) -> Iterator[str]:
    yield f"# {operation.summary}\n"
    yield f"`{operation.method} {operation.path}`\n"
    yield f"{operation.description}\n"
    yield f"- Module: {operation.module}"
    yield f"- Operation id: `{operation.id}`"
    role = f", role {operation.role} or stronger" if operation.role else ""
    yield f"- Who may call: {_WHO[operation.access]}{role}"
    if operation.idempotent:
        yield "- Idempotent: takes an `Idempotency-Key`"
    if operation.notes:
        yield "\n## Notes\n"
        yield from (f"- {note}" for note in operation.notes)
    for place, rows in operation.inputs():
        yield from _inputs(HEADINGS[place], rows)
    yield "\n## Request\n"
    for sample in operation.samples:
        yield from _block(sample.language, sample.lexer, sample.code)
    yield "## Answers\n"
    for answer in operation.answers:
        yield from _block(str(answer.status), "json" if "json" in answer.media else "text", answer.text)
    if operation.fields:
        yield from _inputs("Fields of the answer", operation.fields)
        yield ""
    yield from _errors(operation.errors)


def _inputs(heading: str, rows: tuple[Parameter, ...]) -> Iterator[str]:
    yield f"\n## {heading}\n"
    yield "| Name | Type | Required | Description | Example |"
    yield "|---|---|---|---|---|"
    for row in rows:
        example = f"`{_cell(row.example)}`" if row.example else ""
        needed = "yes" if row.required else "no"
        yield f"| `{row.name}` | {_cell(row.type)} | {needed} | {_cell(row.description)} | {example} |"


def _errors(rows: tuple[ErrorRow, ...]) -> Iterator[str]:
    yield "## Errors\n"
    yield "| Status | Code | Cause | Fix |"
    yield "|---|---|---|---|"
    for row in rows:
        yield f"| {row.status} | `{row.code}` | {_cell(row.cause)} | {_cell(row.fix)} |"


def _block(heading: str, language: str, text: str) -> Iterator[str]:
    yield f"### {heading}\n"
    yield f"```{language}\n{text}\n```\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
