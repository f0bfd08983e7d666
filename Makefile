# Each target bootstraps what it needs: a virtual environment with uv from PyPI, then this project's own lock.
.DEFAULT_GOAL := help
PYTHON ?= python3
# pip, which fetches uv, knows a mirror by another name than uv.
ifdef UV_DEFAULT_INDEX
export PIP_INDEX_URL ?= $(UV_DEFAULT_INDEX)
endif
# A home that may not be written has no place for uv's cache.
ifneq ($(shell test -w "$${HOME:-/nowhere}" && echo yes),yes)
export UV_CACHE_DIR ?= $(CURDIR)/.cache/uv-cache
endif
UV := .cache/uv/bin/uv
# uv.lock names where each file lies, which a mirror does not: there the same hashes come by `uv pip sync`.
ifdef UV_DEFAULT_INDEX
RUN = $(MIRRORED) && $(UV) run --no-sync
else
RUN := $(UV) run --frozen
endif
MIRRORED = test .venv/mirrored -nt uv.lock || { \
    $(UV) venv --quiet --allow-existing && \
    $(UV) export --quiet --frozen --no-emit-project --output-file .cache/requirements.txt && \
    $(UV) pip sync --quiet --require-hashes .cache/requirements.txt && \
    $(UV) pip install --quiet --no-deps --editable . && \
    touch .venv/mirrored; }

.PHONY: help bench build test unit integration conformance lint format lock report publish ui clean

help: ## Show this help
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | \
	    sed -E -e 's/^([a-z]+):.*## /  make \1             /' -e 's/^(.{20}) */\1/'

# A pip that is there already can install into an environment without one, which takes half as long to make.
PIP := $(PYTHON) -m pip --python .cache/uv/bin/python
$(UV):
	@$(PYTHON) -m venv --without-pip .cache/uv
	@$(PIP) --version > /dev/null 2>&1 || $(PYTHON) -m venv .cache/uv
	@pip="$(PIP)"; test ! -x .cache/uv/bin/pip || pip=.cache/uv/bin/pip; \
	$$pip install --quiet --disable-pip-version-check --retries 10 -r compose/installer.lock

bench: $(UV) ## Build what is missing, measure one lap, show the table (ARGS="--preset standard --all")
	@$(RUN) orchbench bench $(ARGS)

test: $(UV) ## Run unit tests, and beside them integration tests with stacks of the baseline (ARGS="-k trial")
	@$(RUN) pytest tests/unit tests/integration $(HOSTILE) --numprocesses 4 --dist loadscope $(ARGS)

unit: $(UV) ## Run the unit tests
	@$(RUN) pytest tests/unit --numprocesses 2 --dist worksteal $(ARGS)

integration: $(UV) ## Run the integration tests, both isolations side by side
	@$(RUN) pytest tests/integration $(HOSTILE) $(LANES) $(ARGS)

# Mishaps that are played within seconds; the rest belongs to `make conformance`.
HOSTILE := tests/hostile --ignore tests/hostile/long

# Tests that look at verdicts and at no milliseconds: workers that each serve one stack after another.
LANES := --numprocesses 3 --dist loadscope

conformance: $(UV) ## Check every built-in orchestrator and the harness itself (ISOLATION=process ARGS="-k airflow")
	@$(RUN) pytest $(VERDICTS) $(LANES) --isolation $(ISOLATION) $(ARGS) $(OR_NONE)
	@$(RUN) pytest $(MILLISECONDS) --isolation $(ISOLATION) $(ARGS) $(OR_NONE)

# A choice of tests (ARGS="-k …") may leave none in one of the two.
ifdef ARGS
OR_NONE = || test $$? -eq 5
endif

ISOLATION ?= container
# What takes long is run by `make test` as processes, and here in containers.
LONG := $(addprefix tests/integration/test_,lifecycle.py side_by_side.py unit_test.py warehouse.py)
# What looks at milliseconds has the machine to itself.
MILLISECONDS := $(addprefix tests/instrument/test_,calibration.py no_difference.py)
VERDICTS := tests/conformance $(filter-out $(MILLISECONDS),$(wildcard tests/instrument/test_*.py)) $(LONG) tests/hostile/long

build: $(UV) ## Build what stacks run from, which the first benchmark does otherwise (ARGS="--jobs 2")
	@$(RUN) orchbench build $(ARGS)

lint: $(UV) ## Check format, style and types
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy
	@$(RUN) lint-imports

format: $(UV) ## Put code into the house format
	@$(RUN) ruff check --fix
	@$(RUN) ruff format

lock: $(UV) ## Lock the requirements of every environment again, with hashes
	@$(RUN) orchbench lock
	@$(UV) lock --quiet

report: $(UV) ## Rebuild the newest table from its records (ARGS="results/…")
	@$(RUN) orchbench report $(ARGS)

publish: $(UV) ## Put a complete result into README.md and results/README.md (RESULT=results/…)
	@$(RUN) orchbench publish $(RESULT)

ui: $(UV) ## Bring one orchestrator up and print its address (NAME=airflow)
	@$(RUN) orchbench ui $(NAME)

clean: $(UV) ## Remove containers, networks and volumes that were left behind (ARGS=--images)
	@$(RUN) orchbench clean $(ARGS)
