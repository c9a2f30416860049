# What can be done here: `make` lists it. Only Python >= 3.11 and make are needed; the rest goes into .venv.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
INSTALL := .venv/bin/python tools/install.py
OURS := --editable ./sandbox --editable
TOGETHER := --numprocesses logical --maxprocesses 4 --dist worksteal
# One process more than there are CPUs: many of the tests mostly wait.
WAITING_TOGETHER = --numprocesses $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))') --dist worksteal
PROTOCOL_TESTS := tests/payme_rpc tests/click_http tests/merchant_api tests/test_races.py \
	tests/sandbox/test_payme.py tests/sandbox/test_click.py \
	tests/last_release/test_later_rows.py tests/last_release/test_later_webhooks.py
NEEDS := setup.cfg pyproject.toml constraints.txt sandbox/pyproject.toml requirements/serve.txt requirements/dev.txt

.DEFAULT_GOAL := help
.PHONY: help run test coverage faults faults-long mutants mutation simulation-long nightly test-batches-of-one \
	test-protocols test-last-release test-wheels test-receivers lint check \
	translations lock advisories bench bench-compare bench-smoke bench-scale bench-overload bench-peers bench-outbound clean
.DELETE_ON_ERROR:

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/installed ## Start a gateway with generated keys and three open orders (PORT=9000 and the like are passed on)
	@exec .venv/bin/tiyin demo

test: .venv/installed-dev ## Run the tests (faults and wheels have targets of their own) on a PostgreSQL that they start themselves
	@exec .venv/bin/pytest $(WAITING_TOGETHER) --ignore tests/faults

coverage: .venv/installed-dev ## The same tests, with a table of what of the code they reach; fails under a floor (setup.cfg)
	@exec .venv/bin/pytest $(TOGETHER) --ignore tests/faults --cov --cov-report=term

faults: .venv/installed-dev ## Crashes, lost commits, trouble with the database, races, hostile input
	@exec .venv/bin/pytest $(TOGETHER) tests/faults

faults-long: .venv/installed-dev ## A thousand lost commits, workers killed at every point, hostile bytes for minutes, half an hour beside strangers, with a seed of its own (TIYIN_SEED=… replays one)
	@TIYIN_CUTS=1000 TIYIN_ROUNDS=40 TIYIN_SEED=$${TIYIN_SEED:-$$(date +%s)} exec .venv/bin/pytest $(TOGETHER) \
		tests/faults/test_lost_commits.py tests/faults/hostile/test_resources.py
	@TIYIN_EVERY_POINT=1 TIYIN_STREAMS=1500 exec .venv/bin/pytest $(TOGETHER) tests/faults/outbound
	@TIYIN_SOAK_SECONDS=1800 exec .venv/bin/pytest tests/faults/hostile/test_soak.py

test-batches-of-one: .venv/installed-dev ## The payment path's tests again, each command in a transaction of its own, each call a request
	@TIYIN_TEST_BATCH=1 TIYIN_TEST_REQUESTS=1 exec .venv/bin/pytest $(TOGETHER) $(PROTOCOL_TESTS)

test-protocols: .venv/installed-dev ## The same tests, on another schema (TIYIN_TEST_SCHEMA) and beside a later release's rows (TIYIN_TEST_ROWS)
	@exec .venv/bin/pytest $(WAITING_TOGETHER) $(PROTOCOL_TESTS)

test-last-release: .venv/installed-dev ## The last release's own test-protocols, on the newest schema and beside rows of all its words
	@exec .venv/bin/python -m tests.last_release.run

test-wheels: .venv/installed-dev ## Install both projects' wheels away from the checkout: serve, pay, run the suites there
	@exec .venv/bin/pytest -m wheels tests/wheels tests/sandbox/test_installed_alone.py

test-receivers: .venv/installed-dev ## Run each example that receives webhooks (aiohttp, Django, FastAPI, Node, PHP): an order is activated once
	@exec .venv/bin/pytest -m receivers tests/examples

mutants: .venv/installed-dev ## Make known bugs one after another and see that the tests catch each (half an hour)
	@exec .venv/bin/python -m tests.mutants.run

simulation-long: .venv/installed-dev ## A hundred thousand random histories around the bare core instead of ten thousand
	@TIYIN_HISTORIES=100000 exec .venv/bin/pytest $(TOGETHER) tests/core/domain/test_simulation.py

mutation: .venv/installed-mutation ## Change every function of core/domain by rule and see that its pure tests notice (two minutes)
	@exec .venv/bin/python -m tests.mutants.mutation

nightly: ## What takes longer than CI may: coverage, simulation-long, faults-long, mutation and mutants (an hour); all of them, whichever fails
	@$(MAKE) --no-print-directory --keep-going coverage simulation-long faults-long mutation mutants

lint: .venv/installed-dev ## Check style, formatting, types and layers
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

translations: .venv/installed-dev ## Write new messages of code and templates into the catalogues (gateway/*/locale), to be translated there
	@exec .venv/bin/python -m tests.gateway.web.catalogues

lock: .venv/bin/pip ## Write the hashes of what constraints.txt names into requirements/ (asks the package index)
	@.venv/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	@exec .venv/bin/python tools/lock.py

advisories: .venv/installed-dev ## Ask an advisory database about the libraries; says so where it cannot be asked
	@exec .venv/bin/python tools/advisories.py

check: lint test ## Both: what has to be green before a commit

bench: .venv/installed-bench ## Measure the speed beside what this machine could do at best (5 minutes; nothing else should run; BEFORE=/path/to/the/last/release's/tiyin: beside that as well; ALL_ON=1: what all that is beside payments takes, too)
	@.venv/bin/python -m bench.run $(if $(BEFORE),--before '$(BEFORE)')
	@$(if $(ALL_ON),exec .venv/bin/python -m bench.features)

bench-smoke: .venv/installed ## The same, bench-overload and bench-outbound, for a moment each: fails on wrong answers, never on time
	@exec .venv/bin/python -m bench.smoke

bench-compare: .venv/installed-bench ## Measure this gateway and another's beside each other (OTHER=/path/to/its/tiyin)
	@exec .venv/bin/python -m bench.compare '$(OTHER)'

bench-scale: .venv/installed-bench ## The same on top of ten thousand, one and five million old payments; long statements
	@exec .venv/bin/python -m bench.scale

bench-overload: .venv/installed-bench ## Three times as many payments as can be served, five times for half a minute (with a C compiler: by a lean client)
	@exec .venv/bin/python -m bench.overload

bench-outbound: .venv/installed-bench ## How fast events are sent to shops, how soon they arrive, what payments pay for it
	@exec .venv/bin/python -m bench.outbound

bench-peers: .venv/installed-bench ## The same load on other packages, installed for the moment
	@exec .venv/bin/python -m bench.peers

clean: ## Remove the virtual environment and the caches; keys and data stay
	rm -rf .venv .venv-peers .venv-receivers .venv313 build dist *.egg-info sandbox/build sandbox/dist sandbox/src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*

.venv/installed: $(NEEDS) | .venv/bin/pip
	@echo "Installing tiyin with a PostgreSQL and the sandbox into .venv (once; about a minute) ..."
	@$(INSTALL) --locked requirements/serve.txt $(OURS) .
	@touch $@

.venv/installed-dev: $(NEEDS) | .venv/bin/pip
	@echo "Installing tiyin with what the tests need into .venv (once; about a minute) ..."
	@$(INSTALL) --locked requirements/dev.txt $(OURS) .
	@touch $@ .venv/installed

.venv/installed-mutation: $(NEEDS) | .venv/bin/pip
	@echo "Installing tiyin with what the mutation run needs into .venv (once; about a minute) ..."
	@$(INSTALL) --constraint constraints.txt $(OURS) '.[dev,mutation]'
	@touch $@ .venv/installed-dev .venv/installed

.venv/installed-bench: $(NEEDS) | .venv/bin/pip
	@echo "Installing tiyin with what the measurements need into .venv (once; about a minute) ..."
	@$(INSTALL) --constraint constraints.txt $(OURS) '.[bench,embedded,sandbox]'
	@touch $@ .venv/installed

.venv/bin/pip:
	@echo "Making a virtual environment in .venv ..."
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed; none was found. Name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@'$(PYTHON)' -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "'$(PYTHON)' comes without venv: install it (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@'$(PYTHON)' -m venv --clear .venv
