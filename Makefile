# Chanjiao (产教联). Two commands: make demo, make test. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
export PYTHONPATH := src

.PHONY: help setup demo serve test test-sqlite test-postgres journeys check bench bench-match lock guides clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 16

setup: .run/ready ## everything this project needs, into .venv and .tools

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更高版本(可用 make PYTHON=/path/to/python3.12 指定)"; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { echo "这个 Python 没有 pip:请安装 python3-pip,或用 make PYTHON=… 指定另一个"; exit 1; }
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .tools uv==0.13.9

.venv/bin/python: .tools/bin/uv
	.tools/bin/uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" .venv

.run/python: requirements.lock pyproject.toml .venv/bin/python
	.tools/bin/uv pip sync --quiet --require-hashes --python .venv/bin/python requirements.lock
	.tools/bin/uv pip install --quiet --no-deps --no-build-isolation --python .venv/bin/python --editable .
	@mkdir -p .run && touch $@

.run/ready: .run/python package-lock.json scripts/vendor.py src/chanjiao_engine/matching/*.py
	$(BIN)/python scripts/vendor.py
	$(BIN)/python -c 'from chanjiao_engine.matching import warm; warm()'
	@touch $@

# Spark is the second engine of the roll-up; it needs Java. Without it the tests that compare the
# two engines are left out, which they say.
.run/spark: .run/ready requirements-spark.lock
	@if command -v java >/dev/null && .tools/bin/uv pip install --quiet --require-hashes --python .venv/bin/python -r requirements-spark.lock; \
	then touch $@; else echo "Spark：没有 Java，或装不上 pyspark；两种引擎的对照不做"; fi

demo: setup ## build the Dalian consortium, run a round, verify it, serve it (ARGS=--no-serve)
	$(BIN)/chanjiao demo $(ARGS)

serve: setup ## the site on ./var
	$(BIN)/chanjiao serve $(ARGS)

test: setup .run/spark ## all tests, on SQLite and on PostgreSQL; both roll-up engines where Java is
	$(BIN)/python scripts/run_tests.py $(ARGS)

test-sqlite: setup ## the tests on SQLite
	$(BIN)/pytest $(ARGS)

test-postgres: setup ## the tests that touch the database, on PostgreSQL
	$(BIN)/python scripts/with_postgres.py $(BIN)/pytest -m database $(ARGS)

journeys: setup ## whole flows in Chromium
	$(BIN)/pytest tests/journeys $(ARGS)

check: setup ## lint, types, contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup ## every claim of docs/benchmarks.md, beside its peers
	for name in match match_placement sheets pages packs indicators redlines; do $(BIN)/python "bench/$$name.py" --write; done

bench-match: setup ## a real university placement year, matched and verified
	$(BIN)/python bench/match_placement.py $(ARGS)

guides: setup ## the pictures of docs/guides, taken from the demonstration
	$(BIN)/python scripts/guides.py $(ARGS)

lock: .tools/bin/uv ## resolve both locks anew
	.tools/bin/uv pip compile pyproject.toml --extra dev --extra bench --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -o requirements.lock
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["spark"], sep="\n")' | .tools/bin/uv pip compile - --constraint requirements.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --quiet -o requirements-spark.lock

clean: ## what set-up made (not your data in var/)
	rm -rf .venv .tools .run node_modules src/chanjiao/web/static/vendor
