"""Every command of the compose file, started natively: the rooms work, the page answers, Flower shows and keeps out."""

from __future__ import annotations

import base64
import json
import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.journey.service import Service
from workers.celery import TASKS
from workers.desk import broker
from workers.desk.site.server import Site, start
from workers.ledger.ledger import Ledger

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
OURS = ("beat", "poll", "fetch", "extract", "index", "web", "flower")
PASSWORD = "desk:secret"


class Deployment:
    """The services of the compose file as processes here, on ports of this test."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.ports = {"web": broker.free_port(), "flower": broker.free_port()}
        self.processes = {name: self._start(name) for name in OURS}

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        words = shlex.split(SERVICES[name]["command"].replace("%%", "%"))
        words = [
            word.replace("8080", str(self.ports["web"])).replace("5555", str(self.ports["flower"])) for word in words
        ]
        words = [word.replace("0.0.0.0", "127.0.0.1") for word in words]
        words[0] = str(Path(sys.executable).parent / words[0])
        return subprocess.Popen(
            words,
            env=self.environment(name),
            cwd=self.service.folder,
            stdout=self.service.log,
            stderr=self.service.log,
            start_new_session=True,
        )

    def environment(self, name: str) -> dict[str, str]:
        """The service's own variables; secrets and folders are this test's."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("NEWSDESK_", "FLOWER_"))}
        stated = {
            key: value for key, value in SERVICES[name]["environment"].items() if key not in self.service.environment
        }
        secrets = {"FLOWER_BASIC_AUTH": PASSWORD} if name == "flower" else {}
        return {**clean, **stated, **self.service.environment, **secrets, "NEWSDESK_WEB__PORT": str(self.ports["web"])}

    def is_healthy(self, name: str) -> bool:
        """What the compose file asks, run here."""
        test = [word for word in SERVICES[name]["healthcheck"]["test"][1:] if word != "with-secrets"]
        words = [
            word.replace("8080", str(self.ports["web"])).replace("5555", str(self.ports["flower"])) for word in test
        ]
        words[0] = str(Path(sys.executable).parent / words[0])
        asked = subprocess.run(words, env=self.environment(name), capture_output=True, timeout=60, check=False)
        return asked.returncode == 0

    def flower(self, path: str, *, password: str | None = PASSWORD) -> tuple[int, Any]:
        """A page of Flower: status, and the JSON where it is JSON."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports['flower']}{path}")
        if password:
            request.add_header("Authorization", f"Basic {base64.b64encode(password.encode()).decode()}")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                body = answer.read()
                return answer.status, json.loads(body) if "json" in answer.headers["Content-Type"] else body.decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, None

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 45
        for process in self.processes.values():
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture
def site() -> Iterator[Site]:
    with start() as site:
        yield site


@pytest.fixture
def deployment(site: Site, tmp_path: Path) -> Iterator[Deployment]:
    service = Service(tmp_path / "service", site.feeds(), str(tmp_path / "store"))
    deployment = Deployment(service)
    yield deployment
    deployment.stop()
    service.stop()


def test_the_composed_services_ingest_the_site_and_flower_shows_them_working(
    site: Site, deployment: Deployment
) -> None:
    service = deployment.service
    service.wait_until(lambda: service.settled(site.expected + len(site.traps)))

    assert service.journal.status().indexed == site.expected
    for name, process in deployment.processes.items():
        assert process.poll() is None, f"{name} ended"
        service.wait_until(lambda name=name: deployment.is_healthy(name), seconds=60)  # type: ignore[misc] # bound now
    page = urllib.request.urlopen(f"http://127.0.0.1:{deployment.ports['web']}/search?q=veldt", timeout=10)
    with page:
        assert "Tessaly Hosts River Talks" in page.read().decode()

    assert deployment.flower("/workers", password=None)[0] == 401
    assert deployment.flower("/api/workers", password="desk:wrong")[0] == 401
    service.wait_until(lambda: shown_rooms(deployment) >= {"poll", "fetch", "extract", "index"}, seconds=60)
    service.wait_until(
        lambda: shown_tasks(deployment) >= set(TASKS.values()),
        seconds=90,
    )
    status, _ = deployment.flower("/workers")
    assert status == 200

    hangs(deployment)


def hangs(deployment: Deployment) -> None:
    """A worker that makes no progress is ended by its health check, and no other."""
    service, extract = deployment.service, deployment.processes["extract"]
    service.environment["NEWSDESK_DESK__STUCK_SECONDS"] = "5"
    os.killpg(extract.pid, signal.SIGSTOP)  # hangs, and hears no signal but one
    try_again(service)
    # asked again and again, as Docker does: a worker that has only begun is let be
    service.wait_until(lambda: not deployment.is_healthy("extract") and extract.poll() is not None, seconds=150)

    assert extract.returncode == -signal.SIGKILL
    assert deployment.processes["fetch"].poll() is None
    assert deployment.is_healthy("fetch")


def try_again(service: Service) -> None:
    """Work for `extract`: what it refused is fetched and read once more."""
    ledger = Ledger(service.client, service.settings.ledger)
    refused = [letter.id for letter in service.journal.dead(99) if letter.stage == "extract"]
    assert [ledger.revive(job) for job in refused]


def shown_rooms(deployment: Deployment) -> set[str]:
    """The workers Flower lists, by room."""
    status, workers = deployment.flower("/api/workers?refresh=1")
    return {name.partition("@")[0] for name in workers} if status == 200 else set()


def shown_tasks(deployment: Deployment) -> set[str]:
    """The tasks Flower has seen, by name."""
    status, tasks = deployment.flower("/api/tasks?limit=500")
    return {task["name"] for task in tasks.values()} if status == 200 else set()
