# Two commands on a fresh machine: `make run` (the main job) and `make test` (the whole suite).
# `make docs` builds the documentation into build/docs.
# Stamp files inside .venv keep a second call from installing again.

SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --disable-pip-version-check --no-compile -c constraints.txt

.PHONY: run test test-processors lint docs clean
.DELETE_ON_ERROR:

run: $(VENV)/.installed
	$(VENV)/bin/windopt run configs/quickstart.yaml

# tests/test_notebooks.py executes notebooks 01, 02 and 03 and looks at what they say
test: $(VENV)/.installed-dev
	$(PY) -m pytest --nbmake --ignore-glob='notebooks/0[123]*' --numprocesses auto --dist worksteal

# the numerical tests with other processors' instructions, numbers of threads and seeds; an hour
test-processors: $(VENV)/.installed-dev
	tests/other_processors.sh

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

docs: $(VENV)/.installed-docs
	$(PY) -m sphinx -W --keep-going -q docs build/docs
	@echo "documentation: build/docs/index.html"

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find windopt tests -name __pycache__ -type d -prune -exec rm -rf {} +

# PYTHON=/path/to/python chooses the interpreter; otherwise the first that is new enough.
$(VENV)/.created:
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	    command -v "$$python" > /dev/null || continue; \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || continue; \
	    echo "environment: $(VENV), made with $$python"; \
	    "$$python" -m venv $(VENV) && touch $@ && exit 0; \
	    echo "error: $$python could not make $(VENV); on Debian or Ubuntu install python3-venv" >&2; exit 1; \
	done; \
	echo "error: windopt needs Python 3.11 or newer and found none;" \
	     "install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1

# PyTorch first and exactly: the build that pip's own settings point to is then kept by all that follows.
$(VENV)/.torch: constraints.txt | $(VENV)/.created
	$(PIP) torch==2.13.0
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.torch
	$(PIP) -e .
	$(VENV)/bin/windopt compile
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(VENV)/.torch
	$(PIP) -e '.[dev,notebooks,compare,dask,wasp]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-docs: pyproject.toml $(VENV)/.torch
	$(PIP) -e '.[docs]'
	@touch $(VENV)/.installed $@
