"""The README's commands exist, with the options it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from workers.celery import app as celery_app
from workers.cli import app, asking, feeds, letters, library, replay, service, stores  # noqa: F401 # each registers its verbs

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = [
    line.split(" # ")[0].split("   #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]


def lines(program: str) -> list[str]:
    found = [line for line in LINES if line.split()[0] == program]
    assert found, f"the README shows no {program}"
    return found


@pytest.mark.parametrize("line", lines("newsdesk"))
def test_a_verb_of_the_readme_exists_and_takes_its_options(line: str) -> None:
    command, words = get_command(app), shlex.split(line)[1:]
    context = command.make_context("newsdesk", [], resilient_parsing=True)
    while hasattr(command, "get_command"):
        command = command.get_command(context, words.pop(0))
        assert command is not None, line
    command.make_context(line, words)  # refuses what it does not know


@pytest.mark.parametrize("line", lines("make"))
def test_a_target_of_the_readme_exists(line: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert re.search(rf"^{line.split()[1]}:.*##", makefile, re.MULTILINE)


def test_the_workers_of_the_readme_are_those_of_the_compose_file() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    ours = {line for line in lines("celery") if "worker" in line.split()}

    assert ours == {compose[room]["command"] for room in ("beat", "poll", "fetch", "extract", "index")}
    assert {line.split("-Q ")[1].split()[0] for line in ours} == {queue.name for queue in celery_app.conf.task_queues}


def test_every_link_of_the_readme_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target).exists(), target
