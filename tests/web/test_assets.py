from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import httpx
import pytest
from tests import support

from findigi.web.assets import ROOT, Assets

FOLDERS = [support.ROOT / "src/findigi/web/vendor", support.ROOT / "tests/browser/vendor"]
ASSETS = Assets()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_vendored_files_are_those_of_the_list(folder: Path) -> None:
    listed = tomllib.loads((folder / "VENDOR.toml").read_text("utf-8"))["file"]
    assert {row["file"] for row in listed} == {path.name for path in folder.iterdir()} - {"VENDOR.toml"}
    for row in listed:
        assert row["sha256"] == hashlib.sha256((folder / row["file"]).read_bytes()).hexdigest(), row["file"]
        assert row["package"]
        assert row["version"]
        assert row["licence"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_every_vendored_package_has_its_licence_beside_it(folder: Path) -> None:
    listed = tomllib.loads((folder / "VENDOR.toml").read_text("utf-8"))["file"]
    licensed = {row["package"] for row in listed if row["file"].startswith("LICENSE-")}
    assert licensed == {row["package"] for row in listed}


def test_an_address_carries_the_hash_of_what_is_served() -> None:
    for asset in ASSETS.all:
        assert hashlib.sha256(asset.body).hexdigest()[:12] in asset.url


def test_style_sheets_point_at_files_that_exist() -> None:
    own = ASSETS.named("findigi.css").body.decode()
    found = re.findall(r'url\("([^"]+)"\)', own)
    assert len(found) >= 4
    assert all(ASSETS.find(url) for url in found)


def test_every_icon_of_a_template_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', ASSETS.named("icons.svg").body.decode()))
    web = support.ROOT / "src/findigi/web"
    templates = "\n".join(path.read_text("utf-8") for path in web.rglob("*.html"))
    used = set(re.findall(r"icon\('([^']+)'", templates))
    used |= set(re.findall(r"chip\('\w+', [^,]+(?:\([^)]*\)[^,]*)?, '([a-z-]+)'\)", templates))
    assert len(used) > 10
    assert used <= sprite


async def test_files_may_be_kept_for_ever(client: httpx.AsyncClient) -> None:
    for asset in ASSETS.all:
        answer = await client.get(asset.url)
        assert answer.status_code == 200, asset.name
        assert answer.content == asset.body
        assert "immutable" in answer.headers["cache-control"]


async def test_a_file_of_another_version_is_not_there(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{ROOT}findigi.000000000000.css")).status_code == 404
    assert (await client.get(f"{ROOT}..%2f..%2fsite.py")).status_code == 404
