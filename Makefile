# Each target bootstraps what it needs: a virtual environment with uv from PyPI, then this project's own lock.
.DEFAULT_GOAL := help
PYTHON ?= python3
# A shell's variables about install locations and Pythons belong to the user's own environment, and uv would empty an
# active one. Variables about networks, indexes and caches apply here, too. Same list: harness/provision/installers.py
unexport VIRTUAL_ENV CONDA_PREFIX PYTHONHOME PYTHONPATH PYTHONOPTIMIZE \
    PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_REQUIRE_VIRTUALENV PIP_DRY_RUN PIP_CONSTRAINT \
    PIP_ONLY_BINARY PIP_NO_BINARY PIP_NO_DEPS PIP_IGNORE_INSTALLED PIP_REQUIRE_HASHES \
    UV_PYTHON UV_SYSTEM_PYTHON UV_MANAGED_PYTHON UV_NO_MANAGED_PYTHON UV_PYTHON_PREFERENCE UV_PYTHON_SEARCH_PATH \
    UV_PROJECT_ENVIRONMENT UV_PROJECT UV_NO_PROJECT UV_WORKING_DIR UV_WORKING_DIRECTORY UV_ISOLATED UV_ENV_FILE \
    UV_VENV_CLEAR UV_VENV_RELOCATABLE UV_VENV_SEED UV_NO_SYNC UV_FROZEN UV_LOCKED UV_CONSTRAINT UV_OVERRIDE UV_EXCLUDE \
    UV_NO_BINARY UV_NO_BINARY_PACKAGE UV_NO_EDITABLE UV_NO_INSTALL_PROJECT UV_NO_DEV UV_NO_GROUP UV_NO_DEFAULT_GROUPS
# pip, which installs uv, has another variable for a mirror than uv.
ifdef UV_DEFAULT_INDEX
export PIP_INDEX_URL ?= $(UV_DEFAULT_INDEX)
endif
# uv cannot put its cache into a home folder that is not writable.
ifneq ($(shell test -w "$${HOME:-/nowhere}" && echo yes),yes)
export UV_CACHE_DIR ?= $(CURDIR)/.cache/uv-cache
endif
UV := .cache/uv/bin/uv
# uv.lock contains file URLs that a mirror does not have. With a mirror, `uv pip sync` uses the same hashes.
ifdef UV_DEFAULT_INDEX
RUN = $(HERE) && $(MIRRORED) && $(UV) run --no-sync
else
RUN = $(HERE) && $(UV) run --frozen
endif
# The programs of an environment contain its path, so a moved or copied environment is created again.
HERE = $(OURS) && test "$$(cat .venv/place 2> /dev/null)" = "$(CURDIR)" || { \
    rm -rf .venv && $(UV) venv --quiet .venv && echo "$(CURDIR)" > .venv/place; }
# After `sudo make`, they belong to root.
OURS = for each in $(wildcard .cache .venv); do test -w $$each || { \
    echo "$$each is not writable. It belongs to $$(ls -ld $$each | awk '{ print $$3 }'), who ran make here" >&2; \
    echo "  try: sudo chown -R $$(id -u) $(wildcard .cache .run .venv results)" >&2; exit 2; }; done
MIRRORED = test .venv/mirrored -nt uv.lock || { \
    $(UV) export --quiet --frozen --no-emit-project --output-file .cache/requirements.txt && \
    $(UV) pip sync --quiet --python .venv --require-hashes .cache/requirements.txt && \
    $(UV) pip install --quiet --python .venv --no-deps --editable . && \
    touch .venv/mirrored; }

.PHONY: help env bench build test unit integration conformance lint format lock report site publish ui clean

help: ## Show this help
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | \
	    sed -E -e 's/^([a-z]+):.*## /  make \1             /' -e 's/^(.{20}) */\1/'

# An existing pip can install into an environment without pip, which takes half as long to create.
PIP := $(PYTHON) -m pip --python .cache/uv/bin/python
$(UV):
	@$(PYTHON) -m venv --without-pip .cache/uv
	@$(PIP) --version > /dev/null 2>&1 || $(PYTHON) -m venv .cache/uv
	@pip="$(PIP)"; test ! -x .cache/uv/bin/pip || pip=.cache/uv/bin/pip; \
	$$pip install --quiet --disable-pip-version-check --retries 10 -r compose/installer.lock

env: $(UV) ## Create the virtual environment and print the path of orchbench
	@$(RUN) python -c pass
	@echo 'created: $(CURDIR)/.venv/bin/orchbench'
	@echo 'for this shell: export PATH="$(CURDIR)/.venv/bin:$$PATH"'

bench: $(UV) ## Build missing stacks, measure one repetition and show the table (ARGS="--preset standard --all")
	@$(RUN) orchbench bench $(ARGS)

test: $(UV) ## Run the unit tests and, in parallel, integration tests with the baseline (ARGS="-k trial")
	@$(RUN) pytest tests/unit tests/integration $(HOSTILE) --numprocesses 4 --dist loadscope $(ARGS)

unit: $(UV) ## Run the unit tests
	@$(RUN) pytest tests/unit --numprocesses 2 --dist worksteal $(ARGS)

integration: $(UV) ## Run the integration tests, both isolations in parallel
	@$(RUN) pytest tests/integration $(HOSTILE) --numprocesses 3 --dist loadscope $(ARGS)

# These mishaps take seconds. `make conformance` runs the others.
HOSTILE := tests/hostile --ignore tests/hostile/long

conformance: $(UV) ## Check every built-in orchestrator and the harness itself (ISOLATION=process ARGS="-k airflow")
	@$(RUN) pytest $(VERDICTS) --numprocesses 2 --dist loadscope --isolation $(ISOLATION) $(ARGS) $(OR_NONE)
	@$(RUN) pytest $(MILLISECONDS) --isolation $(ISOLATION) $(ARGS) $(OR_NONE)

# With ARGS="-k …", one of the two may have no tests.
ifdef ARGS
OR_NONE = || test $$? -eq 5
endif

ISOLATION ?= container
# `make test` runs these slow tests as processes, and this target runs them in containers.
LONG := $(addprefix tests/integration/test_,lifecycle.py side_by_side.py unit_test.py warehouse.py)
# Tests that depend on milliseconds run without any others.
MILLISECONDS := $(addprefix tests/instrument/test_,calibration.py no_difference.py)
VERDICTS := tests/conformance $(filter-out $(MILLISECONDS),$(wildcard tests/instrument/test_*.py)) $(LONG) tests/hostile/long

build: $(UV) ## Build all stacks now instead of at the first benchmark (ARGS="--jobs 2")
	@$(RUN) orchbench build $(ARGS)

lint: $(UV) ## Check format, style and types
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy
	@$(RUN) lint-imports

format: $(UV) ## Format the code
	@$(RUN) ruff check --fix
	@$(RUN) ruff format

lock: $(UV) ## Lock the requirements of every environment again, with hashes
	@$(RUN) orchbench lock
	@$(UV) lock --quiet

report: $(UV) ## Rebuild the newest table from its records (ARGS="results/…")
	@$(RUN) orchbench report $(ARGS)

site: $(UV) ## Write all results and documents as pages into site/
	@$(RUN) orchbench site

publish: $(UV) ## Publish a complete result in README.md and results/README.md (RESULT=results/…)
	@$(RUN) orchbench publish $(RESULT)

ui: $(UV) ## Start one orchestrator and print its address (NAME=airflow)
	@$(RUN) orchbench ui $(NAME)

clean: $(UV) ## Remove leftover containers, networks and volumes (ARGS=--images)
	@$(RUN) orchbench clean $(ARGS)
