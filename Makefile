# make run, make test: each installs what it needs into .venv first, and only once.

VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
# The linter and formatter of JavaScript and CSS
BIOME = @command -v npx >/dev/null || { \
	echo "JavaScript and CSS are checked by Biome, which needs Node.js: sudo apt install nodejs npm"; exit 1; }; \
	npx --yes @biomejs/biome@2.6.8 check inkling biome.json

.PHONY: run test coverage lint format screenshots clean

run: $(VENV)/.run
	$(BIN)/streamlit run app.py

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal

coverage: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal --ignore tests/browser --cov --cov-report term:skip-covered

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIOME)

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIOME) --write

screenshots: $(VENV)/.dev
	$(BIN)/python -m docs.screenshots

clean:
	rm -rf $(VENV)

$(VENV)/.run: requirements.txt $(VENV)/.venv
	$(call install,requirements.txt)
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements-cluster.txt requirements.txt $(VENV)/.venv
	$(call install,requirements-dev.txt)
	@touch $@ $(VENV)/.run

ifdef UV
install = $(UV) pip install --quiet --python $(BIN)/python -r $(1)

$(VENV)/.venv:
	$(UV) venv --quiet --clear --python '>=3.11' $(VENV)
	@touch $@
else
install = $(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1)

$(VENV)/.venv:
	@test -n "$(PYTHON)" || { \
		echo "Inkling needs Python 3.11 or newer, and none was found on the PATH."; \
		echo "Install it from python.org or your package manager, or name it: make run PYTHON=/path/to/python3"; \
		exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "This Python has no venv module. On Debian or Ubuntu: sudo apt install python3-venv"; \
		echo "Or install uv (https://docs.astral.sh/uv), and run make again."; \
		exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@
endif
