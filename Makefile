# The project's commands. `make run` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install install-dev run test check format lock translations

install: $(VENV)/.installed

$(VENV)/bin/python:
	@deploy/check-python "$(PYTHON)"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

install-dev: $(VENV)/.installed-dev

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

run: install
	$(BIN)/passerelle serve --demo --bind 127.0.0.1:8000

test: install-dev
	@deploy/ensure-chromium
	$(BIN)/python -m pytest -n auto --dist loadfile

check: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

format: install-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: install-dev
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile -q --extra build --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links -o requirements.txt pyproject.toml
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile -q --extra build --extra dev --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links -c requirements.txt -o requirements-dev.txt pyproject.toml

translations: install-dev
	@mkdir -p var
	$(BIN)/pybabel -q extract -F lti_tool/web/babel.cfg -k lazy_gettext -k lazy_ngettext:1,2 --no-location --sort-output -o var/messages.pot .
	$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete -i var/messages.pot -d lti_tool/web/translations
	$(BIN)/pybabel -q compile -d lti_tool/web/translations
