#!/usr/bin/env bash
# stop-kafka.sh DIR [--kill]: stops the node that start-kafka.sh started in DIR; with --kill as a power cut would.
set -euo pipefail
dir=${1:?usage: stop-kafka.sh DIR [--kill]}
[[ -s $dir/pid ]] || exit 0
pid=$(<"$dir/pid")
rm -f "$dir/pid"
# The pid may be another's by now.
grep -qa kafka.Kafka "/proc/$pid/cmdline" 2>/dev/null || exit 0
if [[ ${2-} != --kill ]]; then
  kill -TERM "$pid"
  for ((i = 0; i < 1200; i++)); do
    kill -0 "$pid" 2>/dev/null || exit 0
    sleep 0.05
  done
fi
kill -KILL "$pid" 2>/dev/null || true
while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
