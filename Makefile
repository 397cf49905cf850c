# Everything here works on a machine with Python 3.11 or newer, make and git, in a folder of any
# name: paths are relative, and tools are run as modules (`python -m`), because a script's first
# line cannot hold a blank.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/ready
BENCH_READY := $(VENV)/ready-bench
SMOKE ?=
TESTS ?= tests

.DEFAULT_GOAL := help
.PHONY: help setup demo test quick lint format docs check-docs bench chaos build-check constraints clean

help: ## Show this list.
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /make \1|/' | \
		while IFS='|' read -r name text; do printf '%-18s %s\n' "$$name" "$$text"; done

setup: $(READY) ## Make .venv with the program and the tools for its development.

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ...' >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --upgrade 'pip>=25.1'
	@$(PY) -m pip install --quiet --constraint constraints.txt --editable . --group dev
	@# Byte code now, wherever Python is told to write none later: start-up takes half the time.
	@$(PY) -m compileall -q crm_cli
	@touch $(READY)

$(BENCH_READY): $(READY)
	@$(PY) -m pip install --quiet --constraint constraints.txt --group bench
	@touch $(BENCH_READY)

demo: $(READY) ## Run the main job on the files of examples/: import, segments, retention.
	@CRM="$(PY) -m crm_cli" sh examples/main-job.sh

test: $(READY) ## Run all tests (TESTS=tests/store for a part).
	$(PY) -m pytest -q -n auto --dist worksteal $(TESTS)

quick: $(READY) ## Run the tests that take no time.
	$(PY) -m pytest -q -n auto --dist worksteal -m 'not slow' $(TESTS)

lint: $(READY) ## Check style, types and layers.
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(VENV)/bin/python -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

format: $(READY) ## Lay the code out and mend what can be mended by rule.
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

docs: $(READY) ## Write docs/reference and the README's picture from the code.
	$(PY) docs/generate.py

check-docs: $(READY) ## Say whether `make docs` would change anything.
	$(PY) docs/generate.py --check

bench: $(BENCH_READY) ## Measure against peers (SMOKE=1: tiny sizes; LARGE=1: 10,000,000 purchases).
	$(PY) -m benchmarks $(if $(SMOKE),--smoke) $(if $(LARGE),--large) $(CASES)

chaos: $(READY) ## Kill senders of reminders at random and count what came twice or was lost (RUNS=200).
	$(PY) -m tests.sending.chaos $(or $(RUNS),200)

build-check: $(READY) ## Build sdist and wheel, install the wheel in a clean environment, start it.
	@rm -rf build && mkdir build
	$(PY) -m build --no-isolation --outdir build/dist . >build/log 2>&1 || { cat build/log >&2; exit 1; }
	$(PYTHON) -m venv build/clean
	build/clean/bin/python -m pip install --quiet --constraint constraints.txt build/dist/*.whl
	cd build && clean/bin/crm --version && \
		CRM_DB=check.db clean/bin/crm contact add 'Ada Lovelace' --quiet && \
		CRM_DB=check.db clean/bin/crm contact list && \
		clean/bin/python -m crm_cli --version --json

constraints: $(BENCH_READY) ## Write the versions installed now to constraints.txt.
	@{ sed -n "/^#/p" constraints.txt; $(PY) -m pip freeze --exclude-editable --all | \
		grep -v -i -E '^(pip|setuptools|wheel)='; } >build-constraints && mv build-constraints constraints.txt

clean: ## Remove what was built, .venv included.
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
