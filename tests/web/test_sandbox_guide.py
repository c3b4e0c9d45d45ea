from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from findigi.main import ENDPOINTS
from findigi.modules import docs
from findigi.web.pages.sandbox import guide_of
from findigi.web.pages.walkthrough import EMAIL, PASSWORD, steps_of


def catalogue(base_url: str = "http://127.0.0.1:8000") -> docs.Catalogue:
    return docs.build(ENDPOINTS, base_url=base_url).catalogue


@pytest.mark.chromium
def test_the_commands_work_as_they_stand(live_server: str, tmp_path: Path) -> None:
    missing = [tool for tool in ("bash", "curl", "jq", "openssl") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"this machine has no {', '.join(missing)}")
    steps = steps_of(catalogue(live_server), demo=True)
    script = "set -eo pipefail\n" + "\n".join(step.code for step in steps)
    ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert '"completed"' in ran.stdout
    assert '"twofa.tester@findigi.local"' in ran.stdout
    journal = ran.stdout.rpartition('"completed"')[2]
    assert '"hash"' in journal
    assert "null\n" not in ran.stdout.splitlines()


def test_the_way_is_complete() -> None:
    keys = [step.key for step in steps_of(catalogue(), demo=True)]
    assert keys == ["sign-in", "second-factor", "workspace", "wallets", "transfer", "journal"]


def test_steps_of_operations_that_do_not_exist_are_not_shown() -> None:
    without = [endpoint for endpoint in ENDPOINTS if endpoint.path != "/api/wallets/transfers"]
    keys = [step.key for step in steps_of(docs.build(without, base_url="http://x").catalogue, demo=True)]
    assert "transfer" not in keys
    assert "wallets" in keys


def test_without_the_demo_no_demo_user_is_named() -> None:
    guide = guide_of(catalogue(), demo=False)
    assert guide.users == ()
    assert all(EMAIL not in step.code and PASSWORD not in step.code for step in guide.steps)
    assert all(step.key != "second-factor" for step in guide.steps)
