"""One data folder for the whole run: each test finds the instance on it running, and leaves it in whatever state."""

from __future__ import annotations

from collections.abc import Generator

import pytest
import pytest_asyncio
from tests.faults.instance import Instance
from tests.faults.load import Load, fill_purse


@pytest.fixture(scope="session")
def shared_instance(tmp_path_factory: pytest.TempPathFactory) -> Generator[Instance]:
    instance = Instance(tmp_path_factory.mktemp("faults"))
    yield instance
    instance.kill()


@pytest_asyncio.fixture
async def instance(shared_instance: Instance) -> Instance:
    """A healthy instance, started again when the test before ended or broke it."""
    program = shared_instance.program
    if program is None or program.process.poll() is not None or not await shared_instance.healthy():
        shared_instance.kill()
        await shared_instance.start()
    return shared_instance


@pytest_asyncio.fixture
async def load(instance: Instance) -> Load:
    """Transfers of the demo company, not started."""
    return Load(instance, await fill_purse(instance))
