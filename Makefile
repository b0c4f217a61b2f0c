# Everything a newcomer types. `make demo` and `make test` do all set-up themselves.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
AWS_VENV := .venv-aws
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export SANDBOX_AWS_PYTHON := $(CURDIR)/$(AWS_VENV)/bin/python

.PHONY: help setup programs check format test demo sandbox sandbox-down crd sbom audit crash-matrix
.PHONY: bench-scale soak clean

help: ## what can be typed
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.done: requirements/dev.txt pyproject.toml sandbox/pyproject.toml
	@echo "== environment of the operator and its tools ($(VENV))"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e sandbox
	@touch $@

$(AWS_VENV)/.done: requirements/aws.txt
	@echo "== environment of the simulated AWS ($(AWS_VENV))"
	@$(PYTHON) -m venv $(AWS_VENV)
	@$(AWS_VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/aws.txt
	@touch $@

setup: $(VENV)/.done $(AWS_VENV)/.done ## the two Python environments

programs: setup ## the Kubernetes programs, built once (some six minutes) and cached outside the tree
	@python -m sigopt_sandbox.programs

check: setup ## format, lint, types, layers, freshness of the CRD
	@ruff format --check . && ruff check .
	@mypy operator/sigopt_operator sandbox/sigopt_sandbox demo tools bench tests
	@lint-imports
	@sigopt-operator crd --check crds/sigoptclusters.yaml
	@python -m tools.audit --tell

format: setup ## let ruff format and mend
	@ruff format . && ruff check --fix .

test: check programs ## every check and every test
	@python -m pytest --numprocesses 3 --dist loadfile

soak: programs ## 200 lives of clusters under all faults at once, some twenty minutes; LIFECYCLES=20 SEED=7
	@python -m tests.reliability.soak --report docs/reliability.md \
		$(if $(LIFECYCLES),--lifecycles $(LIFECYCLES)) $(if $(SEED),--seed $(SEED))

demo: programs ## the main job: apply, Ready, edit, delete, nothing left
	@python demo/demo.py

sandbox: programs ## a sandbox with the operator in it, left running
	@python demo/demo.py --keep

sandbox-down: setup ## end what `make sandbox` left running
	@python demo/demo.py --end

BENCH ?=
bench-scale: programs ## one operator with 1, 100, 1,000 clusters; more than an hour, into docs/performance.md
	@python -m bench.scale $(BENCH) --write docs/performance.md

crd: setup ## write crds/ anew from the models
	@sigopt-operator crd --write crds/sigoptclusters.yaml

sbom: setup ## the bill of materials of the operator (CycloneDX), into sigopt-operator.cdx.json
	@python -m tools.sbom sigopt-operator.cdx.json

audit: setup ## ask OSV about known vulnerabilities in what is locked; without a network it says so
	@python -m tools.audit

crash-matrix: programs ## kill the operator at every call of every scenario (30 minutes), into docs/reliability.md
	@python -m tests.reliability.crash --report docs/reliability.md

clean: ## the environments and caches of this tree (the built Kubernetes programs stay)
	rm -rf $(VENV) $(AWS_VENV) .mypy_cache .ruff_cache .pytest_cache
