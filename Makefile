# The comment behind a target is its help; `make` alone prints them all.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LIVE := .venv-live
CLIENTS := .venv-clients
# A release that was tampered with is usually found out within days: none younger than this is taken.
COOLING_DAYS := 7
PIP := -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps
.DEFAULT_GOAL := help

help: ## Say what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# What installs says so before each step, once; make is silent where everything is in place.
count = $$(grep -c '==' $<)
checked = told=$$($(BIN)/python -m pip check --disable-pip-version-check) || { echo "$$told"; exit 1; }

# What Python 3.11 puts into every environment and nothing here uses goes again: nine megabytes.
$(VENV)/.run: requirements/run.txt
	@$(PYTHON) -c 'import sys; sys.exit("LLM Portal needs Python 3.11 or newer; set PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	@echo "Creating $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip uninstall --quiet --yes --disable-pip-version-check setuptools 2>/dev/null
	@echo "Installing $(count) pinned packages into it (once) …"
	@$(BIN)/python $(PIP) -r $<
	@$(checked)
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "Installing what the tests need, $(count) pinned packages in all (once) …"
	@$(BIN)/python $(PIP) -r $<
	@$(checked)
	@touch $@

$(LIVE)/.live: requirements/live.txt
	@echo "Creating $(LIVE) …"
	@$(PYTHON) -m venv $(LIVE)
	@echo "Building the server that answers in it, $(count) pinned packages (once, some minutes) …"
	@$(LIVE)/bin/python $(PIP) -r $<
	@touch $@

# A genuine server whose packages clash with everybody else's lives by itself.
$(LIVE)-%/.live: requirements/live-%.txt
	@echo "Creating $(LIVE)-$* …"
	@$(PYTHON) -m venv $(LIVE)-$*
	@echo "Installing $* into it, $(count) pinned packages (once) …"
	@$(LIVE)-$*/bin/python $(PIP) -r $<
	@touch $@

$(CLIENTS)/.clients: requirements/clients.txt
	@echo "Creating $(CLIENTS) …"
	@$(PYTHON) -m venv $(CLIENTS)
	@echo "Installing clients of the gateway into it, $(count) pinned packages (once) …"
	@$(CLIENTS)/bin/python $(PIP) -r $<
	@touch $@

# aider pins what all its neighbours want newer.
$(CLIENTS)-%/.clients: requirements/clients-%.txt
	@echo "Creating $(CLIENTS)-$* …"
	@$(PYTHON) -m venv $(CLIENTS)-$*
	@echo "Installing $* into it, $(count) pinned packages (once, some minutes) …"
	@$(CLIENTS)-$*/bin/python $(PIP) -r $<
	@touch $@

# The lock names no registry: npm asks the one it is set up with, and checks what comes. `npm ci` refuses a lock without
# the packages of other platforms.
.clients/.clients: requirements/clients/package-lock.json requirements/clients/package.json
	@echo "Installing the clients that npm has into .clients (once, a gigabyte: some minutes) …"
	@mkdir -p .clients && cp $^ .clients
	@npm install --no-save --prefix .clients --prefer-offline --no-audit --no-fund --loglevel error
	@touch $@

run: $(VENV)/.run ## Install, migrate and start the portal; says what to open
	@$(BIN)/python app.py

# Five at once on two cores: many tests wait for a process, a clock or a browser.
test: $(VENV)/.dev lint ## Install what the tests need and run every test
	scripts/install-chromium
	$(BIN)/python -m pytest -n 5 --dist worksteal -m "not live and not clients"

test-live: $(VENV)/.dev $(LIVE)/.live $(LIVE)-litellm/.live $(LIVE)-transformers/.live ## Meet genuine servers: llama.cpp (compiled once, some minutes), LiteLLM, transformers
	scripts/install-chromium
	LLAMA_PYTHON=$(LIVE)/bin/python LITELLM_PYTHON=$(LIVE)-litellm/bin/python \
	TRANSFORMERS_PYTHON=$(LIVE)-transformers/bin/python $(BIN)/python -m pytest -m live tests/live tests/browser

test-clients: $(VENV)/.dev $(CLIENTS)/.clients $(CLIENTS)-aider/.clients .clients/.clients ## Put genuine clients before a portal: SDKs, agents, command lines (needs Node.js)
	CLIENTS_PYTHON=$(CURDIR)/$(CLIENTS)/bin/python CLIENTS_AIDER=$(CURDIR)/$(CLIENTS)-aider/bin/aider \
	CLIENTS_NODE=$(CURDIR)/.clients \
	$(BIN)/python -m pytest -n 2 --dist loadscope -m clients tests/clients

explore: $(VENV)/.dev ## Try the laws on examples that no run has drawn before: whatever breaks one is a find
	EXPLORE=1 $(BIN)/python -m pytest -n 5 --dist worksteal -m "hypothesis and not live and not clients"

pictures: $(VENV)/.dev ## Take pictures of every page into .cache/shots, at a desk and on a phone, light and dark
	scripts/install-chromium
	PICTURES=1 $(BIN)/python -m pytest -n 3 --dist worksteal -m "not live and not clients" tests/browser

lint: $(VENV)/.dev ## Check style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

rules: $(VENV)/.dev ## Print every house rule with its reason and its escapes; fails when one is broken
	@$(BIN)/python -m tests.house.rules

bench: $(VENV)/.dev ## Print what the portal costs beside its previous build and other admins, as ratios (half an hour)
	$(BIN)/python benchmarks/table.py

demo-data: $(VENV)/.run ## Fill an empty portal with the demo provider, people and chats
	$(BIN)/flask --app app demo-data

lock: UNTIL = $(shell $(PYTHON) -c 'from datetime import date, timedelta; print(date.today() - timedelta($(COOLING_DAYS)), end="T00:00:00Z")')
lock: LOCK = uv pip compile --quiet --exclude-newer $(UNTIL) --generate-hashes --no-header --universal --python-version 3.11
lock: ## Write the pinned requirements anew (needs uv), of releases at least a week old
	@echo "Taking only releases from before $(firstword $(subst T, ,$(UNTIL))), $(COOLING_DAYS) days ago."
	$(LOCK) pyproject.toml -o requirements/run.txt
	$(LOCK) pyproject.toml --group dev -o requirements/dev.txt
	$(LOCK) requirements/live.in -o requirements/live.txt
	$(LOCK) requirements/live-litellm.in -o requirements/live-litellm.txt
	$(LOCK) requirements/clients.in -o requirements/clients.txt
	$(LOCK) requirements/clients-aider.in -o requirements/clients-aider.txt
	npm install --prefix requirements/clients --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund
	UV_FIND_LINKS="$$($(PYTHON) -m pip config get global.find-links 2>/dev/null)" \
	$(LOCK) requirements/live-transformers.in -o requirements/live-transformers.txt

.PHONY: help run test test-live test-clients explore pictures lint rules bench demo-data lock
