# Short names for what npm scripts and the command line do; nothing is done here that they do not do.
.DEFAULT_GOAL := help
.PHONY: help setup install test lint toy-data toy-train toy-trigger quickstart check clean \
  server api worker docker-build docker-key docker-run docker-clean validate-workflow

HONE := npm run --silent hone --
# Handed on to the command behind a target: make server ARGS='--port 5001'
ARGS ?=
# A directory of base models, where there is one
MODELS ?= models
MODELS_OPTION = $(if $(wildcard $(MODELS)),--models $(MODELS))
IMAGE ?= hone
OWNER ?= local
SCOPES ?= train,infer
DOCKER_DATA := -v $(IMAGE)-data:/data
CONFINED := --init --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges

help: ## say what each target does
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 20

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
	$(HONE) train examples/toy-sft.yaml $(ARGS)

toy-trigger: ## the DPO service's call on toy data: server, training, answer, cleanup
	npm run --silent toy-trigger

server: ## serve on http://127.0.0.1:5000, with the models of MODELS (models)
	$(HONE) server $(MODELS_OPTION) $(ARGS)

api: ## the same as the DPO service that its callers know, on port 8000
	$(HONE) server --dpo --port 8000 $(MODELS_OPTION) $(ARGS)

worker: ## take jobs from the queue of the same data directory
	$(HONE) worker $(MODELS_OPTION) $(ARGS)

docker-build: ## build the image (IMAGE=hone)
	docker build --tag $(IMAGE) $(ARGS) .

docker-key: ## make an API key, which the image's server needs: OWNER=you SCOPES=train,infer
	docker run --rm $(CONFINED) $(DOCKER_DATA) $(IMAGE) keys create --owner $(OWNER) --scopes $(SCOPES)

docker-run: ## run the image's server on http://127.0.0.1:5000; first docker-key
	docker run --rm $(CONFINED) $(DOCKER_DATA) -v "$(abspath $(MODELS))":/models:ro -p 127.0.0.1:5000:5000 $(IMAGE) $(ARGS)

docker-clean: ## remove the image and the containers of compose.yaml; volumes stay
	docker compose down --remove-orphans
	docker image rm --force $(IMAGE)

quickstart: ## from nothing to a tuned model in about a minute
	npm run quickstart

validate-workflow: ## run all targets that need neither network nor Docker, and check the others
	$(MAKE) --no-print-directory help toy-data toy-trigger
	$(MAKE) --no-print-directory toy-train ARGS="max_steps=5 output=$$(mktemp -d)/toy-sft tracking=null"
	$(HONE) doctor
	npm test -- test/makefile.test.ts test/docker.test.ts test/examples.test.ts

check: ## format, lint, types, layers, README's file list, file sizes
	npm run check

clean: ## remove what builds and tests wrote; runs stay
	npm run clean
