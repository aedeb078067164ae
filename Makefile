# The commands of this repository; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-teams test cover check bench soak lock clean
SHELL := /bin/bash
unexport PYTHONDONTWRITEBYTECODE # some machines set it, and every start would compile everything again
PY := .venv/bin/python
UV ?= uv
COMPILE := $(UV) pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links pyproject.toml

help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{ printf "  make %-10s %s\n", $$1, $$2 }'

setup: ## Install what Usher needs into .venv (hashes checked; PYTHON=… chooses another Python)
	@.ci/setup

demo: ## Start Usher with a practice workspace and a practice company; no token, no server
	@.ci/setup --quiet
	@exec $(PY) app.py demo

demo-teams: ## The same in Microsoft Teams, as far as it goes without Microsoft: says how to open the Agents Playground
	@.ci/setup --quiet
	@exec $(PY) app.py demo --chat teams

test: ## Run every test: SQLite, a real PostgreSQL, and a browser; says what it left out
	@.ci/setup --quiet
	@$(PY) -m tests.tools.published
	$(PY) -m pytest -n 2 --dist loadscope --no-loadscope-reorder $(ARGS)

cover: ## The same, and which lines no test reaches (takes half as long again)
	@$(MAKE) --no-print-directory test ARGS="--cov --cov-report term:skip-covered $(ARGS)"

check: ## Style, types, who imports whom, habits, requirements, migrations, our own policy files
	@.ci/setup --quiet
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-logo
	$(PY) -m tests.tools.habits
	$(PY) -m tests.tools.coverage --check
	$(PY) -m tests.tools.faults --check
	$(PY) -m tests.tools.connectors --check
	$(PY) -m tests.tools.migrations
	$(PY) app.py lint

bench: ## Measure how fast Usher is against the limits it promises
	@.ci/setup --quiet
	$(PY) -m tests.bench $(ARGS)

soak: ## Die at every point on both databases, then live 100,000 lives in trouble (hours; LIVES=1000 is some minutes)
	@.ci/setup --quiet
	$(PY) -m tests.proof.soak $(LIVES)

lock: ## Resolve pyproject.toml again into both lock files (needs uv; UPGRADE=--upgrade takes newer versions)
	$(COMPILE) $(UPGRADE) --output-file requirements.lock
	$(COMPILE) $(UPGRADE) --group dev --output-file requirements-dev.lock

clean: ## Remove .venv, the practice data and every cache
	rm -rf .venv .usher-demo tests/npm/.cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
