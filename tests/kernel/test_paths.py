from __future__ import annotations

import pytest

from findigi.kernel.http.paths import Paths

PATHS = Paths(
    [
        "/api/clients",
        "/api/clients/onboard",
        "/api/clients/{id}",
        "/api/clients/{id}/users",
        "/api/providers/{provider}/events/{event_id}",
    ]
)


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("/api/clients", "/api/clients", {}),
        ("/api/clients/onboard", "/api/clients/onboard", {}),
        ("/api/clients/cli_1", "/api/clients/{id}", {"id": "cli_1"}),
        ("/api/clients/cli_1/users", "/api/clients/{id}/users", {"id": "cli_1"}),
        (
            "/api/providers/xendit/events/{id}",
            "/api/providers/{provider}/events/{event_id}",
            {"provider": "xendit", "event_id": "{id}"},
        ),
    ],
)
def test_a_path_finds_its_template(path: str, template: str, values: dict[str, str]) -> None:
    assert PATHS.find(path) == (template, values)


@pytest.mark.parametrize(
    "path", ["", "/", "/api", "/api/clients/", "/api/clients//users", "/api/clients/a/b", "/api/clients/a/users/c"]
)
def test_another_path_finds_none(path: str) -> None:
    assert PATHS.find(path) is None


def test_two_names_for_one_path_are_refused() -> None:
    with pytest.raises(ValueError, match="one path"):
        Paths(["/api/a/{id}", "/api/a/{name}"])
