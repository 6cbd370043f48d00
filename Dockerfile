# One image for every service; docker-compose.yml says which of them a container runs.
FROM node:24-bookworm

RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends haproxy python3 python3-pip \
  && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/holdfast
ENV CI=true HOLDFAST_TOOLS=/opt/holdfast/tools

COPY . .
# Packages, build, and the programs that nodes of the `local` provider run.
RUN ./holdfast install --yes

CMD ["node_modules/node/bin/node", "services/api/dist/main.js"]
