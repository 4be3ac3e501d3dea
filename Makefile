# make demo    build the example workspace into a site and say where it is
# make test    every test but those of the checks below
# make coverage   what `make test` ran of the code, lines and branches, and whether that is enough
# make search   the property tests with more and other examples, and kills at every step; takes long
# make lint    ruff and mypy
# make wheel-check   sdist -> wheel -> clean environments
# make html-check    every built page is valid HTML; needs Java and npm
# make firefox-check   every built page in a real Firefox
# make notebook-check   runs in kernels and in JupyterLab, with an environment of its own
# make libraries-check   scripts that log from other libraries, with an environment of its own
# make front-check   the scripts of the theme: lint, types and unit tests; needs npm
# make bench   the measurements, as tables
# make bench-build   builds beside the limits of the machine and other generators, which are downloaded
# make bench-loggers   the same of the logger beside its peers, which are downloaded
# make clean   remove what these commands made

PYTHON ?= python3
# Processes that run the tests; `auto` is one a core and one more.
JOBS ?= auto
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
NPM := $(VENV)/npm/node_modules/.bin
SITE := site-example/site
WHOLE := logger/runpages/log.py,logger/runpages/_writer.py,logger/runpages/format/write.py
CODE := logger generator themes tests bench tools

# $(call install,PYTHON,WHAT) installs with uv, in a tenth of the time of pip. Where uv fails, as it does where only the
# settings of pip name an index, pip installs; for dependency groups it must be newer than the one of a new environment.
PIP := -m pip --disable-pip-version-check install --quiet
UV := $(VENV)/bin/uv
comma := ,
define install
@{ [ -x $(UV) ] || $(PY) $(PIP) 'uv>=0.8'; } && $(UV) pip install --quiet --reinstall-package runpages --python $(1) $(2) \
  || { echo "uv cannot install here, pip does." >&2; $(1) $(PIP) --upgrade 'pip>=25.1' && $(1) $(PIP) $(2); }
endef

# Every process that a test starts would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test coverage search programs browser front-check lint wheel-check html-check firefox-check notebook-check libraries-check bench bench-build bench-loggers
.PHONY: clean python
# A recipe that fails must not leave a stamp behind.
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

demo: $(VENV)/.installed
	@$(VENV)/bin/runpages build site-example/runs -o $(SITE)
	@printf '\nOpen this file in a browser:\n  %s\n' "$$PWD/$(SITE)/index.html"

# What a build or a test that was killed had measured may be half a file; it is left out with a warning.
test: $(VENV)/.dev browser programs
	rm -rf .coverage
	$(PY) -m coverage run -m pytest -n $(JOBS) --dist worksteal $(ARGS)
	$(PY) -m coverage combine --quiet

search: $(VENV)/.dev
	$(PY) -m pytest -n $(JOBS) -m '(hypothesis or steps) and not notebook and not libraries' --hypothesis-profile=search --timeout=3000 $(ARGS)

# The modules through which every logged point goes are covered whole.
coverage: $(VENV)/.dev
	$(PY) -m coverage report
	$(PY) -m coverage report --include=$(WHOLE) --fail-under=100

# Servers and other programs of the system that tests run; a test that lacks one says how to install it.
programs:
	@bash -c '. .ci/common.sh && install_system_packages r hosts' || echo "Some tests will lack a program." >&2
	@bash -c '. .ci/common.sh && install_system_packages chromium' || echo "The tests drive the usual Chromium." >&2

browser: $(VENV)/.dev
	@$(PY) tools/browser.py

wheel-check: $(VENV)/.dev
	$(PY) -m pytest -m wheel tests/test_wheel.py $(ARGS)

html-check: $(VENV)/.dev $(VENV)/npm/.installed
	$(PY) -m pytest -m validity tests/browser/test_html.py $(ARGS)

firefox-check: $(VENV)/.dev
	$(PY) -m pytest -m firefox tests/browser $(ARGS)

front-check: $(VENV)/npm/.installed
	cd themes && ../$(NPM)/eslint runpages_themes
	$(NPM)/tsc --project themes
	node --test tests/front/*.test.js

notebook-check: $(VENV)/notebook/.installed browser
	$(VENV)/notebook/bin/python -m pytest -m notebook tests/notebook $(ARGS)

libraries-check: $(VENV)/libraries/.installed
	$(VENV)/libraries/bin/python -m pytest -m libraries tests/libraries tests/docs $(ARGS)

lint: $(VENV)/.dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy $(CODE)

bench: $(VENV)/.installed
	$(PY) bench/log_call.py
	$(PY) bench/build_site.py --rows small

bench-build: $(VENV)/.installed
	$(PY) bench/build_site.py $(ARGS)

bench-loggers: $(VENV)/.dev
	$(PY) bench/loggers.py $(ARGS)

clean:
	rm -rf $(SITE) .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
	if [ -f $(VENV)/.installed ]; then rm -rf $(VENV); fi

# The environment. Installing again is needed only where pyproject.toml changed, or where the folder was moved or
# copied together with its environment, which remembers the old place.
ifneq ($(shell cat $(VENV)/.installed 2>/dev/null),$(CURDIR))
.PHONY: $(VENV)/.installed
endif

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/pip
	$(call install,$(PY),--editable .)
	@pwd > $@

$(VENV)/.dev: pyproject.toml $(VENV)/.installed
	$(call install,$(PY),--group dev)
	@touch $@

# What comes from npm, as the lock file has it. Scripts of packages stay unrun: vnu-jar's would download a Java.
$(VENV)/npm/.installed: themes/package.json themes/package-lock.json | $(VENV)/bin/pip
	@command -v npm > /dev/null || { echo "This check needs npm. On Debian: apt-get install npm." >&2; exit 1; }
	mkdir -p $(@D)
	cp $^ $(@D)
	npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund
	@touch $@

# Jupyter has an environment of its own: what it needs is much, and the logger must do without.
$(VENV)/notebook/.installed: pyproject.toml | $(VENV)/bin/pip
	$(PYTHON) -m venv $(@D)
	$(call install,$(@D)/bin/python,--editable '.[notebook$(comma)system]' --group notebook)
	@touch $@

# So do the libraries of users' scripts.
$(VENV)/libraries/.installed: pyproject.toml | $(VENV)/bin/pip
	$(PYTHON) -m venv $(@D)
	$(call install,$(@D)/bin/python,--editable . --group libraries)
	@touch $@

$(VENV)/bin/pip: | python
	$(PYTHON) -m venv $(VENV)

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
	  echo "runpages needs Python 3.11 or newer; $(PYTHON) is $$({ $(PYTHON) --version || echo missing; } 2> /dev/null)." >&2; \
	  echo "Name another one: make $(or $(firstword $(MAKECMDGOALS)),demo) PYTHON=python3.12" >&2; exit 1; }
