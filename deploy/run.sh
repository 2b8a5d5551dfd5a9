#!/bin/sh
# Runs one process of the image: a service by its name, an operator's command as operator/<command>.
set -eu
case "${1:---help}" in
  connection | projections | event-store) entry="services/$1/src/main.js" ;;
  operator/migrate | operator/token | operator/rebuild | operator/unpark | operator/verify-log | operator/log-copy | operator/log-user | operator/rotate-keys)
    entry="services/operator/src/${1#operator/}.js" ;;
  *)
    echo "usage: patchbay-run connection | projections | event-store | operator/<command> [options]" >&2
    [ "${1:---help}" = --help ] && exit 0 || exit 64
    ;;
esac
shift
# Node keeps what is dead for as long as there is memory: the event store would take four times what it needs.
[ "$entry" = services/event-store/src/main.js ] && export NODE_OPTIONS="--max-semi-space-size=4 --max-old-space-size=128"
# No core files: a dump of the process would hold secrets.
ulimit -c 0
exec node "/patchbay/dist/$entry" "$@"
