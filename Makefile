# Two commands matter: `make demo` and `make test`. Each sets up what it needs in .venv, once.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --constraint constraints.txt
READY := $(VENV)/.created
DEMO := $(VENV)/.installed-demo
DEV := $(VENV)/.installed-dev
DOCS := $(VENV)/.installed-docs
PINS := pyproject.toml constraints.txt

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test check format statistical fuzz bench peers results contest unseen wheel docs clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "The first call installs into $(VENV) (a few minutes); later calls install nothing."
	@echo "Another interpreter: make test PYTHON=python3.12"
	@echo "PyTorch without CUDA, a much smaller download on Linux:"
	@echo "  PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu make test"

demo: $(DEMO) ## estimate a few pairs of the bundled table; pictures in demo.html
	$(VENV)/bin/infonats demo --html demo.html

# One process and one thread: a second process spends more on starting than it saves.
test: export OMP_NUM_THREADS := 1
test: $(DEV) ## lint, format, types, tests
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m pyright
	$(PY) -m pytest

# pip-audit is asked too where it is installed: it needs the address of a vulnerability database.
check: test ## the tests, then an audit of the dependencies
	$(PY) -m pip check
	@if $(PY) -c 'import pip_audit' 2>/dev/null; then \
	  $(PY) -m pip_audit --strict --no-deps --disable-pip --requirement constraints.txt; \
	else echo "Not looked up: known vulnerabilities. For that: $(PY) -m pip install pip-audit, then make check again."; fi

format: $(DEV) ## let ruff mend what it can
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

statistical: export OMP_NUM_THREADS := 1
statistical: $(DEV) ## the long checks of bias and coverage
	$(PY) -m pytest -m statistical

# As many new inputs for each target as FUZZ says; what fails is printed as a line that builds it again.
FUZZ := 300
fuzz: export OMP_NUM_THREADS := 1
fuzz: export INFONATS_FUZZ = $(FUZZ)
fuzz: $(DEV) ## throw odd inputs and damaged files at everything; FUZZ=N of them for each target
	$(PY) -m pytest -m fuzz tests/properties -o addopts="--import-mode=importlib"

bench: $(DEV) ## measure the accuracy that the documentation states
	$(PY) benchmarks/accuracy.py

peers: $(DEV) ## install the packages that benchmarks/knn.py compares with, each by itself
	$(PY) benchmarks/peers/install.py

# Every cell is kept in results.db: stopped at any moment, the same command goes on. Five hours on two quiet cores.
CLOSED := ksg,ksg_copula,mixed_ksg,rounded_ksg,lnc,wkl,gaussian,gaussian_copula,t_copula,histogram
CRITICS := dv,mine,nwj,tuba,alpha_tuba,flo,infonce,infonce_decoupled,infonce_anchor,js,smile,jsd_lb,fdime_kl,fdime_gan,fdime_hd,nce
TRAINED := $(CRITICS),ba,doe,gm,club,vclub_s,l1out,vub,pq,doe+mine,pq+mine
GRID = $(VENV)/bin/infonats bench run --suite beyond-normal --workers 2
results: $(DEV) ## measure every method on the 40 tasks of Beyond Normal
	$(GRID) --methods $(CLOSED),kde --n 1000 --seeds 5
	$(GRID) --methods $(TRAINED) --n 1000 --seeds 1
	$(GRID) --methods $(CLOSED),$(TRAINED) --n 10000 --seeds 1
	$(VENV)/bin/infonats bench export results.db docs/results/beyond-normal.parquet
	$(VENV)/bin/infonats bench report results.db --html docs/results/beyond-normal.html
	$(PY) benchmarks/leaderboard.py --write

# Half an hour on two quiet cores; killed at any moment, it goes on.
contest: $(DEV) ## measure auto on the same tasks, with seeds that its making did not see
	$(VENV)/bin/infonats bench run --suite beyond-normal --methods auto --n 1000 --seeds 3 --first-seed 310 --store auto.db --workers 2
	$(VENV)/bin/infonats bench run --suite beyond-normal --methods auto --n 10000 --seeds 3 --first-seed 802 --store auto.db --workers 2
	$(VENV)/bin/infonats bench export auto.db docs/results/auto.parquet
	$(VENV)/bin/infonats bench report auto.db --html docs/results/auto.html

unseen: $(DEV) ## measure auto and three closed forms on families that none was tuned on
	$(VENV)/bin/infonats bench run --suite unseen --methods ksg,ksg_copula,t_copula,auto --n 1000 --seeds 3 --first-seed 500 --store unseen.db --workers 2
	$(VENV)/bin/infonats bench run --suite unseen --methods ksg,ksg_copula,t_copula,auto --n 10000 --seeds 1 --first-seed 500 --store unseen.db --workers 2
	$(VENV)/bin/infonats bench export unseen.db docs/results/unseen.parquet
	$(VENV)/bin/infonats bench report unseen.db --html docs/results/unseen.html

# The wheel is made from the source archive, so that whoever has only that can make it too.
wheel: $(DEV) ## build the source archive and the wheel into dist
	$(PY) -m build --no-isolation --outdir dist

docs: $(DOCS) ## build the documentation site into build/docs; any warning or broken link is an error
	$(PY) -m sphinx --builder html --fail-on-warning --keep-going docs build/docs
	$(PY) docs/check_links.py build/docs

clean: ## remove the environment and everything generated
	rm -rf $(VENV) build dist docs/generated demo.html demo.json .pytest_cache .ruff_cache .hypothesis
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "infonats needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo not there): install one and name it, as in 'make $(MAKECMDGOALS) PYTHON=python3.12'." >&2; exit 1; }
	@$(PYTHON) -c 'import venv' 2>/dev/null || \
	  { echo "$(PYTHON) has no venv module: install it (on Debian and Ubuntu: apt install python3-venv) and call make again." >&2; exit 1; }
	@# Debian splits ensurepip off; the pip that is there can then fill the environment itself.
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null && $(PYTHON) -m venv $(VENV) || \
	  { $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(VENV) install pip; } || \
	  { echo "$(PYTHON) cannot put pip into $(VENV): install python3-venv and python3-pip, then call make again." >&2; exit 1; }
	@touch $@

$(DEMO): $(PINS) | $(READY)
	$(PIP) --editable .
	@touch $@

# The development install contains the other, so it leaves both stamps.
$(DEV): $(PINS) | $(READY)
	$(PIP) --editable '.[dev]'
	@touch $(DEMO) $@

$(DOCS): $(PINS) | $(READY)
	$(PIP) --editable '.[docs]'
	@touch $(DEMO) $@
