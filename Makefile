# demo · test · check: each makes .venv from the pinned constraints if it is missing.
PYTHON ?= python3.11
BIN := .venv/bin

# a file's tests stay in one process: they share studies, and a Slurm; two threads each, so that what threads share is tested
PARALLEL := -n auto --maxprocesses=8 --dist loadfile --no-loadscope-reorder

.PHONY: help env demo test test-slow check format clean
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

env: .venv/ready ## make .venv from the pinned constraints

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt setuptools
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable '.[dev,cluster]'
	touch .venv/ready

demo: env ## everything in one run, on clips made here: dataset, training, ESVs, report
	$(BIN)/python run.py experiment=paper

test: env ## all tests but the slow ones, side by side
	OMP_NUM_THREADS=2 $(BIN)/python -m pytest -m 'not slow' $(PARALLEL)

test-slow: env ## the slow ones
	$(BIN)/python -m pytest -m slow

check: env ## formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: env ## put formatting and imports right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove the environment; datasets and outputs stay
	rm -rf .venv *.egg-info .pytest_cache .mypy_cache .ruff_cache
