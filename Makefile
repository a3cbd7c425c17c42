# Run `make` to see what there is. Works with GNU make 3.81 or newer and any POSIX shell.

# Options of `make token`; plain assignments, so that an environment variable of the same name
# does not leak in. Give them on the command line: make token ROLE=member SUBJECT=u-42
ROLE = admin
SUBJECT = ops
# Anything else to hand to pytest or to the benchmark: make test ARGS="-k tiers"
ARGS =
# make requirements UPGRADE=--upgrade
UPGRADE =
# The Pythons to try, in this order; make setup PYTHON=/path/to/python3 chooses one.
PYTHON = python3 python3.13 python3.12 python3.11 python3.14
# A name on the PATH is not enough: a version manager's shim may stand for nothing, and Debian's
# Python comes without ensurepip until its package python3-venv is installed.
USABLE = import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

PY = .venv/bin/python
# The caller's own LOYALTY_MODE wins.
LOYALTY = LOYALTY_MODE="$${LOYALTY_MODE:-development}" .venv/bin/loyalty
UV_COMPILE = $(PY) -m uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --custom-compile-command "make requirements" $(UPGRADE)

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile

# ---------------------------------------------------------------------------------------- set-up

# A virtual environment breaks when its folder is moved or its Python goes away; both show here,
# and then it is made anew.
ifneq ($(shell test -x $(PY) && test "$$(cat .venv/.made-in 2>/dev/null)" = "$(CURDIR)" && echo ok),ok)
.venv/.packages: force
endif
.PHONY: force
force:

.PHONY: setup
setup: .venv/.project ## Make .venv with everything pinned and hashed (does nothing when it is current)
	@:

# Always from nothing: an interrupted set-up leaves no stamp, so the next run repairs it, and a
# package that is no longer required does not linger.
.venv/.packages: requirements/bootstrap.txt requirements/dev.txt
	@rm -rf .venv
	@for python in $(PYTHON); do \
		if "$$python" -c '$(USABLE)' >/dev/null 2>&1; then \
			echo "Making .venv with $$("$$python" --version)"; \
			exec "$$python" -m venv .venv; \
		fi; \
	done; \
	echo "No usable Python found (tried: $(PYTHON))." >&2; \
	echo "Install Python 3.11 or newer with its venv module (Debian, Ubuntu: apt-get install" \
		"python3-venv; macOS: brew install python), or name one: make setup PYTHON=/path/to/python3" >&2; \
	exit 1
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		--requirement requirements/bootstrap.txt
	@echo "Installing the pinned packages into .venv"
	@$(PY) -m uv pip install --python $(PY) --compile-bytecode --require-hashes \
			--requirement requirements/dev.txt || { \
		echo "uv could not; trying again with pip, which reads your pip configuration" >&2; \
		$(PY) -m pip install --disable-pip-version-check --require-hashes \
			--requirement requirements/dev.txt; }
	@echo "$(CURDIR)" > .venv/.made-in
	@touch $@

.venv/.project: .venv/.packages pyproject.toml
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-index --no-deps \
		--no-build-isolation --editable .
	@touch $@

.PHONY: requirements
requirements: .venv/.packages ## Compile requirements/*.txt from pyproject.toml (UPGRADE=--upgrade for new versions)
	$(UV_COMPILE) pyproject.toml --output-file requirements/runtime.txt
	$(UV_COMPILE) pyproject.toml --group dev --constraints requirements/runtime.txt \
		--output-file requirements/dev.txt
	$(UV_COMPILE) --group bootstrap --constraints requirements/dev.txt \
		--output-file requirements/bootstrap.txt
	$(UV_COMPILE) --group node --output-file requirements/node.txt

# ------------------------------------------------------------------------------- the GraphiQL page

GRAPHIQL = web/graphiql
# What the page is built from. The examples in it are the operations of packages/types.
GRAPHIQL_SOURCES = $(wildcard $(GRAPHIQL)/*.json $(GRAPHIQL)/*.ts $(GRAPHIQL)/index.html \
	$(GRAPHIQL)/src/* packages/types/operations/*.graphql)

.PHONY: graphiql
graphiql: $(GRAPHIQL)/dist/.built ## Build the page at /graphiql (does nothing when it is current)
	@:

$(GRAPHIQL)/dist/.built: $(GRAPHIQL_SOURCES) | setup
	@echo "Building GraphiQL"
	@$(PY) -m codegen npm --in $(GRAPHIQL) run --silent build
	@touch $@

# ------------------------------------------------------------------------------------- the service

.PHONY: serve
serve: setup ## Run the service with its own PostgreSQL; Ctrl-C stops both, data stays in .data/
	@$(MAKE) --no-print-directory graphiql || \
		echo "GraphiQL could not be built: the service runs without it" >&2
	@$(LOYALTY) serve

.PHONY: token
token: setup ## Print an access token (ROLE=admin|member SUBJECT=id)
	@$(LOYALTY) token --role "$(ROLE)" --subject "$(SUBJECT)"

.PHONY: seed
seed: setup ## Create the baseline tiers
	@$(LOYALTY) seed

.PHONY: demo
demo: setup ## Fill the database with 100 members to play with
	@$(LOYALTY) seed --demo 100

# -------------------------------------------------------------------------------------- the checks

.PHONY: test
test: setup graphiql ## Run the tests (ARGS="-k tiers" to choose)
	@$(PY) -m pytest -n 2 -m "not stress" $(ARGS)

.PHONY: stress
stress: setup ## Try everything that docs/trust.md promises, with its figures (half an hour or more)
	@$(PY) -m pytest -m "stress or promised" $(ARGS)

# The name of this target before.
.PHONY: torture
torture: stress

.PHONY: mutants
mutants: setup ## Make a hundred faults in a copy, one by one, and show which tests notice (ARGS="name" for one)
	@$(PY) -m tests.mutants $(ARGS)

.PHONY: check
check: check-format check-lint check-types check-imports check-codegen check-graphiql ## Everything CI runs except the tests

.PHONY: check-format
check-format: setup
	@$(PY) -m ruff format --check .

.PHONY: check-lint
check-lint: setup
	@$(PY) -m ruff check .

.PHONY: check-types
check-types: setup
	@$(PY) -m mypy

.PHONY: check-imports
check-imports: setup
	@.venv/bin/lint-imports --no-logo

.PHONY: check-codegen
check-codegen: setup
	@$(PY) -m codegen --check --need-typescript
	@$(PY) -m codegen breaking
	@$(PY) -m codegen npm run --silent check

.PHONY: check-graphiql
check-graphiql: setup
	@$(PY) -m codegen npm --in $(GRAPHIQL) run --silent check

.PHONY: bench
bench: setup ## Measure the service beside its peers, in about 10 minutes (ARGS="--help" for less)
	@$(PY) -m benchmarks $(ARGS)

.PHONY: codegen
codegen: setup ## Write codegen/schema.graphql and the TypeScript of packages/types from the code
	@$(PY) -m codegen

.PHONY: format
format: setup ## Format the code and fix what the linter can fix
	@$(PY) -m ruff check --fix-only .
	@$(PY) -m ruff format .

.PHONY: clean
clean: ## Remove .venv and all caches; data in .data/ stays
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist \
		$(GRAPHIQL)/dist
	@find . -name .git -prune -o -name .data -prune -o -name node_modules -prune \
		-o -name __pycache__ -type d -prune -exec rm -rf {} +
