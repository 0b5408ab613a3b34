# One place for each step. `make run` and `make test` need Python 3.11 or 3.12 and the package registries, nothing else.
PYTHON ?= $(shell for p in python3.11 python3.12 python3; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && echo "$$p" && break; done)
XIANGYIN := .venv/bin/xiangyin
# Real processes and a browser on a busy machine: what fails is tried once more, three tests at most, and shown with why.
AGAIN := --reruns 1 --max-suite-reruns 3 --rerun-show-tracebacks
.DEFAULT_GOAL := help
.PHONY: help setup run test fuzz lint audit bench soak eval train lock clean python

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

python:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或 3.12。Python 3.11 or 3.12 is needed; see python.org." >&2; exit 1; }

setup: python  ## install everything, fetch the models, train; starts nothing
	@$(PYTHON) deploy/setup.py

run: setup  ## set up what is missing, then start the assistant
	@$(XIANGYIN) serve

test: python  ## set up what is missing, check the language data, run the whole suite
	@$(PYTHON) deploy/setup.py --tests
	@$(XIANGYIN) kb check
	@.venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(AGAIN) $(ARGS)

fuzz: python  ## try new examples on every parser; the suite always tries the same
	@$(PYTHON) deploy/setup.py --tests
	@HYPOTHESIS_PROFILE=fuzz .venv/bin/python -m pytest -m hypothesis $(ARGS)

lint: python  ## style, types, import contracts, dependencies, language data
	@$(PYTHON) deploy/setup.py --tests
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/deptry .
	$(XIANGYIN) kb check

audit: python  ## look up known faults of everything that is pinned; needs an advisory service on the network
	@$(PYTHON) deploy/setup.py --tests
	.venv/bin/uv tool run pip-audit --requirement deploy/requirements/app.txt --no-deps --disable-pip

bench: setup  ## measure speed and memory, each beside its baseline
	@.venv/bin/python -m tests.bench

soak: setup  ## half an hour of made-up farmers: memory, open files, errors; ARGS="--minutes 120 --postgres"
	@.venv/bin/python -m tests.soak $(ARGS)

eval: setup  ## measure understanding and finding
	@.venv/bin/python -m tests.eval

train: setup  ## train the understanding model again where its inputs have changed
	@$(XIANGYIN) train

lock:  ## pin every dependency with its hashes again
	.venv/bin/python deploy/lock.py

clean:  ## remove what set-up and runs have made, but not the database
	rm -rf .venv .venv-rasa var/models var/rasa var/cache
