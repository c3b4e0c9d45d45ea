"""The portal in a real browser: accessibility, silence, weight, and what its scripts do."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

pytestmark = pytest.mark.chromium

OPERATION = "/docs/api/wallet-transfer/create_transfer"
PAGES = ["/", "/docs/api", OPERATION, "/docs/sandbox", "/docs/errors"]
AXE = (Path(__file__).parent / "vendor/axe.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
TRANSITION_MILLISECONDS = 300
"""Until then, colours that change by a transition (120 ms) may still read as the old ones."""
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZES = {"phone": (375, 812), "desktop": (1440, 900)}
MOST_SCRIPT_BYTES, MOST_STYLE_BYTES = 40_000, 35_000


class Watched:
    """A page with all that it said and asked for."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.said: list[str] = []
        self.outside: list[str] = []
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("request", lambda request: self._see(request.url, origin))

    def _see(self, url: str, origin: str) -> None:
        if not url.startswith(origin):
            self.outside.append(url)


async def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA."""
    await page.evaluate(AXE)
    found: dict[str, Any] = await page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES
    )
    return [f"{row['id']}: {node['html'][:160]}" for row in found["violations"] for node in row["nodes"]]


@pytest_asyncio.fixture(params=list(SIZES))
async def sized(browser: Browser, live_server: str, request: pytest.FixtureRequest) -> AsyncGenerator[BrowserContext]:
    width, height = SIZES[request.param]
    context = await browser.new_context(base_url=live_server, viewport={"width": width, "height": height})
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    await context.close()


@pytest_asyncio.fixture
async def desktop(browser: Browser, live_server: str) -> AsyncGenerator[Page]:
    context = await browser.new_context(base_url=live_server, viewport={"width": 1440, "height": 900})
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield await context.new_page()
    await context.close()


@pytest.mark.parametrize("path", [*PAGES, "/nowhere"])
async def test_accessible_silent_and_within_the_screen(sized: BrowserContext, live_server: str, path: str) -> None:
    watched = Watched(await sized.new_page(), live_server)
    page = watched.page
    await page.goto(path)
    await page.evaluate("document.fonts.ready")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme)
        await expect(page.locator("html")).to_have_class("dark" if theme == "dark" else "")
        await page.wait_for_timeout(TRANSITION_MILLISECONDS)
        assert await violations(page) == [], theme
    if path != "/nowhere":  # Chromium itself reports a page that answers 404
        assert watched.said == []
    assert watched.outside == []


async def test_what_is_opened_is_accessible_too(sized: BrowserContext) -> None:
    page = await sized.new_page()
    await page.emulate_media(color_scheme="dark")
    await page.goto(OPERATION)
    await page.locator(".fold > summary").click()
    await page.locator("#response-tabs [role=tab]").last.click()
    await page.locator("#theme-trigger").click()
    await expect(page.locator("#theme-list")).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    opener = page.locator("[popovertarget=docnav]")
    if await opener.is_visible():
        await opener.click()
        await expect(page.locator("#docnav")).to_be_visible()
        assert await violations(page) == []
    await page.goto("/docs/errors")
    await page.locator(".raised summary").first.click()
    assert await violations(page) == []
    await page.goto("/docs/api?q=nothingofthatname")
    assert await violations(page) == []


@pytest.mark.parametrize("path", PAGES)
async def test_pages_are_light(desktop: Page, path: str) -> None:
    weight = {"script": 0, "stylesheet": 0}
    lengths: list[tuple[str, str]] = []
    desktop.on(
        "response",
        lambda response: lengths.append((response.request.resource_type, response.headers.get("content-length", ""))),
    )
    await desktop.goto(path)
    await desktop.wait_for_load_state("networkidle")
    for kind, length in lengths:
        if kind in weight:
            weight[kind] += int(length)
    assert 0 < weight["script"] <= MOST_SCRIPT_BYTES
    assert 0 < weight["stylesheet"] <= MOST_STYLE_BYTES


@pytest.mark.parametrize("path", PAGES)
async def test_nothing_jumps_while_loading(desktop: Page, path: str) -> None:
    await desktop.add_init_script(
        "window.jumped = 0; new PerformanceObserver((list) => { for (const e of list.getEntries())"
        " window.jumped += e.value; }).observe({type: 'layout-shift', buffered: true});"
    )
    await desktop.goto(path)
    await desktop.wait_for_load_state("networkidle")
    assert await desktop.evaluate("window.jumped") <= 0.05


async def test_filter_narrows_counts_and_goes_into_the_address(desktop: Page) -> None:
    await desktop.goto("/docs/api")
    rows = desktop.locator(".op-row:visible")
    every = await rows.count()
    await desktop.keyboard.press("/")
    await desktop.keyboard.type("2fa verify")
    await expect(rows).to_have_count(1)
    await expect(desktop.locator("#filter-note")).to_have_text(f"1 of {every} operations")
    assert desktop.url.endswith("?q=2fa+verify")
    await expect(desktop.locator(".group:visible")).to_have_count(1)
    await desktop.keyboard.type("zzz")
    await expect(desktop.locator("#filter-empty")).to_be_visible()
    await desktop.keyboard.press("Escape")
    await expect(rows).to_have_count(every)
    await desktop.goto("/docs/api?q=2fa+verify")
    await expect(rows).to_have_count(1)


async def test_copy_buttons_copy_what_they_stand_beside(desktop: Page, live_server: str) -> None:
    read = "navigator.clipboard.readText()"
    await desktop.goto("/")
    await desktop.get_by_role("button", name="Copy base URL").click()
    assert await desktop.evaluate(read) == await desktop.locator(".connect dd code").first.inner_text()
    await desktop.get_by_role("button", name="Copy testing header").click()
    assert await desktop.evaluate(read) == "x-findigi-is-test: true"
    await desktop.get_by_role("button", name="Copy authentication headers").click()
    assert await desktop.evaluate(read) == "Authorization: Bearer <access_token>\nx-findigi-is-test: true"
    await expect(desktop.get_by_role("button", name="Copied").last).to_be_visible()
    await desktop.goto(OPERATION)
    await desktop.get_by_role("tab", name="Python").click()
    await desktop.get_by_role("button", name="Copy request sample").click()
    manifest = json.loads(await (await desktop.request.get(f"{live_server}/api/docs/manifest")).text())
    operations = (operation for module in manifest["modules"] for operation in module["operations"])
    wanted = next(operation for operation in operations if operation["href"] == OPERATION)
    python = next(sample["code"] for sample in wanted["samples"] if sample["language"] == "Python")
    assert await desktop.evaluate(read) == python


async def test_the_theme_is_chosen_and_kept(desktop: Page) -> None:
    await desktop.emulate_media(color_scheme="light")
    await desktop.goto("/")
    await desktop.locator("#theme-trigger").click()
    await desktop.get_by_role("menuitemradio", name="Dark").click()
    await expect(desktop.locator("html")).to_have_class("dark")
    await desktop.goto("/docs/api")
    await expect(desktop.locator("html")).to_have_class("dark")
    await desktop.locator("#theme-trigger").click()
    await expect(desktop.get_by_role("menuitemradio", name="Dark")).to_be_checked()
    await desktop.get_by_role("menuitemradio", name="Same as system").click()
    await expect(desktop.locator("html")).not_to_have_class("dark")


async def test_the_language_is_remembered_also_after_a_boosted_step(desktop: Page) -> None:
    await desktop.goto(OPERATION)
    await desktop.get_by_role("tab", name="Go", exact=True).click()
    await desktop.locator("#docnav").get_by_role("link", name="List wallets").click()
    await expect(desktop.locator("h1")).to_have_text("List wallets")
    await expect(desktop.get_by_role("tab", name="Go", exact=True)).to_have_attribute("aria-selected", "true")
    await expect(desktop.locator("#sample pre:visible")).to_contain_text("package main")
    await desktop.reload()
    await expect(desktop.get_by_role("tab", name="Go", exact=True)).to_have_attribute("aria-selected", "true")


async def test_tabs_work_by_keyboard(desktop: Page) -> None:
    await desktop.goto(OPERATION)
    await desktop.get_by_role("tab", name="curl").focus()
    await desktop.keyboard.press("ArrowRight")
    await expect(desktop.get_by_role("tab", name="Python")).to_be_focused()
    await expect(desktop.locator("#sample pre:visible")).to_contain_text("import httpx")


async def test_boosted_steps_keep_the_page_and_back_returns(desktop: Page) -> None:
    await desktop.goto(OPERATION)
    await desktop.evaluate("window.sameDocument = true")
    await desktop.locator("#docnav").get_by_role("link", name="Get a transfer").click()
    await expect(desktop.locator("h1")).to_have_text("Get a transfer")
    assert await desktop.evaluate("window.sameDocument")
    await expect(desktop.locator("h1")).to_be_focused()
    await expect(desktop.locator("#docnav [aria-current]")).to_contain_text("Get a transfer")
    await expect(desktop).to_have_title("Get a transfer, GET /api/wallets/transfers/{id} | FinDIGI")
    await desktop.go_back()
    await expect(desktop.locator("h1")).to_have_text("Transfer between wallets")
    await expect(desktop.locator("#docnav [aria-current]")).to_contain_text("Transfer between wallets")


async def test_everything_can_be_read_without_javascript(browser: Browser, live_server: str) -> None:
    context = await browser.new_context(base_url=live_server, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(OPERATION)
    for language in ("curl", "Python", "JavaScript", "Go", "PHP", "Java"):
        await expect(page.locator(f"pre[aria-label='{language} sample']")).to_be_visible()
    await expect(page.locator("[data-copy], [data-copy-from]").first).to_be_hidden()
    await page.goto("/docs/api")
    await page.locator("#filter").fill("journal")
    await page.locator("#filter").press("Enter")
    assert page.url.endswith("/docs/api?q=journal")
    assert 0 < await page.locator(".op-row:visible").count() < await page.locator(".op-row").count()
    await context.close()
