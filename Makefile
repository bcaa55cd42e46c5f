# Doudi: every task of the project. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help setup run test check audit fuzz journey axe i18n i18n-check feel-tck bench bench-faq dmn-validate soak serve load soak-web rehearse rehearse-units lock clean

help: ## list the tasks
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

setup: $(VENV)/.ready ## create .venv with the locked dependencies

$(VENV)/.ready: requirements.lock $(wildcard translations/*/LC_MESSAGES/messages.po)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Doudi needs Python 3.11 or newer as '$(PYTHON)'. On Debian: apt-get install python3"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock \
	  || { command -v cc >/dev/null || echo "A package had to be compiled and there is no C compiler. On Debian: apt-get install build-essential python3-dev"; exit 1; }
	@$(BIN)/pybabel -q compile -d translations
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: setup ## start portal, relay and sandbox case system at http://127.0.0.1:8000 (PORT=… for another)
	@PORT=$(PORT) $(BIN)/python -m portal

test: $(VENV)/.ready-dev ## run every test; fetches Chromium and PostgreSQL from Debian where it may
	@bash tests/run.sh

check: $(VENV)/.ready-dev ## lint, types, import walls, rule tables, texts, weaknesses of libraries
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m estimator check
	@$(BIN)/python -m faq check
	@$(BIN)/python -m tests.support.dependency_audit

audit: $(VENV)/.ready-dev ## ask for known weaknesses of the locked libraries (DOUDI_AUDIT=strict fails without network), renew the SBOM
	@$(BIN)/python -m tests.support.dependency_audit

fuzz: $(VENV)/.ready-dev ## 20,000 made-up calls of the published interfaces (CASES=… for another number), every page under odd fields
	@set -o pipefail; DOUDI_FUZZ_ROUNDS=12 DOUDI_FUZZ_CASES=$(or $(CASES),21000) $(BIN)/python -m pytest -q -n 0 -s tests/property/test_fuzz_api.py tests/property/test_fuzz_pages.py 2>/dev/null | grep -oE 'fuzz .*|.*(passed|failed).*'

journey: $(VENV)/.ready-dev ## walk the whole journey in headless Chromium (SHOTS=folder keeps screenshots)
	@$(BIN)/python -m pytest -q tests/browser -m browser $(if $(SHOTS),--shots $(SHOTS))

axe: $(VENV)/.ready-dev ## look at every page in every state and width with axe; prints pages, states, violations
	@$(BIN)/python -m pytest -q tests/browser/test_accessibility_matrix.py --every-state

i18n: $(VENV)/.ready-dev ## collect the strings of code, pages and tables; make 繁體 anew; list what is untranslated
	@PYTHONPATH=. $(BIN)/pybabel -q extract -F translations/babel.cfg -k _l -k lazy_gettext --project Doudi --version 1 --no-location --sort-output -o translations/messages.pot .
	@for locale in en ko; do $(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -i translations/messages.pot -d translations -l $$locale; done
	@$(BIN)/python -m translations.traditional
	@$(BIN)/python -m translations.check | tail -40

i18n-check: $(VENV)/.ready-dev ## fail on a missing, fuzzy, unused or broken string and on terms that contradict the glossary
	@$(BIN)/python -m translations.check

feel-tck: $(VENV)/.ready-dev ## run a case file of the DMN compatibility kit: make feel-tck CASES=path
	@test -n "$(CASES)" || { echo "Say which cases: make feel-tck CASES=path/to/cases.json"; exit 2; }
	@$(BIN)/python -m tests.support.feel_tck "$(CASES)"

bench: $(VENV)/.ready-dev ## measure the estimator beside OpenFisca and zen-engine (own environment in .venv-bench)
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/benchmarks/requirements.txt
	@.venv-bench/bin/python -m tests.benchmarks.estimator_bench

dmn-validate: $(VENV)/.ready ## validate the exported tables: make dmn-validate SCHEMA=folder with DMN15.xsd
	@test -n "$(SCHEMA)" || { echo "Say where DMN15.xsd is: make dmn-validate SCHEMA=folder"; exit 2; }
	@command -v xmllint >/dev/null || { echo "xmllint is missing. On Debian: apt-get install libxml2-utils"; exit 1; }
	@set -e; out=$$(mktemp -d); trap 'rm -rf "$$out"' EXIT; $(BIN)/python -m estimator export --dmn $$out; xmllint --noout --schema $(SCHEMA)/DMN15.xsd $$out/*.dmn

bench-faq: $(VENV)/.ready-dev ## measure the question bot: make bench-faq QUESTIONS=path
	@test -n "$(QUESTIONS)" || { echo "Say which questions: make bench-faq QUESTIONS=path/to/questions.jsonl"; exit 2; }
	@$(BIN)/python -m tests.benchmarks.faq_bench "$(QUESTIONS)"

soak: $(VENV)/.ready-dev ## hours of kills, outages and duplicates; writes tests/fault/REPORT.md
	@DOUDI_SOAK_EXAMPLES=5000 $(BIN)/python -m pytest -q -m soak tests
	@$(BIN)/python -m tests.fault.soak --report tests/fault/REPORT.md

serve: setup ## serve as an installation does: gunicorn with its set-up; settings from the environment (.env.example)
	@$(BIN)/flask --app portal.wsgi database upgrade
	@exec $(BIN)/gunicorn --config portal/operations/gunicorn.conf.py portal.wsgi:app

load: $(VENV)/.ready-dev ## measure under load (needs wrk): make load SCENE=mixed|ratio|burst|all SECONDS_=15 SCALE=1
	@$(BIN)/python -m tests.benchmarks.load $(or $(SCENE),all) --seconds $(or $(SECONDS_),15) --scale $(or $(SCALE),1)

soak-web: $(VENV)/.ready-dev ## watch memory and errors under a steady crowd: make soak-web MINUTES=30 (needs wrk)
	@$(BIN)/python -m tests.benchmarks.load soak --database $(or $(DATABASE),postgresql) --seconds $$(( $(or $(MINUTES),30) * 60 ))

rehearse: $(VENV)/.ready-dev ## several machines on one: restarts, a migration, lost parts (needs nginx, redis-server, PostgreSQL)
	@$(BIN)/python -m tests.fault.several_machines

rehearse-units: $(VENV)/.ready-dev ## the systemd units under a systemd of their own (needs root, systemd, PostgreSQL)
	@$(BIN)/python -m tests.fault.under_systemd

lock: ## renew the lock files from pyproject.toml (needs uv)
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --upgrade --extra dev pyproject.toml -o requirements-dev.lock
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header -c requirements-dev.lock pyproject.toml -o requirements.lock

clean: ## remove what setup and tests made (never the instance folder with its data)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
