# Ferry: a bot that runs for months. Configuration, keys and state come from outside; see README.md, "As a service".
FROM node:24-bookworm-slim AS packages
WORKDIR /opt/ferry
COPY package.json package-lock.json ./
COPY packages ./packages
# Without scripts: no native addon is needed. Without optional packages: the base brings node. Without what is never run.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
    && npm cache clean --force \
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' \) -delete

FROM node:24-bookworm-slim
# git for the inventory, ssh for a repository over SSH, tini to pass on signals and to end what git leaves behind.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git openssh-client tini \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o node -g node -m 700 /var/lib/ferry
WORKDIR /opt/ferry
COPY --from=packages /opt/ferry/node_modules ./node_modules
COPY package.json estate.example.yaml ./
COPY packages ./packages
COPY commands ./commands
COPY jobs ./jobs
COPY src ./src
ENV NODE_ENV=production \
    FERRY_STATE=/var/lib/ferry \
    FERRY_ESTATE=/etc/ferry/estate.yaml
USER node
VOLUME ["/var/lib/ferry"]
# "start" touches the file while it is alive and its store answers.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["sh", "-c", "test -n \"$(find \"$FERRY_STATE/alive\" -mmin -1)\""]
ENTRYPOINT ["tini", "--", "node", "--", "/opt/ferry/src/main.ts"]
CMD ["start"]
