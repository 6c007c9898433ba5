# The whole platform in one container: Debian 12, what the node's image script puts on it, and the build. compose.yaml says how it is run.
FROM debian:12

WORKDIR /opt/nearcade/current
COPY . .

# Node and npm, held against the hashes in media-node/image/toolchain.txt.
RUN media-node/image/install.sh --parts node

# npm packages, Debian packages, mediasoup's worker, the media helper, the games, the web app: as `npm start` on any machine.
RUN npm run setup

# Postgres, Redis, saves, secrets and logs; the builds beside them are made again when they are not of this tree.
VOLUME /opt/nearcade/current/.nearcade

# Not by npm, which passes signals on to a shell.
CMD ["node", "local/bootstrap.mjs", "start"]
