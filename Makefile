SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run test bench check fmt migrate new-module setup lock clean

PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(shell command -v $(p) 2>/dev/null)))
UV ?= uv
VENV := .venv
PY := $(VENV)/bin/python
# The stamp's name says what the environment was made from: interpreter, lock and place.
# The same three start at once; any change makes a new environment.
STAMP := $(VENV)/.ready-$(shell { $(PYTHON) -VV; cat requirements.txt; pwd; } 2>/dev/null | { sha256sum 2>/dev/null || shasum -a 256; } | cut -c1-16)

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(STAMP)  ## start everything on http://127.0.0.1:8000 (FINDIGI_PORT=… for another port)
	@exec $(PY) -m findigi

test: $(STAMP)  ## run all tests (ARGS="tests/kernel -n0" for some of them)
	@$(PY) -m pytest $(ARGS)

bench: $(STAMP)  ## run the measurements
	@$(PY) -m bench $(ARGS)

check: $(STAMP)  ## format, lint, types, architecture, dead code, SQL
	@$(PY) tools/check.py

fmt: $(STAMP)  ## format the code and apply safe fixes
	@$(PY) -m ruff format --quiet . && $(PY) -m ruff check --fix --quiet .

migrate: $(STAMP)  ## apply migrations to FINDIGI_DATABASE_URL, or to the embedded database
	@$(PY) -m findigi migrate

new-module: $(STAMP)  ## write a new module's shelves, test and map entry (NAME=payments)
	@$(PY) tools/new_module.py "$(NAME)"

setup: $(STAMP)  ## make the environment and stop

$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "findigi needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 setup" >&2; exit 1; }
	@echo "findigi: making $(VENV) ($$($(PYTHON) -V))" >&2
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-input --no-compile --require-hashes --only-binary :all: --no-deps -r requirements.txt
	@$(PY) -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "findigi.pth").write_text(str(pathlib.Path("src").resolve()) + "\n", "utf-8")'
	@$(PY) -m compileall -q -j 0 $(VENV)/lib >/dev/null || true # some packages carry files for other versions; a missing .pyc only costs time
	@touch $@

lock:  ## maintainers: resolve again and write requirements.txt (needs uv)
	@$(UV) lock --quiet $(ARGS) && $(UV) export --quiet --frozen --no-emit-project --all-groups --no-header --no-annotate --output-file requirements.txt

clean:  ## remove the environment and caches (never the data)
	rm -rf $(VENV) .ruff_cache .hypothesis .pytest_cache .import_linter_cache
