#!/usr/bin/env bash
# ./dev answers for itself: help of each command, and what cannot be is refused before anything is installed or built. A
# copy of it runs with a dpkg-query and a cmake that only note that they were called.
# usage: dev_test.sh REPOSITORY FOLDER
set -euo pipefail
repository=$1 folder=$2
rm -rf "$folder"
mkdir -p "$folder/bin" "$folder/build/release"
cp "$repository/dev" "$folder/dev"
: >"$folder/CMakePresets.json"
: >"$folder/build/release/build.ninja"
output=$folder/output
listener=

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  cat "$output" >&2
  exit 1
}
trap '[[ -z $listener ]] || kill "$listener"' EXIT

cat >"$folder/bin/dpkg-query" <<'STUB'
#!/bin/sh
for word; do
  case $word in -*) ;; *) echo "installed $word" ;; esac
done
STUB
cat >"$folder/bin/cmake" <<'STUB'
#!/bin/sh
: >built
if [ "$LISTEN_WHILE_BUILDING" ]; then
  : >listen
  until [ -e listening ]; do sleep 0.02; done
fi
STUB
chmod +x "$folder/bin/"*

# A listener on a free port of its own, as soon as the file "listen" is there.
cat >"$folder/listener.py" <<'STUB'
import os, socket, time
server = socket.socket()
server.bind(("127.0.0.1", 0))
with open("port.new", "w") as file:
    file.write(str(server.getsockname()[1]))
os.rename("port.new", "port")
while not os.path.exists("listen"):
    time.sleep(0.02)
server.listen()
open("listening", "w").close()
time.sleep(600)
STUB

start_listener() {
  rm -f "$folder"/{port,listen,listening}
  (cd "$folder" && exec python3 listener.py) &
  listener=$!
  until [[ -e $folder/port ]]; do sleep 0.02; done
  taken=$(<"$folder/port")
}
stop_listener() {
  kill "$listener"
  wait "$listener" || true
  listener=
}

# Port 1 is nobody's here: only root could listen there.
dev() { (cd "$folder" && rm -f built && PATH=$folder/bin:$PATH ./dev "$@" >"$output" 2>&1); }
refuses() {  # TEXT ARGUMENT…
  local text=$1
  shift
  if dev "$@"; then fail "./dev $* ended with 0"; fi
  grep -qF -- "$text" "$output" || fail "./dev $* does not say: $text"
  [[ ! -e $folder/built ]] || fail "./dev $* built before it refused"
}

for command in run test build lint asan tsan fuzz soak package bench new-connector fresh; do
  for option in --help -h; do
    dev "$command" "$option" || fail "./dev $command $option failed"
    grep -q "^usage: ./dev $command" "$output" || fail "./dev $command $option shows no usage of it"
    [[ ! -e $folder/built ]] || fail "./dev $command $option built"
  done
done
dev help run || fail "./dev help run failed"
grep -q -- --once "$output" || fail "./dev help run does not know --once"

refuses "there is no command rnu" rnu
refuses "run has no option --onec; see ./dev run --help" run --onec
refuses "run has no option --once" run video.mp4 --once
refuses "test takes no arguments, but got: unit" test unit
refuses "build has no option --fast" build --fast
refuses "there is no fuzz target nothing" fuzz nothing
refuses "soak takes a number of minutes, but got: long" soak long
refuses "soak runs on embedded or on kafka, or is of cameras, but got: sqlite" soak 1 sqlite
refuses "package takes no arguments, but got: --sign" package --sign
refuses "fresh deb takes --suite SUITE, but got: --siute trixie" fresh deb --siute trixie
refuses "there is no file $folder/none.mp4" run none.mp4
refuses "$folder is no regular file" run "$folder"
STREAM_PORT=70000 refuses "STREAM_PORT: must be a port number from 1 to 65535, but is 70000" run
STREAM_PORT=8083 FRAMESPOOL_LISTENERS=http://127.0.0.1:8083 refuses "is the port of FRAMESPOOL_LISTENERS" run
FRAMESPOOL_LISTENERS=nowhere refuses "run needs http://HOST:PORT, but found nowhere" run

start_listener
: >"$folder/listen"
until [[ -e $folder/listening ]]; do sleep 0.02; done
FRAMESPOOL_LISTENERS=http://127.0.0.1:$taken STREAM_PORT=1 refuses "port $taken is taken" run
FRAMESPOOL_LISTENERS=http://127.0.0.1:1 STREAM_PORT=$taken refuses "port $taken, the stream's, is taken" run
stop_listener

# Somebody took it during the build.
start_listener
if LISTEN_WHILE_BUILDING=1 FRAMESPOOL_LISTENERS=http://127.0.0.1:1 STREAM_PORT=$taken dev run; then fail "a port was taken"; fi
[[ -e $folder/built ]] || fail "./dev run did not build"
grep -q "port $taken, the stream's, is taken" "$output" || fail "./dev run does not look again behind the build"
stop_listener
printf 'PASSED\n'
