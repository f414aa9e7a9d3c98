# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

PYTHON ?= python3
export AIRFLOW DATABASE ENVIRONMENT TARGET KEEP

SHELL := /bin/bash
.DEFAULT_GOAL := help

venv := .venv
run := $(venv)/bin/python tools

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The environment. The demo needs a subset of what developers need, so both share one folder.

$(venv)/demo: requirements/demo.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo >&2 "Python 3.11 or later is needed, but $(PYTHON) is $$($(PYTHON) -V 2>&1 | tail -n 1). Name another: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Installing Ansible and uv into $(venv) (about 15 seconds) ..."
	@$(PYTHON) -m venv $(venv)
	@$(venv)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/demo.txt
	@touch $@

$(venv)/dev: requirements/dev.txt $(venv)/demo
	@echo "Installing the developers' tools into $(venv) ..."
	@$(venv)/bin/uv pip sync -q --python $(venv)/bin/python --require-hashes requirements/dev.txt
	@touch $@

# Airflow to try out

airflow := -e sandbox_dir=$(CURDIR)/build/airflow
playbook = $(run)/tree.py && ANSIBLE_COLLECTIONS_PATH=$(CURDIR)/build ANSIBLE_LOCALHOST_WARNING=false \
  ANSIBLE_INVENTORY_UNPARSED_WARNING=false \
  PATH=$(CURDIR)/$(venv)/bin:$$PATH ansible-playbook $(airflow)

.PHONY: demo
demo: $(venv)/demo ## Start Airflow and show plan, apply and drift on it
	@$(playbook) dataops.airflow.demo -e sandbox_name=demo -e '{"demo_stop": "make demo-stop"}'

.PHONY: demo-stop
demo-stop: $(venv)/demo ## Stop the Airflow of "make demo"
	@$(playbook) dataops.airflow.sandbox -e sandbox_name=demo -e sandbox_state=absent

.PHONY: sandbox
sandbox: $(venv)/demo ## Start an Airflow to try things out: make sandbox AIRFLOW=2.11.2
	@$(playbook) dataops.airflow.sandbox $(if $(AIRFLOW),-e sandbox_airflow_version=$(AIRFLOW))

.PHONY: sandbox-stop
sandbox-stop: $(venv)/demo ## Stop it: make sandbox-stop AIRFLOW=2.11.2
	@$(playbook) dataops.airflow.sandbox $(if $(AIRFLOW),-e sandbox_airflow_version=$(AIRFLOW)) -e sandbox_state=absent

# Tests

.PHONY: test
test: $(venv)/dev ## All tests except the slow ones, also on real Airflows
	@$(run)/everything.py

.PHONY: test-all
test-all: $(venv)/dev ## All tests, as a release needs them
	@$(run)/everything.py --all

.PHONY: lint
lint: $(venv)/dev ## Style, types, documentation, generated files
	@$(run)/lint.py

.PHONY: test-unit
test-unit: $(venv)/dev ## Unit tests; options for pytest: ARGS='-k pool'
	@$(run)/unit.py $(ARGS)

.PHONY: test-sanity
test-sanity: $(venv)/dev ## ansible-test sanity; options for it: ARGS='--test pep8'
	@$(run)/sanity.py $(ARGS)

.PHONY: test-live
test-live: $(venv)/dev ## pytest on real Airflows: AIRFLOW=3.3.2 KEEP=1 ARGS='-k pool'
	@$(run)/live.py $(ARGS)

.PHONY: test-integration
test-integration: $(venv)/dev ## Each module on real Airflows: AIRFLOW=3.3.2 TARGET=airflow_pool KEEP=1
	@$(run)/integration.py $(ARGS)

.PHONY: test-equality
test-equality: $(venv)/dev ## The same with modules inside and outside the Ansible process, with results compared
	@$(run)/equality.py $(ARGS)

.PHONY: test-matrix
test-matrix: $(venv)/dev ## Each module on every Airflow that is claimed, hours; one: AIRFLOW=2.6.3, ENVIRONMENT=simple
	@$(run)/matrix.py $(ARGS)

.PHONY: test-faults
test-faults: $(venv)/dev ## Faults x requests x modules on real Airflows; the page: ARGS=--write, one module: ARGS='--only pool'
	@$(run)/faults.py $(ARGS)

.PHONY: bench
bench: $(venv)/dev ## Compare the speed of this collection with others: AIRFLOW=2.11.2 ARGS='--sizes 100'
	@$(run)/bench.py $(ARGS)

.PHONY: test-stop
test-stop: $(venv)/dev ## Stop the Airflows that KEEP=1 left running
	@$(run)/servers.py

.PHONY: package
package: $(venv)/dev ## Build the collection and install it as users do
	@$(run)/package.py

.PHONY: coverage-api
coverage-api: $(venv)/dev ## Which module calls which API operation, as the last "make test-integration" sent them
	@$(run)/api_coverage.py

# Generated files

.PHONY: generate
generate: $(venv)/dev ## Write the modules and their documentation from the declarations
	@$(run)/generate.py

.PHONY: api-history
api-history: $(venv)/dev ## Add a version to tests/api/history: make api-history ARGS='3.4.0 fab-3.11.0'
	@$(run)/api_history.py $(ARGS)

.PHONY: operations
operations: $(venv)/dev ## List the operations of the APIs, from the Airflows that KEEP=1 left running
	@$(run)/api_operations.py

.PHONY: generate-check
generate-check: $(venv)/dev ## Fail if "make generate" would change a file
	@$(run)/generate.py --check

.PHONY: format
format: $(venv)/dev ## Format Python files
	@$(venv)/bin/ruff check --quiet --fix-only . && $(venv)/bin/ruff format --quiet .

.PHONY: lock
lock: $(venv)/demo ## Write requirements/*.txt and Airflow's locks; newer versions: ARGS=--upgrade
	@for file in requirements/*.in; do \
	  echo "$${file%.in}.txt"; \
	  case $$file in */core-2.22.in) python=3.13;; */core-*) python=3.12;; *) python=3.11;; esac; \
	  $(venv)/bin/uv pip compile -q --universal --python-version $$python --generate-hashes --no-header --no-annotate \
	    $(ARGS) $$file -o $${file%.in}.txt || exit; \
	done
	@$(run)/lock_airflow.py --uv $(venv)/bin/uv

.PHONY: clean
clean: ## Stop every Airflow of this clone and remove what make built
	@for home in $(wildcard build/airflow/sandboxes/*); do \
	  $(playbook) dataops.airflow.sandbox -e sandbox_name=$${home##*/} -e sandbox_state=absent || exit; \
	done
	@[ ! -e build/airflow/postgresql -a ! -e build/airflow/mariadb ] || $(run)/databases.py
	@rm -rf build $(venv)
