# gatewayd: everything a developer or a new user types. `make help` lists it.

# The first of these that is Python 3.11 or newer; `make PYTHON=… install` chooses another.
PYTHON ?= $(shell tools/find-python.sh)
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help install install-test demo test campaign check bench docs texts lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/runtime.stamp ## .venv with gatewayd and what it runs on, each file checked against its hash

install-test: .venv/test.stamp ## the same, and what the tests need

demo: install ## the whole gateway with two simulated phones and a month that is made up; Ctrl-C ends it
	@$(BIN)/gatewayd demo

test: install-test ## every check and every test (as root, also installs the Debian packages they need)
	@tools/test.sh full

campaign: install-test ## the long proofs that nothing is lost or doubled: some hours; see python -m tests.campaigns --help
	$(BIN)/python -m tests.campaigns all

check: install-test ## the static checks and the quick tests
	@tools/test.sh quick

bench: install-test ## measure, with the simulator
	$(BIN)/python -m bench

docs: install ## write docs/configuration.md, docs/metrics.md and the example from the program itself
	$(BIN)/gatewayd config reference > docs/configuration.md.new
	mv docs/configuration.md.new docs/configuration.md
	$(BIN)/gatewayd config example > systemd/gatewayd.example.toml.new
	mv systemd/gatewayd.example.toml.new systemd/gatewayd.example.toml
	$(BIN)/python tools/metrics_page.py > docs/metrics.md.new
	mv docs/metrics.md.new docs/metrics.md

texts: install-test ## bring the pages' catalogues up to date with what code and templates say
	$(BIN)/python tools/texts.py

lock: install-test ## resolve the dependencies anew and write requirements/*.txt with their hashes
	tools/lock.sh $(BIN)/pip-compile

clean: ## remove .venv and everything generated
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist bench-results demo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@tools/need-venv.sh
	python=$(PYTHON); $${python:-$$(tools/find-python.sh)} -m venv .venv

# --no-build-isolation: the build backend comes from requirements/build.txt too, not from wherever pip would look.
.venv/runtime.stamp: requirements/runtime.txt requirements/build.txt pyproject.toml | .venv/bin/python
	$(BIN)/pip install -q --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/test.stamp: requirements/test.txt .venv/runtime.stamp
	$(BIN)/pip install -q --require-hashes -r requirements/test.txt
	@touch $@
