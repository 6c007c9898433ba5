#!/bin/sh
# mediasoup's worker as a user without any rights: what the world sends is parsed here. Its pipes to the node are open already.
exec setpriv --reuid=nearcade --regid=nearcade --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all -- \
  /opt/nearcade/current/node_modules/mediasoup/worker/out/Release/mediasoup-worker "$@"
