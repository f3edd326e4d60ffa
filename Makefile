.DEFAULT_GOAL := help
.PHONY: up down status test test-llm check bench eval fmt lock help
PYTHON ?= python3
INSTALL := @$(PYTHON) lead_reviver/local/install.py
RUN := @.venv/bin/
COMPILE := $(RUN)uv pip compile -q pyproject.toml --universal --generate-hashes --no-annotate --no-header \
	--python-version 3.11
NPM := @PATH="$(CURDIR)/.venv/bin:$$PATH" npm --prefix dashboard

up: ## Start everything on this machine; ARGS="--detach --fresh" passes options
	$(INSTALL)
	$(RUN)lead-reviver up $(ARGS)

down: ## End everything
	$(RUN)lead-reviver down $(ARGS)

status: ## Say which parts run, and where
	$(RUN)lead-reviver status $(ARGS)

test: ## Run every test, the browser ones too; ARGS="tests/local -x" narrows it
	$(INSTALL) --dev --browser --build --n8n
	$(RUN)pytest $(ARGS)
	$(if $(wildcard dashboard/package.json),$(NPM) test)

test-llm: ## Try the model adapter on a small real model on this machine; fetches 1.1 GB once
	$(INSTALL) --dev --build
	@TEST_LLM=1 .venv/bin/pytest tests/llm $(ARGS)

check: ## Lint, format, types, import rules, migrations
	$(INSTALL) --dev --build
	$(RUN)ruff check
	$(RUN)ruff format --check
	$(RUN)mypy
	$(RUN)lint-imports
	$(RUN)squawk supabase/migrations/*.sql
	$(if $(wildcard dashboard/package.json),$(NPM) run check)

bench: ## Measure, each figure beside its yardstick; a table and a JSON file
	$(INSTALL) --dev --build --n8n
	$(RUN)python -m benchmarks $(ARGS)

eval: ## Measure understanding and safety on the sets of tests/conversation; a table, JSON and HTML
	$(INSTALL) --dev
	$(RUN)python -m evaluation $(ARGS)

fmt: ## Put the code into its format
	$(INSTALL) --dev
	$(RUN)ruff check --fix-only
	$(RUN)ruff format

lock: ## Resolve the Python packages anew; needs the registry
	$(INSTALL) --dev
	$(COMPILE) --extra local --extra model --extra build -o requirements.lock
	$(COMPILE) --extra local --extra model --extra build --extra classifier -c requirements.lock -o requirements-classifier.lock
	$(COMPILE) --all-extras -c requirements.lock -o requirements-dev.lock

help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16
