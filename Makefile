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
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(if $(UPGRADE),--upgrade)
NAME = support-connector-$(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

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
test: $(VENV)/.dev ## Set up and run every test; brings its own PostgreSQL and Valkey (ARGS="-k words" for some)
	$(PYTEST) $(ARGS)

.PHONY: check
check: lint ## Lint, types, import contracts and the quick tests, without databases and servers (about a minute)
	$(PYTEST) -q --hypothesis-profile=quick -m 'not slow and not database and not redis and not rt and not wordpress' $(ARGS)

.PHONY: lint
lint: $(VENV)/.dev ## Style, types and import contracts only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo

.PHONY: check-long
check-long: $(VENV)/.dev ## Run the tests with many more generated cases (minutes)
	$(PYTEST) --hypothesis-profile=long -m 'not rt and not wordpress' $(ARGS)

.PHONY: mutants
mutants: $(VENV)/.dev ## Break the code on purpose and count what the tests notice (ARGS="--sample 200 PATH ...", ARGS=--changed)
	$(BIN)/python -m tests.mutants $(ARGS)

.PHONY: bench
bench: $(VENV)/.dev ## Measure
	$(BIN)/python -m bench $(ARGS)

.PHONY: pages
pages: $(VENV)/.dev ## Make anew what is generated: docs/policy-coverage.md, docs/reasons.md, the plugin's .pot
	$(BIN)/python -m tests.policy_coverage
	$(BIN)/python -m tests.reason_page
	$(BIN)/python -m tests.wordpress.pot

.PHONY: screens
screens: $(VENV)/.dev ## Take the pictures of docs/screens/ anew, in a real browser on a real WordPress
	CONNECTOR_TEST_SCREENS=1 $(BIN)/python -m pytest -q tests/wordpress/test_browser.py $(ARGS)

.PHONY: rooms
rooms: ## Print what each module is for, room by room
	@find connector adapters webhooks wsgi.py -name '*.py' -not -path '*/migrations/versions/*' | LC_ALL=C sort | \
	xargs awk 'FNR == 1 { gsub(/^"""|"""$$/, ""); sub(/\/__init__.py$$/, "/", FILENAME); printf "%-52s %s\n", FILENAME, $$0 }'

# --- now and then -----------------------------------------------------------------------------------------

.PHONY: dist
dist: ## Pack the source and each host's module, as last committed, into dist/
	@rm -rf dist && mkdir dist
	@git archive --prefix=$(NAME)/ -o dist/$(NAME).tar.gz HEAD
	@echo "dist/$(NAME).tar.gz: the source"
	@git ls-tree -rd --name-only HEAD adapters/hosts/ | { grep -E '^adapters/hosts/[^/]+/(plugin|modules)$$' || true; } | \
	while IFS=/ read -r _ _ host kind; do \
		case $$kind in plugin) top=support-connector ;; modules) top=modules ;; esac; \
		git archive --prefix=$$top/ -o dist/$(NAME)-$$host.zip HEAD:adapters/hosts/$$host/$$kind; \
		echo "dist/$(NAME)-$$host.zip: adapters/hosts/$$host/$$kind, unpacks to $$top/"; \
	done
	@ls dist/$(NAME)-*.zip >/dev/null 2>&1 || echo "no adapters/hosts/*/plugin or adapters/hosts/*/modules is committed: no module packed"
	@git diff --quiet HEAD || echo "note: uncommitted changes are not in it"

.PHONY: lock
lock: $(VENV)/.dev ## Make the locks anew from requirements*.in (UPGRADE=1 for the newest versions)
	$(LOCK) -o requirements.lock requirements.in
	$(LOCK) -o requirements-dev.lock requirements-dev.in

.PHONY: clean
clean: ## Remove .venv, dist and caches; the data folder stays
	rm -rf $(VENV) build dist mutants *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
