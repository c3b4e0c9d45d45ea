from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support import ROOT

from findigi.kernel import metrics

COUNT = "from findigi.kernel import metrics; metrics.HTTP_REQUESTS.labels('getThing', '200').inc(2)"
SHOW = "import sys; from findigi.kernel import metrics; sys.stdout.buffer.write(metrics.render())"


def test_values_of_several_processes_are_summed(tmp_path: Path) -> None:
    folder = metrics.fresh_folder(tmp_path / "metrics")
    env = {"PROMETHEUS_MULTIPROC_DIR": str(folder), "PATH": ""}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNT], env=env, cwd=ROOT, check=True)
    shown = subprocess.run([sys.executable, "-c", SHOW], env=env, cwd=ROOT, check=True, capture_output=True).stdout
    assert b'findigi_http_requests_total{operation="getThing",status="200"} 4.0' in shown


def test_a_start_forgets_the_values_of_the_last_one(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "counter_1.db").write_bytes(b"")
    assert list(metrics.fresh_folder(tmp_path / "metrics").iterdir()) == []


def test_one_process_shows_its_own() -> None:
    metrics.JOBS.labels("sample", "done").inc()
    assert b'findigi_jobs_total{job="sample",outcome="done"}' in metrics.render()
