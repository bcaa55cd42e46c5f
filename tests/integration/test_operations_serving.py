"""The set-up that ships, run as it ships: workers that share memory, count together, end politely, are replaced."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.served import ROOT, Site, Web, free_port, site


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("served"), DOUDI_WORKERS="2", DOUDI_LOG_REQUESTS="no") as found:
        yield found


@pytest.fixture(scope="module")
def web(made: Site) -> Web:
    return made.serve(free_port())


def get(web: Web, path: str) -> tuple[int, str]:
    line = http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)
    line.request("GET", path)
    answer = line.getresponse()
    told = answer.read().decode()
    line.close()
    return answer.status, told


def until(true: object, seconds: float = 30) -> None:
    assert callable(true)
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_worker_holds_less_than_150_megabytes_and_shares_half_of_them(web: Web) -> None:
    for path in ("/", "/ask", "/policies", "/estimate/", "/apply/") * 4:
        assert get(web, path)[0] == 200
    held = web.memory()[1:]
    assert len(held) == 2
    assert max(resident for resident, _own in held) <= 150, held
    assert max(own for _resident, own in held) <= 75, held


def test_the_figures_of_all_workers_are_added_up(web: Web) -> None:
    for _number in range(24):
        get(web, "/privacy")
    samples = {
        float(re.findall(r'doudi_responses_total\{endpoint="guidance.privacy",status="200"\} (\S+)', told)[0])
        for told in (get(web, "/metrics")[1] for _ask in range(6))
    }
    assert samples == {24.0}


def test_a_killed_worker_is_replaced_and_its_figures_stay(web: Web) -> None:
    before = web.workers()
    os.kill(before[0], signal.SIGKILL)
    until(lambda: len(web.workers()) == 2 and before[0] not in web.workers())
    until(lambda: get(web, "/healthz")[0] == 200)
    assert 'endpoint="guidance.privacy"' in get(web, "/metrics")[1]


def test_compiled_templates_wait_in_the_instance_folder_for_their_owner_only(made: Site, web: Web) -> None:
    kept = Path(made.environ["DOUDI_INSTANCE"]) / "templates"
    assert kept.stat().st_mode & 0o777 == 0o700
    assert len(list(kept.iterdir())) > 50


def test_what_is_for_few_is_loaded_only_where_it_is_used(made: Site) -> None:
    """For a province's sign-in, for migrations, for phrases that no question needs: some 65 MB a worker."""
    asked = [sys.executable, "-c", "import sys, portal.wsgi; print(*sys.modules)"]
    loaded = subprocess.run(asked, cwd=ROOT, env=made.environ, capture_output=True, text=True, check=True)
    assert "portal.hotline.oidc" in loaded.stdout.split()
    assert not {"authlib", "requests", "alembic", "pypinyin"} & set(loaded.stdout.split())


def test_workers_look_for_garbage_although_their_master_did_not_while_loading(made: Site) -> None:
    web = made.serve(free_port(), app="tests.support.collecting:app", name="collecting")
    assert get(web, "/")[1] == "True"
    web.stop()


def test_an_answer_under_way_is_finished_before_the_end(made: Site) -> None:
    web = made.serve(free_port(), name="polite")
    line = http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)
    line.putrequest("POST", "/api/v1/estimates")
    body = b'{"region": "220104", "members": [{"id": "m1"}]}'
    line.putheader("Content-Length", str(len(body)))
    line.endheaders()
    line.send(body[:10])
    time.sleep(0.5)
    ending = threading.Thread(target=web.stop)
    ending.start()
    time.sleep(0.5)
    line.send(body[10:])
    assert line.getresponse().status == 200
    line.close()
    ending.join(timeout=60)
    assert web.process.returncode == 0
