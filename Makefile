# Everything a newcomer needs: `make help`.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PEERS := .venv-bench
AUDIT := .venv-audit
BIN := $(VENV)/bin
ARGS ?=
KILLS ?= 100
# Two run what needs a broker and mostly waits for it, the third meanwhile all the rest.
PROCESSES ?= 3
REPORTS ?= 100000
STOPS ?= 5
TIMES ?= 3
SEED ?= 1
MINUTES ?= 60
EXAMPLES ?= 500
RECONNECTS ?= 200
READERS ?= 1000
CONSOLES ?= 50

.DEFAULT_GOAL := help
.PHONY: help demo install test fuzz history chaos chaos-worker soak chaos-notifier chaos-gateway observe reconnects readers consoles bench lint format lock audit schemas card dashboards screenshots manifests docs docs-serve clean

help:  ## show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: $(VENV)/.run  ## replay the Kyrgyz-Tajik border case and watch the alerts (ARGS="--exit" ends by itself)
	@$(BIN)/forewarn demo $(ARGS)

install: $(VENV)/.dev  ## create .venv with everything for development

test: $(VENV)/.dev  ## run the tests in three processes (ARGS="-k name" to choose)
	@$(BIN)/pytest -n $(PROCESSES) --no-loadscope-reorder $(ARGS)

fuzz: $(VENV)/.dev  ## ask the gateway thousands of things that it does not expect (EXAMPLES=n an operation)
	FOREWARN_TEST_EXAMPLES=$(EXAMPLES) $(BIN)/pytest tests/gateway/test_openapi.py $(ARGS)

history: $(VENV)/.dev  ## tell three decades of the world's borders, take half of them back and tell them again
	FOREWARN_TEST_EVERY=1 $(BIN)/pytest -s tests/contract/test_world_history.py $(ARGS)

chaos: $(VENV)/.dev  ## put the whole service to every fault (TIMES=n SEED=n ARGS="--only zombie"): nothing lost, nothing twice
	@$(BIN)/python -m tests.fault --times $(TIMES) --seed $(SEED) $(ARGS)

soak: $(VENV)/.dev  ## let the service work under load with kills at random (MINUTES=n): memory and lag must not grow
	@$(BIN)/python -m tests.fault.soak --minutes $(MINUTES) $(ARGS)

chaos-worker: $(VENV)/.dev  ## kill workers in mid-batch and at each write (KILLS=n): nothing may be lost
	FOREWARN_TEST_KILLS=$(KILLS) $(BIN)/pytest tests/integration/test_batches.py tests/agents/test_crashes.py -k "killed or crash" $(ARGS)

chaos-notifier: $(VENV)/.dev  ## kill notifiers at random moments (KILLS=n): nothing may be missing or told twice
	FOREWARN_TEST_KILLS=$(KILLS) $(BIN)/pytest tests/notifier/test_kills.py -rP $(ARGS)

chaos-gateway: $(VENV)/.dev  ## publish 100,000 reports, kill the client, stop the broker (REPORTS=n STOPS=n): each accepted one is there once
	FOREWARN_TEST_REPORTS=$(REPORTS) FOREWARN_TEST_STOPS=$(STOPS) $(BIN)/pytest -s tests/integration/test_gateway_publish.py $(ARGS)

observe: $(VENV)/.dev  ## stop a worker for two minutes: exactly the rules that should fire do, through Alertmanager
	FOREWARN_TEST_FASTER=1 $(BIN)/pytest -s tests/integration/test_observing.py $(ARGS)

lint: $(VENV)/.dev  ## ruff, mypy --strict and the layer contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev  ## let ruff arrange the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schemas: $(VENV)/.dev  ## write the JSON Schemas, and the pages and tables of docs that follow from the code, again
	$(BIN)/python -m schemas.export
	$(BIN)/python -m services.settings_page
	$(BIN)/python -m services.ladder_page
	$(BIN)/python -m services.alerts_page
	$(BIN)/python -m services.import_page
	$(BIN)/python -m services.metrics_page
	$(BIN)/python -m services.rights_page
	$(BIN)/python -m services.api_page
	$(BIN)/python -m services.topics_page

dashboards: $(VENV)/.dev  ## write the dashboards of Grafana again after deploy/grafana/dashboards.py changed
	$(BIN)/python -m deploy.grafana.dashboards

screenshots: $(VENV)/.dev  ## make the pictures of the console in docs/images again, with Chromium (ARGS="now daily" to choose)
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

manifests: $(VENV)/.dev  ## write deploy/kubernetes/generated again after topics, rules or what runs changed
	@$(BIN)/python -m deploy.kubernetes.generate

docs: $(VENV)/.dev  ## build the documentation as a site, in site/: a dead link is an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

docs-serve: $(VENV)/.dev  ## look at the documentation while it is written, on http://127.0.0.1:8000
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

card: $(VENV)/.dev  ## write the model card again after models/escalation/metrics.json changed
	$(BIN)/python -m models.escalation.card

reconnects: $(VENV)/.dev  ## follow the alerts with a reader that comes back again and again (RECONNECTS=n)
	FOREWARN_TEST_RECONNECTS=$(RECONNECTS) $(BIN)/pytest -s tests/integration/test_following.py $(ARGS)

readers: $(VENV)/.dev  ## follow the alerts with many readers at once (READERS=n): memory and delay
	FOREWARN_TEST_READERS=$(READERS) FOREWARN_TEST_READERS_ALERTS=200 $(BIN)/pytest -s tests/integration/test_readers.py $(ARGS)

consoles: $(VENV)/.dev  ## look at the console from many places at once (CONSOLES=n), at the whole world: memory and delay
	FOREWARN_TEST_CONSOLES=$(CONSOLES) FOREWARN_TEST_CONSOLES_ALERTS=10 $(BIN)/pytest -s tests/browser/test_load.py $(ARGS)

bench: $(VENV)/.dev $(PEERS)/.done  ## measure against other stream libraries on one Kafka (ARGS="--help" tells more)
	@$(BIN)/python -m tests.bench --peers $(PEERS)/bin/python $(ARGS)

lock: $(VENV)/.dev  ## pin the requirements again after pyproject.toml changed
	$(BIN)/pip install --quiet 'uv>=0.9'
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	  --custom-compile-command 'make lock' --extra install -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	  --custom-compile-command 'make lock' --extra install --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	grep -oE '^orjson==[0-9.]+' requirements.lock | \
	  $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	  --custom-compile-command 'make lock' --group bench -c - -o requirements-bench.lock

# An advisory that cannot be asked for is a failure: without --strict each would be passed over.
audit: $(AUDIT)/.done  ## ask PyPI's advisories about every pinned requirement (needs pypi.org)
	@for lock in requirements.lock requirements-dev.lock requirements-bench.lock; do \
	  echo "$$lock:"; $(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes -r $$lock || exit 1; done

clean:  ## remove the environment and all local data
	rm -rf $(VENV) $(PEERS) $(AUDIT) .forewarn site .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# The environment is made in two sizes from pinned, hash-checked requirements; the benchmark's peers
# have another, since they cannot share Forewarn's.
$(VENV)/.run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Forewarn needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Point PYTHON at one: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned requirements into $(VENV) (the first time takes a minute or two) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "Installing what the tests and checks need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(PEERS)/.done: requirements-bench.lock | $(VENV)/.run
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@echo "Installing what the benchmark compares with into $(PEERS) ..."
	@$(PEERS)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

$(AUDIT)/.done:
	@$(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/pip install --quiet --disable-pip-version-check 'pip-audit>=2.10'
	@touch $@
