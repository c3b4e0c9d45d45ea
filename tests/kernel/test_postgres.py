from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest
from tests.support import Program

from findigi.kernel.postgres import SETTINGS, Postgres, PostgresError

SMALL = {"shared_buffers": "16MB", "max_connections": "20", "fsync": "off"}
HOLD = """
import sys, time
from pathlib import Path
from findigi.kernel.postgres import Postgres
server = Postgres(Path(sys.argv[1]), {"shared_buffers": "16MB", "max_connections": "20"})
server.start()
print("pid", server.pid, flush=True)
time.sleep(600)
"""


def _value(server: Postgres, sql: str) -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(server.dsn())
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(ask())


def test_starts_again_on_its_data(tmp_path: Path) -> None:
    with Postgres(tmp_path / "db", SMALL) as server:
        _value(server, "create table kept ()")
    with Postgres(tmp_path / "db", SMALL) as server:
        assert _value(server, "select to_regclass('kept') is not null")
    server.stop()  # harmless


def test_an_acknowledged_commit_is_on_disk() -> None:
    assert (SETTINGS["fsync"], SETTINGS["synchronous_commit"]) == ("on", "on")


@pytest.mark.parametrize("name", ["with space, comma", "x" * 90])
def test_any_folder_will_do(tmp_path: Path, name: str) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    with Postgres(private / name, SMALL) as server:
        assert _value(server, "select 1") == 1


def test_a_second_holder_is_refused_by_name(tmp_path: Path) -> None:
    with (
        Postgres(tmp_path / "db", SMALL),
        pytest.raises(PostgresError, match=f"in use by process {os.getpid()}"),
        Postgres(tmp_path / "db", SMALL),
    ):
        pass


def test_a_killed_parent_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    with Program(["-c", HOLD, str(tmp_path / "db")]) as holder:
        orphan = int(holder.line("pid ").split()[1])
        holder.process.kill()
        holder.process.wait()
        with Postgres(tmp_path / "db", SMALL) as server:
            assert server.pid != orphan
            assert _value(server, "select 1") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="an orphan dies with its parent, so one is made by hand")
def test_a_running_orphan_is_stopped(tmp_path: Path) -> None:
    first = Postgres(tmp_path / "db", SMALL)
    first.start()
    lock = first._lock  # pyright: ignore[reportPrivateUsage] -- there is no other way to lose it alone
    assert lock is not None
    os.close(lock)  # as if the holder had died without its server
    first._lock = None  # pyright: ignore[reportPrivateUsage]
    with Postgres(tmp_path / "db", SMALL) as second:
        assert second.pid != first.pid
        assert _value(second, "select 1") == 1
    first.stop()


def test_a_broken_off_initdb_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "db" / "data.new").mkdir(parents=True)
    (tmp_path / "db" / "data.new" / "half").write_text("made")
    with Postgres(tmp_path / "db", SMALL) as server:
        assert _value(server, "select 1") == 1


def test_a_server_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    with pytest.raises(PostgresError, match="no_such_setting"):
        Postgres(tmp_path / "db", SMALL | {"no_such_setting": "1"}).start()
    with Postgres(tmp_path / "db", SMALL) as server:  # the folder was given back
        assert _value(server, "select 1") == 1


def test_the_server_does_not_see_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINDIGI_SECRET", "s" * 40)
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    with Postgres(tmp_path / "db", SMALL) as server:
        assert b"FINDIGI_" not in Path(f"/proc/{server.pid}/environ").read_bytes()
