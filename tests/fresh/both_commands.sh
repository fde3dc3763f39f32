#!/usr/bin/env bash
# Runs in the clean root, from the clone's folder: ./dev run until frames have been seen, then Ctrl-C; the same again,
# timed; then ./dev test.
set -euo pipefail

log=/tmp/dev-run.log
run_pid=

fail() {
  printf 'fresh: %s\n' "$*" >&2
  exit 1
}

milliseconds() { printf '%s' "$((${EPOCHREALTIME/[.,]/} / 1000))"; }

# start_and_watch SECONDS: ./dev run prints the stream's URL within that time, and the stream shows frames.
start_and_watch() {
  local began frames url='' end=$((SECONDS + $1))
  began=$(milliseconds)
  : >"$log"
  ./dev run > >(tee "$log") 2>&1 </dev/null &
  run_pid=$!
  until [[ $url ]]; do
    kill -0 "$run_pid" 2>/dev/null || fail "./dev run ended before it printed the stream's URL"
    ((SECONDS < end)) || fail "./dev run printed no URL within $1 s"
    sleep 0.05
    url=$(sed -n 's/.* plays at *\(http:[^ ]*\).*/\1/p' "$log")
  done
  printf 'fresh: ./dev run gave %s after %s ms\n' "$url" "$(($(milliseconds) - began))"
  frames=$(curl --silent --max-time 3 "$url" | grep --text --count '^Content-Type: image/jpeg' || true)
  printf 'fresh: the stream showed %s frames in 3 s\n' "$frames"
  ((frames >= 30)) || fail "too few frames: wanted 30 or more in 3 s"
}

interrupt() {
  local code=0 left
  kill -INT "$run_pid"
  wait "$run_pid" || code=$?
  ((code == 0)) || fail "./dev run ended with exit code $code after Ctrl-C, wanted 0"
  left=$(cat /proc/[0-9]*/comm 2>/dev/null | grep --count '^framespool' || true)
  ((left == 0)) || fail "$left processes of framespool stayed behind after Ctrl-C"
}

start_and_watch 1800
interrupt
start_and_watch 60
interrupt
./dev test
printf 'fresh: both commands work on a clean Debian %s\n' "$(</etc/debian_version)"
