# Everything here needs python3 (3.11 or newer) and make; all state stays in .venv, .tox and .demo.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_ARGS ?=
ARGS ?=

.PHONY: help demo test coverage lint types security docs build screenshots dev lock clean

help:
	@echo "make demo    the whole thing on your machine: sandbox, worker, beat, site (DEMO_ARGS=--once to end by itself)"
	@echo "make test    the tests (ARGS='-k name'); REQUIRE_SERVICES=1 fails without PostgreSQL and Redis"
	@echo "make coverage    the same, and which lines and branches they miss"
	@echo "make lint | types | build    ruff and bandit, mypy --strict, wheel and sdist"
	@echo "make security    bandit, check --deploy on the example, pip-audit on what the extras install (asks PyPI)"
	@echo "make docs    the documentation, into docs/_build; a warning is an error"
	@echo "make screenshots    those of the docs anew; needs Chromium and chromedriver"
	@echo "make dev     everything for development in .venv, in the versions of requirements-dev.lock"
	@echo "make lock    the newest versions into requirements-dev.lock"
	@echo "make clean   remove what these commands made"

demo: $(VENV)/.demo-installed
	@$(BIN)/python -m example_project.demo $(DEMO_ARGS)

test: $(VENV)/.tox-installed
	@$(BIN)/tox run -e py -- $(ARGS)

coverage: $(VENV)/.tox-installed
	@COVERAGE_ARGS=--cov $(BIN)/tox run -e py

lint types security docs: $(VENV)/.tox-installed
	@$(BIN)/tox run -e $@

build: $(VENV)/.tox-installed
	@$(BIN)/tox run -e package

screenshots: $(VENV)/.dev-installed
	@$(BIN)/python -m tests.browser.screenshots

dev: $(VENV)/.dev-installed

# For every Python from 3.11; --upgrade, because the file that is there would keep its versions.
lock: $(VENV)/.created
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5'
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --no-emit-index-url \
	  --no-emit-find-links --custom-compile-command "make lock" --extra dev --constraint tests/constraints.txt setup.cfg \
	  --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) .tox .demo .celery build dist docs/_build *.egg-info htmlcov .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.created:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "There is no '$(PYTHON)' here. Install Python 3.11 or newer, or name it: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is `$(PYTHON) --version 2>&1`, but 3.11 or newer is needed. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo-installed: $(VENV)/.created setup.cfg pyproject.toml
	@echo "Installing into $(VENV) (once, about half a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[postgres,redis]'
	@touch $@

$(VENV)/.tox-installed: $(VENV)/.created
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'tox>=4.24'
	@touch $@

$(VENV)/.dev-installed: $(VENV)/.created setup.cfg pyproject.toml requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements-dev.lock -e '.[dev]'
	@touch $@
