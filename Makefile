.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := .venv/bin

help: ## show these verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: ## set up and serve on embedded defaults, with demo accounts
	@scripts/setup.sh
	@$(BIN)/learnflow serve --demo

demo: ## play a student's session in the terminal
	@scripts/setup.sh
	@$(BIN)/learnflow demo

test: ## set up and pass every test
	@scripts/setup.sh dev,eval
	@$(BIN)/python -m pytest -n 2 $(ARGS)

check: ## types, lint and format
	@scripts/setup.sh dev,eval
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .

gate: ## hold the fast suites against their rules, as the tests do
	@scripts/setup.sh dev,eval
	@$(BIN)/learnflow evals gate evals/suites/gate.toml $(ARGS)

bench: ## measure, as ratios in one run (not part of the tests)
	@scripts/setup.sh dev,eval
	@$(BIN)/python -m bench $(ARGS)

doctor: ## check every dependency and say how to mend it
	@scripts/setup.sh
	@$(BIN)/learnflow doctor

clean: ## remove the environment and all data of this checkout
	rm -rf .venv .learnflow build *.egg-info

.PHONY: help run demo test check gate bench doctor clean
