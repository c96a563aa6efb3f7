# The project's commands. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
CODE := $(wildcard connector adapters webhooks wsgi.py bench tests)
WORKERS ?= 2

export CONNECTOR_HOME ?= $(CURDIR)/var

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

# --- set-up: one stamp for what running needs, one for what checking and testing needs on top --------------

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "The connector needs Python 3.11 or newer, but $(PYTHON) is %d.%d. Try: make PYTHON=/path/to/python3.11" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/.made
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: venv
venv: $(VENV)/.dev ## Make .venv with everything that running, checking and testing needs

# --- everyday ---------------------------------------------------------------------------------------------

.PHONY: run
run: $(VENV)/.runtime ## Set up, load the demonstration store, serve (data in CONNECTOR_HOME, default ./var)
	@$(BIN)/connector migrate
	@$(BIN)/connector demo load
	@exec $(BIN)/connector serve

.PHONY: test
test: $(VENV)/.dev ## Set up and run every test; brings its own PostgreSQL and Valkey
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

.PHONY: check
check: $(VENV)/.dev ## Lint, types, import contracts and the tests that need no server
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n $(WORKERS) -m 'not slow and not postgres and not redis and not rt'

.PHONY: check-long
check-long: $(VENV)/.dev ## Run the tests with many more generated cases (minutes)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --hypothesis-profile=long -m 'not rt'

.PHONY: lock
lock: $(VENV)/.dev ## Make the locks anew from requirements*.in (add UPGRADE=1 for the newest versions)
	$(BIN)/uv pip compile $(LOCK_OPTIONS) -o requirements.lock requirements.in
	$(BIN)/uv pip compile $(LOCK_OPTIONS) -o requirements-dev.lock requirements-dev.in

LOCK_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes --no-header $(if $(UPGRADE),--upgrade)
