# syntax=docker/dockerfile:1
# Hone's command line, server and worker, for one platform: no compiler, no tests, no binaries of other platforms.
#   docker build -t hone .          OBJECT_STORES=true adds what s3://, gs:// and azblob:// need
ARG NODE_IMAGE=node:24-bookworm-slim

# What both installs read: these layers are made anew only when the lock file changes.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY tools/node-runtime/package.json tools/node-runtime/package.json

FROM manifests AS dependencies
ARG OBJECT_STORES=false
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev
# Apart, since npm leaves an optional peer of the package itself out.
RUN --mount=type=cache,target=/root/.npm if [ "$OBJECT_STORES" = true ]; then \
      npm install --prefix /tmp/stores --no-package-lock --ignore-scripts \
        "opendal@$(node -p "require('./package.json').peerDependencies.opendal")" \
      && cp -r /tmp/stores/node_modules/. node_modules/; fi
COPY tools/docker/keep-own-binaries.ts tools/docker/keep-own-binaries.ts
RUN node tools/docker/keep-own-binaries.ts node_modules

FROM manifests AS build
RUN --mount=type=cache,target=/root/.npm npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY tools/build.ts tools/run-command.ts tools/
COPY src src
RUN node tools/build.ts

FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production HONE_DATA=/data
WORKDIR /app
RUN groupadd --gid 10001 hone \
 && useradd --uid 10001 --gid hone --no-create-home --home-dir /data --shell /usr/sbin/nologin hone \
 && install --directory --owner=hone --group=hone --mode=0750 /data /artifacts /models \
 && ln -s /app/bin/hone.js /usr/local/bin/hone
COPY package.json LICENSE ./
COPY bin bin
COPY tools/docker/healthcheck.ts healthcheck.ts
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# What is to outlast a container needs a volume at /data. There is no VOLUME here: an anonymous one would outlive a worker's
# container and hand its locks to the next.
USER 10001:10001
WORKDIR /data
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 CMD ["node", "/app/healthcheck.ts"]
ENTRYPOINT ["hone"]
CMD ["server", "--host", "0.0.0.0", "--models", "/models"]
