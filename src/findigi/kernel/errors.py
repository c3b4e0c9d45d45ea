"""Refusals: everything a caller can be told no for, with one renderer and one catalogue.

A refusal is an expected answer, not a fault. Each is a small class with a code, an HTTP status, a cause and a fix;
the class is declared on the endpoint that may raise it, so the documentation cannot forget it.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One thing wrong with one field: `field` is a path such as `items.3.amount`."""

    field: str
    code: str
    message: str


class Refusal(Exception):
    """Base of all refusals. `code`, `status`, `cause` and `fix` belong to the class, the message to the case."""

    code: ClassVar[str] = "REFUSED"
    status: ClassVar[int] = 422
    cause: ClassVar[str] = ""
    fix: ClassVar[str] = ""

    def __init__(
        self,
        message: str = "",
        *,
        details: tuple[Problem, ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message or f"{self.cause} {self.fix}".strip())
        self.details = details
        self.retry_after = retry_after

    @property
    def message(self) -> str:
        """What is wrong in this case and how to fix it."""
        return str(self)


class ValidationFailed(Refusal):
    """400: the request does not have the shape that the operation asks for."""

    code = "VALIDATION_ERROR"
    status = 400
    cause = "A field is missing, unknown or has a value that the operation does not take."
    fix = "Read `details`: each row names the field and what it takes."

    @classmethod
    def of(cls, field: str, message: str, code: str = "INVALID") -> ValidationFailed:
        """A refusal about one field."""
        return cls(message, details=(Problem(field, code, message),))


class ClientRequired(Refusal):
    """400: more than one workspace is possible and none was named."""

    code = "CLIENT_REQUIRED"
    status = 400
    cause = "You belong to several workspaces, or to none, and the request names none."
    fix = "Send `client_id` (GET /api/auth/my-clients lists yours), or the header `x-findigi-client-id`."


class Unauthenticated(Refusal):
    """401: no token, or one that this server did not issue or has revoked."""

    code = "UNAUTHENTICATED"
    status = 401
    cause = "The bearer token is missing, malformed, not issued by this server, or its session was ended."
    fix = "Sign in with POST /api/auth/login and send `Authorization: Bearer <access_token>`."


class TokenExpired(Refusal):
    """401: the token was ours and is too old."""

    code = "TOKEN_EXPIRED"
    status = 401
    cause = "The bearer token is past its lifetime."
    fix = "Sign in again with POST /api/auth/login."


class Forbidden(Refusal):
    """403: known, but not allowed."""

    code = "FORBIDDEN"
    status = 403
    cause = "Your role in this workspace does not allow the operation."
    fix = "Ask an owner or admin of the workspace to do it or to change your role."


class NotFound(Refusal):
    """404: no such thing, or not yours, or of the other mode: the answer does not say which."""

    code = "NOT_FOUND"
    status = 404
    cause = "Nothing with this id exists in this workspace and mode."
    fix = "Check the id, the workspace, and whether the request is for test or live mode."


class MethodNotAllowed(Refusal):
    """405: the path exists, the method does not."""

    code = "METHOD_NOT_ALLOWED"
    status = 405
    cause = "This path does not take this HTTP method."
    fix = "Use one of the methods in the `Allow` header."


class Conflict(Refusal):
    """409: it collides with what exists."""

    code = "CONFLICT"
    status = 409
    cause = "The request collides with something that exists already."
    fix = "Read the current state and repeat the request with other values."


class InvalidState(Refusal):
    """409: the object is not in a state that allows it."""

    code = "INVALID_STATE"
    status = 409
    cause = "The object's state does not allow this."
    fix = "Read the object: its `status` says what is possible now."


class RequestInProgress(Refusal):
    """409: the same idempotency key is being worked on right now."""

    code = "REQUEST_IN_PROGRESS"
    status = 409
    cause = "The first request with this Idempotency-Key has not finished yet."
    fix = "Repeat the same request in a moment: it then returns the first answer."


class PayloadTooLarge(Refusal):
    """413: the body is larger than the operation takes."""

    code = "PAYLOAD_TOO_LARGE"
    status = 413
    cause = "The request body is larger than this operation takes."
    fix = "Send less in one request; bulk operations take files."


class UnsupportedMediaType(Refusal):
    """415: the body is not in a format that the operation reads."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415
    cause = "The body's Content-Type is missing or not one that this operation reads."
    fix = "Send JSON with `Content-Type: application/json`, uncompressed."


class IdempotencyKeyReused(Refusal):
    """422: the key was used before with another body."""

    code = "IDEMPOTENCY_KEY_REUSED"
    status = 422
    cause = "This Idempotency-Key was used before for this operation with another body."
    fix = "Use a new key for a new request; repeat a key only with exactly the same body."


class RateLimited(Refusal):
    """429: too many requests from this token or address."""

    code = "RATE_LIMITED"
    status = 429
    cause = "Too many requests came from this token or address."
    fix = "Wait for the number of seconds in `Retry-After`, then go on at a lower rate."


class InternalError(Refusal):
    """500: our fault. Never caused by input; the request id leads to the log."""

    code = "INTERNAL_ERROR"
    status = 500
    cause = "Something failed on our side. Nothing was half done."
    fix = "Repeat the request with the same Idempotency-Key; if it fails again, tell us the request id."


class ServiceUnavailable(Refusal):
    """503: the database cannot be reached or is too busy at the moment."""

    code = "SERVICE_UNAVAILABLE"
    status = 503
    cause = "The service cannot reach its database, or is too busy, at the moment."
    fix = "Repeat the request after `Retry-After` seconds with the same Idempotency-Key."


class ErrorBody(msgspec.Struct, frozen=True):
    """The one shape of every error answer."""

    error: str
    message: str
    details: tuple[Problem, ...]
    request_id: str


_encode = msgspec.json.Encoder().encode


def render(refusal: Refusal, request_id: str) -> bytes:
    """The refusal as JSON bytes, `{"error", "message", "details", "request_id"}`."""
    return _encode(ErrorBody(refusal.code, refusal.message, refusal.details, request_id))


class CatalogueEntry(msgspec.Struct, frozen=True):
    """One row of the error catalogue."""

    code: str
    status: int
    cause: str
    fix: str


def catalogue() -> tuple[CatalogueEntry, ...]:
    """Every refusal of the program, by status and code. Classes that share a code must agree on the status."""
    found: dict[str, CatalogueEntry] = {}
    waiting: list[type[Refusal]] = list(Refusal.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        entry = CatalogueEntry(kind.code, kind.status, kind.cause, kind.fix)
        known = found.setdefault(kind.code, entry)
        if known.status != kind.status:
            raise TypeError(f"error code {kind.code} stands for two statuses: {known.status} and {kind.status}")
    return tuple(sorted(found.values(), key=lambda entry: (entry.status, entry.code)))
