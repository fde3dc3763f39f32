#!/usr/bin/env bash
# start-kafka.sh DIR: a single Kafka node on free ports of 127.0.0.1 with its data and its log in DIR; the same ports and
# data when DIR has been used before. KAFKA_DOORS="PORT:ADVERTISED …" adds listeners, each of which sends its clients to
# another port, where a proxy is. Fetches Kafka from Maven Central the first time (KAFKA_LIBS, default
# build/kafka/libs). Prints one line:
#   READY plain=127.0.0.1:P sasl=127.0.0.1:S tls=127.0.0.1:T pid=N
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=${1:?usage: start-kafka.sh DIR}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
libs=${KAFKA_LIBS:-$(cd "$here/../.." && pwd)/build/kafka/libs}
heap=${KAFKA_HEAP:-256m}
doors=${KAFKA_DOORS:-}

fetch() {
  mkdir -p "$libs"
  exec 9>"$libs/.lock"
  flock 9
  if ! cmp -s "$here/pom.xml" "$libs/.pom.xml"; then
    command -v mvn >/dev/null || { echo "start-kafka.sh: no mvn; apt-get install maven default-jdk-headless" >&2; exit 1; }
    rm -f "$libs"/*.jar
    mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$libs" -DincludeScope=runtime >&2
    cp "$here/pom.xml" "$libs/.pom.xml"
  fi
  exec 9>&-
}

# Below the ports that the kernel gives to whoever connects: they must still be free when the node is started again. Other
# tests have ranges of their own, and two nodes that start together differ in the number of their process.
free_ports() {
  python3 -c '
import os, random, socket
group = os.getpid()
while True:
    ports = [22000 + 4 * (group % 2500) + i for i in range(4)]
    try:
        for server in [socket.create_server(("127.0.0.1", port)) for port in ports]:
            server.close()
        break
    except OSError:
        group = random.randrange(2500)
for name, port in zip(("PLAIN", "SASL", "TLS", "CONTROLLER"), ports):
    print(f"{name}_PORT={port}")'
}

fetch
options=("-Dlog4j2.configurationFile=file:$here/log4j2.yaml" -cp "$libs/*")
[[ -f $dir/ports ]] || free_ports >"$dir/ports"
# shellcheck source=/dev/null
source "$dir/ports"
ready() { echo "READY plain=127.0.0.1:$PLAIN_PORT sasl=127.0.0.1:$SASL_PORT tls=127.0.0.1:$TLS_PORT pid=$1"; }
if [[ -s $dir/pid ]] && grep -qa kafka.Kafka "/proc/$(<"$dir/pid")/cmdline" 2>/dev/null; then
  ready "$(<"$dir/pid")"
  exit 0
fi
if [[ ! -f $dir/tls.pem ]]; then
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$dir/tls.key" -out "$dir/tls.crt" 2>/dev/null
  cat "$dir/tls.key" "$dir/tls.crt" >"$dir/tls.pem"
fi
sed "s|@DATA@|$dir|g; s|@PLAIN_PORT@|$PLAIN_PORT|g; s|@SASL_PORT@|$SASL_PORT|g; s|@TLS_PORT@|$TLS_PORT|g; \
  s|@CONTROLLER_PORT@|$CONTROLLER_PORT|g" "$here/server.properties" >"$dir/server.properties"
number=0
for door in $doors; do
  number=$((number + 1))
  sed -i "s|^listeners=.*|&,DOOR$number://127.0.0.1:${door%:*}|; \
    s|^advertised.listeners=.*|&,DOOR$number://127.0.0.1:${door#*:}|; \
    s|^listener.security.protocol.map=.*|&,DOOR$number:PLAINTEXT|" "$dir/server.properties"
done
if [[ ! -f $dir/logs/meta.properties ]]; then
  java -Xmx128m -XX:TieredStopAtLevel=1 "${options[@]}" -Dkafka.loglevel=WARN kafka.tools.StorageTool format \
    -t MkU3OEVBNTcwNTJENDM2Qk -c "$dir/server.properties" >"$dir/format.log" 2>&1 || { cat "$dir/format.log" >&2; exit 1; }
fi

# The node outlives this script and must keep none of its descriptors open, such as a lock of the caller.
for descriptor in /proc/"$BASHPID"/fd/*; do
  number=${descriptor##*/}
  if ((number > 2)); then eval "exec $number>&-" 2>/dev/null || true; fi
done
# It must exist before it is searched.
: >"$dir/kafka.log"
setsid java "-Xms$heap" "-Xmx$heap" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:MaxDirectMemorySize=256m "${options[@]}" \
  kafka.Kafka "$dir/server.properties" >"$dir/kafka.log" 2>&1 </dev/null &
pid=$!
echo "$pid" >"$dir/pid"
for ((i = 0; i < 6000; i++)); do
  if ! kill -0 "$pid" 2>/dev/null; then
    { echo "start-kafka.sh: Kafka ended; the end of $dir/kafka.log:"; tail -n 30 "$dir/kafka.log"; } >&2
    exit 1
  fi
  if grep -q 'Kafka Server started' "$dir/kafka.log"; then
    ready "$pid"
    exit 0
  fi
  sleep 0.05
done
echo "start-kafka.sh: not started within 300 s, see $dir/kafka.log" >&2
kill -KILL "$pid"
exit 1
