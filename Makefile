# demo · test · check: each makes .venv from the pinned constraints if it is missing.
BIN := .venv/bin

# any Python that is new enough; its name alone says nothing: pyenv's shims have names of what is not there
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3 python,\
	$(shell $(name) -c '$(NEW_ENOUGH)' 2>/dev/null && echo $(name))))
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt

# the benchmark's peers want 3.12, and have an environment of their own; pyenv hides versions that are not switched on
PEERS := .venv-peers/bin
PEERS_NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 12))
PEERS_PYTHON ?= $(firstword $(foreach name,python3.12 python3.13 python3 python\
	$(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/3.1[23]*/bin/python3),\
	$(shell $(name) -c '$(PEERS_NEW_ENOUGH)' 2>/dev/null && echo $(name))))

# a file's tests stay in one process: they share studies, and a Slurm; on one thread each, as
# threads of several processes wait for each other (tests of threads ask for two). Three processes
# for two cores: a Slurm, a browser and a killed run wait for a tenth of their time. What
# is compiled is kept, whatever the shell asks for: else each of hundreds of processes compiles it
CORES := $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
PROCESSES ?= $(shell expr \( $(CORES) \* 3 + 1 \) / 2)
PARALLEL := -n $(PROCESSES) --maxprocesses=8 --dist loadfile --no-loadscope-reorder

.PHONY: help env env-dev env-peers demo docs docs-serve test test-all coverage test-slow check format clean
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

env: .venv/ready ## make .venv from the pinned constraints, with what a demo needs

env-dev: .venv/ready-dev ## add the developers' tools to it

.venv/ready: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "There is no Python 3.11 or newer here. Type: make env PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(INSTALL) setuptools
	$(INSTALL) --no-build-isolation --editable .
	touch .venv/ready

.venv/ready-dev: .venv/ready
	$(INSTALL) --no-build-isolation --editable '.[dev,cluster,docs,sweep,huggingface]'
	touch .venv/ready-dev

env-peers: .venv-peers/ready ## make .venv-peers, on Python 3.12: what the benchmark measures estimators against

.venv-peers/ready: constraints-peers.txt
	@test -n "$(PEERS_PYTHON)" || { echo "There is no Python 3.12 or newer here. Type: make env-peers PEERS_PYTHON=/path/to/python3.12"; exit 1; }
	$(PEERS_PYTHON) -m venv .venv-peers
	$(PEERS)/python -m pip install --quiet --constraint constraints-peers.txt shapiq lightgbm xgboost-cpu
	touch .venv-peers/ready

demo: env ## everything in one run, on clips made here: dataset, training, ESVs, report
	$(BIN)/python run.py experiment=paper

docs: env-dev ## the documentation, into site/: a warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

docs-serve: env-dev ## the same at http://127.0.0.1:8000, anew at every change
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs serve --strict

# for all: what a target sets with ?= would hide what the one that asks for it has set
MARKED = not slow and not whole

test: env-dev ## the tests of every day, side by side (PROCESSES=N)
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m '$(MARKED)' $(PARALLEL) $(COVERED)

test-all: MARKED = not slow
test-all: test ## and those on a cluster, in a browser throughout and at full size, as CI runs them

coverage: COVERED := --cov --cov-report=term
coverage: test-all ## the same, and what of the code they reach, in all processes: takes 1.6 times as long

test-slow: env-dev ## the slow ones
	$(BIN)/python -m pytest -m slow

check: env-dev ## formatting, lint, types, layers and the examples in docstrings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --doctest-modules playfair

format: env-dev ## put formatting and imports right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove the environment; datasets and outputs stay
	rm -rf .venv .venv-peers build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .coverage*
