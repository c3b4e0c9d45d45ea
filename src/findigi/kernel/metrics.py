"""Metrics: prometheus-client with the few standard measures, summed over all processes of one instance.

`python -m findigi` gives its children PROMETHEUS_MULTIPROC_DIR (a folder wiped at start); prometheus-client reads it
when it is imported, so each process writes its values there and any web process can show the sum. Without the
variable (tests, a single process) the values live in memory.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, Final, cast

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST


class _Process:
    """This process's id, asked of the system once: prometheus-client would ask it at every count."""

    number = os.getpid()

    @classmethod
    def renew(cls) -> None:
        cls.number = os.getpid()


os.register_at_fork(after_in_child=_Process.renew)
if os.environ.get(FOLDER_VARIABLE):
    values.ValueClass = cast("Any", values).MultiProcessValue(process_identifier=lambda: _Process.number)

_FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

HTTP_REQUESTS: Final = Counter("findigi_http_requests_total", "Requests answered.", ("operation", "status"))
HTTP_SECONDS: Final = Histogram(
    "findigi_http_request_seconds", "Time from the request to its answer.", ("operation",), buckets=_FAST
)
LEDGER_BATCH_SIZE: Final = Histogram(
    "findigi_ledger_batch_size", "Postings per group commit.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
)
LEDGER_BATCH_SECONDS: Final = Histogram(
    "findigi_ledger_batch_seconds", "Time of one group commit, from its locks to its end.", buckets=_FAST
)
JOBS: Final = Counter("findigi_jobs_total", "Runs of jobs, by what came of them.", ("job", "outcome"))
JOB_SECONDS: Final = Histogram(
    "findigi_job_seconds", "Time of one run of a job.", ("job",), buckets=(*_FAST, 10.0, 30.0, 60.0)
)
JOBS_RUNNING: Final = Gauge("findigi_jobs_running", "Jobs that run now.", multiprocess_mode="livesum")


def fresh_folder(folder: Path) -> Path:
    """Empty `folder` (made if absent) for the values of an instance that starts now; returns it absolute."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True)
    return folder.resolve()


def render() -> bytes:
    """All metrics in Prometheus' text format (`CONTENT_TYPE`), summed over the processes of this instance."""
    if not os.environ.get(FOLDER_VARIABLE):
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)
