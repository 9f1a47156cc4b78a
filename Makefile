# Short names for what npm scripts and the command line do; nothing is done here that they do not do.
.DEFAULT_GOAL := help
.PHONY: help setup install test lint toy-data toy-train quickstart check clean

HONE := npm run --silent hone --

help: ## say what each target does
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup: install ## install, then look over this machine
	$(HONE) doctor

install: ## install what package-lock.json says
	npm ci

test: ## all checks and all tests
	npm test

lint: ## format and lint only
	npm run lint

toy-data: ## write toy preference data to runs/toy-data
	$(HONE) data toy --output runs/toy-data

toy-train: toy-data ## train a small model on the toy data
	$(HONE) train examples/toy-sft.yaml

quickstart: ## from nothing to a tuned model in about a minute
	npm run quickstart

check: ## format, lint, types, layers, README's file list, file sizes
	npm run check

clean: ## remove what builds and tests wrote; runs stay
	npm run clean
