# `make quickstart`, `make test`, `make docs`, `make notebooks`, and `make check` while working. Each makes the environment it needs
# in .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin

# What `make check` runs, in less than 3 minutes: of the contract, one model that is trained, saved,
# exported and called.
CHECK := tests/core tests/layers tests/engine/test_gan.py tests/engine/test_players.py \
	tests/models/test_contract.py tests/models/test_networks.py tests/test_losses.py \
	tests/test_repository.py tests/test_structure.py
CHECK_MODEL := DCGAN

.PHONY: quickstart test check lint docs notebooks clean

quickstart: $(VENV)/.installed
	$(BIN)/keras-gan quickstart

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto --dist loadfile $(CHECK) -k "not (test_contract or test_networks) or $(CHECK_MODEL)"

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

notebooks: $(VENV)/.installed-test
	$(BIN)/python notebooks/build.py

docs: $(VENV)/.installed-docs
	$(BIN)/python -m pages
	$(BIN)/python -m pages.build

clean:
	rm -rf $(VENV) build dist site *.egg-info

$(VENV)/.installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

$(VENV)/.installed-docs: setup.cfg pyproject.toml
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	touch $@
