"""A live instance and a real browser, for tests of the pages. Everything that uses them runs in one process."""

from __future__ import annotations

import shutil
import signal
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.support import Program, free_port

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SHARED = {"live_server", "browser", "page"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if SHARED.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("live"))


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Address of a whole instance (`python -m findigi run`) with data of its own."""
    port, data = free_port(), Path(tmp_path_factory.mktemp("live"))
    env = {"FINDIGI_PORT": str(port), "FINDIGI_DATA": str(data), "FINDIGI_API_WORKERS": "1"}
    with Program(["-m", "findigi", "run"], env) as program:
        program.line("ready at")
        yield f"http://127.0.0.1:{port}"
        program.process.send_signal(signal.SIGINT)
        assert program.end() == 0, program.text


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """The machine's Chromium (no download)."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield started
        await started.close()


@pytest_asyncio.fixture
async def page(browser: Browser, live_server: str) -> AsyncGenerator[Page]:
    """A page of a context of its own on the live server. An error in a page's script fails the test."""
    context = await browser.new_context(base_url=live_server)
    opened = await context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    await context.close()
    assert errors == []
