from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from workers.celery import QUEUES
from workers.settings import ROOMS, SHORT, Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")

OURS = tuple(name for name, service in SERVICES.items() if service["image"].startswith("newsdesk:"))
WORKERS = ("beat", *ROOMS)
TOOLS = tuple(name for name, service in SERVICES.items() if "profiles" in service)
"""Run when somebody asks, and not before."""


def words(service: str) -> list[str]:
    command: str = SERVICES[service]["command"]
    return shlex.split(command)


def option(service: str, name: str) -> str:
    given = words(service)
    return given[given.index(name) + 1]


def variables(service: str) -> set[str]:
    """What the service finds in its environment, from compose or from a secret."""
    return {*SERVICES[service].get("environment", {}), *SERVICES[service]["secrets"]}


# --- one name for a room everywhere


def test_every_room_and_the_timetable_is_a_service_beside_the_servers_and_the_pages() -> None:
    assert set(SERVICES) - set(TOOLS) == {"redis", "elasticsearch", "beat", *ROOMS, "web", "flower"}


@pytest.mark.parametrize("service", WORKERS)
def test_a_service_works_on_the_queue_of_its_name_under_its_name(service: str) -> None:
    assert words(service)[:4] == ["celery", "-A", "workers", "worker"]
    assert option(service, "-Q") == service
    assert option(service, "-n") == f"{service}@%h"


def test_only_one_service_keeps_the_timetable() -> None:
    assert [service for service in OURS if "-B" in words(service)] == ["beat"]


def test_the_room_that_reads_hostile_documents_can_be_killed_by_the_pool_and_has_no_way_out() -> None:
    assert {QUEUES["read_feed"], QUEUES["extract_article"]} == {"extract"}
    assert option("extract", "-P") == "prefork"
    assert "egress" not in SERVICES["extract"]["networks"]


@pytest.mark.parametrize("service", WORKERS)
def test_a_workers_health_is_its_progress_and_one_without_it_is_ended_and_started_again(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"] == [
        "CMD",
        "with-secrets",
        "newsdesk",
        "healthy",
        service,
        "--restart",
    ]
    assert SERVICES[service]["restart"] == "unless-stopped"
    assert SERVICES[service]["init"] is True  # else the worker is process 1, which nobody inside can kill


# --- settings


@pytest.mark.parametrize("service", OURS)
def test_every_variable_of_ours_is_known_to_the_settings(service: str) -> None:
    sections = Settings.model_fields
    for variable in variables(service):
        if variable.startswith("NEWSDESK_") and variable not in SHORT:
            section, _, key = variable.removeprefix("NEWSDESK_").lower().partition("__")
            model: Any = sections[section].annotation
            assert key in model.model_fields


@pytest.mark.parametrize("service", OURS)
def test_every_service_of_ours_knows_its_broker_and_its_configuration(service: str) -> None:
    assert {"NEWSDESK_REDIS_URL", "NEWSDESK_CONFIG", "NEWSDESK_DATA"} <= variables(service)


def test_only_those_who_write_or_search_know_the_stores_password() -> None:
    assert {name for name in OURS if "NEWSDESK_STORE" in variables(name)} == {"index", "replay", "web"}


@pytest.mark.parametrize("service", OURS)
def test_folders_in_the_environment_are_mounted(service: str) -> None:
    targets = {volume.split(":")[1] for volume in SERVICES[service]["volumes"]}

    assert {
        value for name, value in SERVICES[service]["environment"].items() if name.startswith("NEWSDESK_")
    } == targets


def test_the_page_is_served_at_the_port_of_the_settings() -> None:
    port = Settings().web.port

    assert option("web", "--port") == str(port)
    assert SERVICES["web"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f":{port}/health/live" in SERVICES["web"]["healthcheck"]["test"][-1]


def test_the_broker_is_asked_at_the_port_that_its_file_gives() -> None:
    conf = (ROOT / "config" / "redis.conf").read_text(encoding="utf-8")

    assert ":6379/" in Settings().redis.url
    assert re.search(r"^port 6379$", conf, re.MULTILINE)


# --- hardening


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_runs_as_root_or_can_become_it(service: str) -> None:
    user = SERVICES[service]["user"]

    assert user.split(":")[0] not in ("0", "root", "")
    assert SERVICES[service]["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in SERVICES[service]["security_opt"]
    assert not {"privileged", "cap_add", "devices", "network_mode", "pid"} & set(SERVICES[service])


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_read_only_but_for_named_places(service: str) -> None:
    assert SERVICES[service]["read_only"] is True
    assert any(mount.startswith("/tmp:") for mount in SERVICES[service]["tmpfs"])
    for volume in SERVICES[service]["volumes"]:
        source, *_, mode = volume.split(":")
        assert source in COMPOSE["volumes"] or mode == "ro", f"{volume} lets a container write to the host"


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_bounds(service: str) -> None:
    assert SERVICES[service]["mem_limit"]
    assert SERVICES[service]["pids_limit"]


def test_a_replay_is_run_on_request_and_has_no_way_out() -> None:
    assert TOOLS == ("replay",)
    assert SERVICES["replay"]["restart"] == "no"
    assert set(SERVICES["replay"]["networks"]) == {"queue", "store"}


@pytest.mark.parametrize("service", sorted(set(SERVICES) - set(TOOLS)))
def test_every_service_comes_back_has_a_health_check_and_time_to_stop(service: str) -> None:
    assert SERVICES[service]["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries", "start_period"} <= set(SERVICES[service]["healthcheck"])
    assert SERVICES[service]["stop_grace_period"] == "60s"


@pytest.mark.parametrize("service", WORKERS)
def test_a_worker_that_is_told_to_stop_gives_its_work_back(service: str) -> None:
    assert SERVICES[service]["environment"]["REMAP_SIGTERM"] == "SIGQUIT"


def test_memory_of_the_container_covers_what_the_server_may_use() -> None:
    conf = (ROOT / "config" / "redis.conf").read_text(encoding="utf-8")
    (maxmemory,) = re.findall(r"^maxmemory (\d+)mb$", conf, re.MULTILINE)

    assert int(SERVICES["redis"]["mem_limit"].removesuffix("m")) >= 2 * int(maxmemory)


def test_elasticsearch_asks_for_a_password() -> None:
    assert SERVICES["elasticsearch"]["environment"]["xpack.security.enabled"] == "true"
    assert SERVICES["elasticsearch"]["secrets"] == ["elastic_password"]


def test_flower_looks_and_does_not_touch() -> None:
    assert SERVICES["flower"]["environment"]["FLOWER_READ_ONLY"] == "true"
    assert "FLOWER_BASIC_AUTH" in SERVICES["flower"]["secrets"]
    assert not [name for name in variables("flower") if "UNAUTHENTICATED" in name]


# --- who can reach whom


def test_only_those_who_ask_publishers_can_reach_the_internet() -> None:
    ways_out = {name for name, network in COMPOSE["networks"].items() if not network.get("internal")}
    reach = {name for name, service in SERVICES.items() if ways_out & set(service["networks"])}

    assert ways_out == {"egress", "front"}
    assert COMPOSE["networks"]["front"]["driver_opts"] == {"com.docker.network.bridge.enable_ip_masquerade": "false"}
    assert {name for name, service in SERVICES.items() if "egress" in service["networks"]} == {"poll", "fetch"}
    assert reach == {"poll", "fetch", "web", "flower"}


def test_who_reaches_the_internet_does_not_reach_the_store() -> None:
    assert not {"poll", "fetch", "extract"} & {name for name, s in SERVICES.items() if "store" in s["networks"]}


def test_ports_are_published_on_loopback_only_and_never_those_of_the_servers() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert set(published) == {"web", "flower"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_every_network_volume_and_secret_that_is_named_exists() -> None:
    for service in SERVICES.values():
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert set(service["secrets"]) <= set(COMPOSE["secrets"])
        assert set(service.get("depends_on", {})) <= set(SERVICES)


# --- secrets


def test_no_password_stands_in_the_environment() -> None:
    for service in SERVICES.values():
        assert not [
            name for name in service.get("environment", {}) if re.search("PASS|AUTH|SECRET|KEY|URL|STORE", name)
        ]


def test_the_header_shows_how_to_make_every_secret(tmp_path: Path) -> None:
    header = (ROOT / "docker-compose.yml").read_text(encoding="utf-8").partition("\nname:")[0]
    script = "\n".join(re.findall(r"^#   (.*)$", header, re.MULTILINE))

    subprocess.run(["sh", "-euc", script], cwd=tmp_path, check=True)

    made = {file.name: file.read_text(encoding="utf-8").strip() for file in (tmp_path / "secrets").iterdir()}
    assert {f"./secrets/{name}" for name in made} == {secret["file"] for secret in COMPOSE["secrets"].values()}
    assert made["NEWSDESK_REDIS_URL"] == f"redis://:{made['redis_auth'].removeprefix('requirepass ')}@redis:6379/0"
    assert made["NEWSDESK_STORE"] == f"elasticsearch+http://elastic:{made['elastic_password']}@elasticsearch:9200"
    assert all(
        len(re.split(r"[ :]", made[name])[-1]) >= 24 for name in ("redis_auth", "elastic_password", "FLOWER_BASIC_AUTH")
    )


def test_secrets_become_variables_of_the_command_and_only_there(tmp_path: Path) -> None:
    (script,) = re.findall(r"/usr/local/bin/with-secrets\n(.*?)\nEOF\n", DOCKERFILE, re.DOTALL)
    (tmp_path / "NEWSDESK_REDIS_URL").write_text("redis://:a b'$x@redis\n", encoding="utf-8")

    shown = subprocess.run(
        ["sh", "-c", script.replace("/run/secrets", str(tmp_path)), "with-secrets", "printenv", "NEWSDESK_REDIS_URL"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )

    assert shown.stdout == "redis://:a b'$x@redis\n"


def test_secrets_never_enter_the_image_or_the_repository() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    admitted = {line.removeprefix("!") for line in ignored if line.startswith("!")}

    assert "*" in ignored
    assert "secrets" not in admitted
    assert "secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


# --- images


@pytest.mark.parametrize("service", SERVICES)
def test_images_are_of_a_version_and_never_the_latest(service: str) -> None:
    assert re.search(r":\d+\.\d+\.\d+(-\w+)?$", SERVICES[service]["image"])


def test_the_image_carries_the_projects_version() -> None:
    declared = re.search(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)

    assert declared
    assert {SERVICES[service]["image"] for service in OURS} == {f"newsdesk:{declared[1]}"}


def test_all_that_the_image_copies_is_admitted_and_exists() -> None:
    copied = {
        source
        for sources in re.findall(r"^COPY ((?:[\w./-]+ )+)\S+$", DOCKERFILE, re.MULTILINE)
        for source in sources.split()
    }
    admitted = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"
    }

    assert copied == admitted
    assert not [name for name in copied if not (ROOT / name).exists()]


def test_the_final_image_has_no_installer_and_is_not_root() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]

    assert "pip install" not in final
    assert "apt-get" not in final
    assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)
    assert {SERVICES[service]["user"] for service in OURS} == {"10001:10001"}
    assert re.search(r"pip uninstall --yes .*\bpip\b", DOCKERFILE)
    assert "--require-hashes" in DOCKERFILE
