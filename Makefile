# Kinko: everything a fresh Debian machine with git, make and Python 3.11 or later needs. `make help` lists it.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-test demo play test check fast bench fuzz bench-optics journeys format docs lock clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- setting up: each step leaves a stamp, so a second run costs nothing -------------------------------------------

setup: $(VENV)/.packages-run $(VENV)/.project ## system packages (apt) and the locked Python libraries, in .venv
setup-test: $(VENV)/.packages-test $(VENV)/.node $(VENV)/.project

$(VENV)/.python:
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "Kinko needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.packages-%: setup/packages.txt setup/system-packages | $(VENV)/.python
	setup/system-packages $*
	@touch $@

# One test oracle comes as source only: what builds it is pinned as well, so it goes first.
$(VENV)/.libraries: requirements/build.txt requirements/dev.txt | $(VENV)/.python
	@echo "installing the Python libraries of requirements/, each checked against its hash"
	$(PIP) --require-hashes -r requirements/build.txt
	$(PIP) --require-hashes --no-build-isolation --use-pep517 -r requirements/dev.txt
	@touch $@

# Other implementations, in JavaScript, that the tests hold signatures against. No script of a package is run.
NODE := tests/oracles/node
$(VENV)/.node: $(NODE)/package-lock.json | $(VENV)/.packages-node
	cd $(NODE) && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(VENV)/.project: pyproject.toml $(VENV)/.libraries
	$(PIP) --no-build-isolation --editable .
	@touch $@

# --- seeing it ------------------------------------------------------------------------------------------------------

demo: setup $(if $(filter bch dash nem,$(COIN)),$(VENV)/.node) ## the whole journey of one payment, as a story (COIN=btc)
	$(BIN)/python -m tests.stage.demo $(if $(COIN),--coin $(COIN))

play: setup ## the same, but you are the officer at the signer's screen
	$(BIN)/python -m tests.stage.demo --play

# --- checking it ----------------------------------------------------------------------------------------------------

check: setup-test ## format, lint, types, import contracts, fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 -q -m "not slow"

test: setup-test ## all of `check`, and the slow tests too
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 -q

bench: setup-test ## reading, inspecting and signing 1,000 inputs beside three other libraries; the size of proofs
	$(BIN)/python -m tests.bench.bench_psbt
	$(BIN)/python -m tests.bench.bench_bch
	$(BIN)/python -m tests.bench.bench_nem
	$(BIN)/python -m tests.bench.bench_proofs

fuzz: setup-test ## hostile bytes for the chain readers, for FOR seconds (60)
	$(BIN)/python -m tests.fuzz.psbt $(or $(FOR),60) $(shell date +%s)

bench-optics: setup ## how fast bytes cross simulated light, beside the peers' settings (some minutes)
	$(BIN)/python -m tests.hil.bench

journeys: setup ## 1,000 random journeys over simulated light, 10,000 hostile frames before the camera (half an hour)
	$(BIN)/python -m tests.hil.journeys

format: setup ## lay the code out
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# --- the appliance's image: building it takes long, so no other target needs it
include firmware_image/image.mk

# --- keeping it -----------------------------------------------------------------------------------------------------

docs: setup ## write docs/reference again, from the code
	$(BIN)/python -m docs.generate

lock: setup ## pin every library again, with hashes (UPGRADE=1 takes newer ones)
	setup/lock $(BIN) $(if $(UPGRADE),--upgrade)

clean: ## remove what make made
	rm -rf $(VENV) build dist demo-output *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
