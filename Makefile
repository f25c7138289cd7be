# Everything from a bare checkout with Python >= 3.11 and make; nothing is installed outside .venv.
# The first Python that runs and is new enough; a version manager's name for one that is not installed does not run.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: help setup setup-dev up demo test check fast bench bench-extract chaos soak bench-world format lock clean

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.runtime ## .venv with newsdesk in it; instant the second time

setup-dev: .venv/.dev ## the same, with what tests and checks need

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "newsdesk needs Python 3.11 or newer, and none was found: give one with make PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(PIP) install --upgrade pip

.venv/.runtime: requirements.lock pyproject.toml | .venv/bin/python
	@echo "setting up .venv (once)"
	@$(PIP) install --require-hashes -r requirements.lock
	@PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

up: setup ## run the service from config/ (Ctrl-C stops it)
	@$(BIN)/newsdesk up

demo: setup ## run the service on the bundled news site; ONCE=1 stops when done
	@$(BIN)/newsdesk demo $(if $(ONCE),--once)

test: setup-dev ## the whole suite
	@$(BIN)/python -m pytest -q $(ARGS)

check: setup-dev ## ruff, mypy, import contracts, the fast tests: under a minute
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory fast

fast: setup-dev ## the fast tests: no server, no network but loopback
	@$(BIN)/python -m pytest -q -m "not integration and not browser and not corpus" --disable-socket --allow-hosts=127.0.0.1,::1 $(ARGS)

bench: setup-dev ## the figures that are promised, measured, beside their targets: some 6 minutes
	@$(BIN)/python -m bench

bench-extract: setup-dev ## how well pages are read and grouped, and hostile ones survived: some 12 minutes
	@$(BIN)/python -m bench.extracting

chaos: setup-dev ## kills, stops and doubles parts of the service under load, and accounts for 10,000 articles: some 10 minutes
	@$(BIN)/python -m chaos

soak: setup-dev ## half an hour of steady work: does the memory of workers and Redis stay where it is?
	@$(BIN)/python -m bench.soak

bench-world: setup-dev ## 5,000 feeds through the whole service: some 25 minutes
	@$(BIN)/python -m bench.world

format: setup-dev ## put the code in its usual form
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix-only -q .

lock: setup-dev ## write the lock files anew (needs uv)
	uv pip compile -q pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	uv pip compile -q pyproject.toml --group dev -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements-dev.lock

clean: ## remove what make made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build *.egg-info
