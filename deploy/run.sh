#!/bin/sh
# Runs one process of the image: a service by its name, an operator's command as operator/<command>.
set -eu
case "${1:---help}" in
  connection | projections | event-store) entry="services/$1/src/main.js" ;;
  operator/migrate | operator/token | operator/rebuild | operator/unpark | operator/verify-log | operator/log-copy)
    entry="services/operator/src/${1#operator/}.js" ;;
  *)
    echo "usage: patchbay-run connection | projections | event-store | operator/<command> [options]" >&2
    [ "${1:---help}" = --help ] && exit 0 || exit 64
    ;;
esac
shift
# No core files: a dump of the process would hold secrets.
ulimit -c 0
exec node "/patchbay/dist/$entry" "$@"
