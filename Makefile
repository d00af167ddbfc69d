# Needs Python 3.11 or later, make and git; everything else is installed below this folder.
#   .uv/     uv, pinned by hash (deploy/uv-requirements.txt); it installs the rest
#   .venv/   Deskhand and what uv.lock pins; 'make test' adds the development tools

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell for python in python3 python python3.14 python3.13 python3.12 python3.11; do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
SETS ?=
PYTEST ?=

BIN := .venv/bin
UV := .uv/bin/uv
# The certificates of the system, as pip uses them: behind a company's proxy there are no others.
SYNC := UV_SYSTEM_CERTS=1 UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 $(UV) sync --quiet --frozen --inexact \
	  --python .uv/bin/python

.PHONY: help demo test test-servers test-servers-stop evals bench chaos clean

help: ## What there is
	@echo 'make ...'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-17s %s\n", $$1, $$2 }' Makefile

demo: .venv/core ## Ask the sample organisation's documents, in the browser
	@$(BIN)/deskhand demo

test: .venv/dev ## Style, types, import contracts, tests (PYTEST="-k words" for some)
	@echo '== ruff';         $(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	@echo '== mypy';         $(BIN)/mypy --no-error-summary
	@echo '== lint-imports'; found=$$($(BIN)/lint-imports) || { echo "$$found"; exit 1; }
	@echo '== pytest';       $(BIN)/python -m pytest $(PYTEST)

test-servers: .venv/dev ## Start a PostgreSQL for the tests, which skip what needs one otherwise
	@$(BIN)/python -m tests.servers start

test-servers-stop: .venv/dev ## Stop it
	@$(BIN)/python -m tests.servers stop

evals: .venv/dev ## Score the sample's questions (SETS="FOLDER ..." for others)
	@$(BIN)/python -m tests.evals $(SETS)

bench: .venv/dev ## Measure speed, memory and size; writes the table in README.md (some minutes)
	@$(BIN)/python -m tests.benchmarks

chaos: .venv/dev ## Kill replicas again and again; what is lost, or answered twice? (some minutes)
	@$(BIN)/python -m tests.chaos

clean: ## Remove what make installed and what tools left behind
	rm -rf .uv .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist sbom.json
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/core: $(UV) uv.lock pyproject.toml
	@echo 'Installing Deskhand ...'
	@$(SYNC) --no-default-groups
	@touch $@

.venv/dev: $(UV) uv.lock pyproject.toml
	@echo 'Installing Deskhand and the development tools ...'
	@$(SYNC) --extra postgres
	@touch .venv/core $@

$(UV): deploy/uv-requirements.txt
	@test -n "$(PYTHON)" || { echo 'Deskhand needs Python 3.11 or later. Name it if it is not on the PATH: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo '$(PYTHON) is older than Python 3.11, or does not start.' >&2; exit 1; }
	@echo 'Installing uv ...'
	@"$(PYTHON)" -m venv --clear .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@
