# ./otakey bench: the figures of docs/benchmarks.md, each beside this machine's limit. Sourced by otakey.
# --full also enrolls a million devices and looks at 18,000 idle connections.
full=false
[ "${1:-}" = --full ] && full=true
need_maven
build
say "compiling benchmarks ..."
maven -q -pl protocol,gateway -Dmdep.analyze.skip=true -Dmdep.includeScope=test \
  -Dmdep.outputFile=target/test-classpath test-compile dependency:build-classpath >/dev/null

data=$(mktemp -d "${TMPDIR:-/tmp}/otakey-bench.XXXXXX")
gateway=
stop_gateway() {
  if [ -n "$gateway" ] && kill -0 "$gateway" 2>/dev/null; then
    kill "$gateway" && wait "$gateway" 2>/dev/null || true
  fi
  gateway=
}
trap 'stop_gateway; rm -rf "$data"' EXIT

# start_gateway JAVA_HOME: a node on free ports, with product 'bench' and its bundle.
start_gateway() {
  rm -rf "$data/node" && mkdir -p "$data/node"
  (
    export OTAKEY_JAVA_HOME=$1 OTAKEY_DATA=$data/node OTAKEY_DATABASE_PROGRAMS=$data/programs
    export OTAKEY_LIMITS_MAXCONNECTIONS=19000
    for listener in MQTT MQTTS HTTP HTTPS ADMIN; do
      export "OTAKEY_${listener}_HOST=127.0.0.1" "OTAKEY_${listener}_PORT=0"
    done
    exec "$root/otakey" gateway
  ) >"$data/gateway.log" 2>&1 &
  gateway=$!
  for _ in $(seq 300); do
    [ -f "$data/node/endpoints.json" ] && break
    kill -0 "$gateway" 2>/dev/null || { cat "$data/gateway.log" >&2; exit 1; }
    sleep 0.2
  done
  export OTAKEY_URL=http://127.0.0.1:$(port admin) OTAKEY_TOKEN_FILE=$data/node/admin-token
  "$root/otakey" admin product create bench --name bench --allow-list=false >/dev/null
  "$root/otakey" admin product key add bench >/dev/null
  "$root/otakey" admin product bundle bench --output "$data/bundle.json" >/dev/null 2>&1
}
port() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$data/node/endpoints.json"; }

# CPU seconds, user and system, of the gateway; and of its PostgreSQL, children that ended included.
gateway_cpu() { cpu_of "$gateway"; }
postgres_cpu() {
  local first sum=0 pid
  first=$(head -1 "$data/node/database/cluster/postmaster.pid")
  for pid in $first $(pgrep -P "$first"); do
    sum=$(echo "$sum $(cpu_of "$pid")" | awk '{ print $1 + $2 }')
  done
  echo "$sum"
}
cpu_of() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk -v hz="$(getconf CLK_TCK)" '{ print ($12 + $13) / hz }'; }

# enroll PREFIX DEVICES OPTIONS...: runs a load, prints microseconds of CPU per enrollment.
enroll() {
  local prefix=$1 devices=$2 before after pg_before pg_after
  shift 2
  before=$(gateway_cpu) pg_before=$(postgres_cpu)
  "$root/otakey" loadgen enroll --bundle "$data/bundle.json" --mqtt "127.0.0.1:$(port mqtt)" \
    --http "127.0.0.1:$(port http)" --transport mqtt --id-prefix "$prefix" --devices "$devices" \
    --quiet --no-proof --json "$data/result.json" "$@" >&2
  after=$(gateway_cpu) pg_after=$(postgres_cpu)
  echo "$before $after $pg_before $pg_after $devices" |
    awk '{ printf "%.1f %.1f\n", ($2 - $1) * 1e6 / $5, ($4 - $3) * 1e6 / $5 }'
}
rate_of() { sed -n 's/.*"perSecond" *: *\([0-9]*\).*/\1/p' "$data/result.json" | head -1; }
ratio() { echo "$1 $2" | awk '{ printf "%.2f", $1 / $2 }'; }

echo "machine: $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1 /proc/loadavg), commit $(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo none), $(date -u +%F)"
echo
for home in $(jdks | awk '$1 == 17 || $1 >= 25 { print $2 }'); do
  version=$(java_version "$home/bin/java")
  say "JDK $version ..."
  bare=$(OTAKEY_JAVA_HOME=$home "$root/otakey" loadgen crypto-bench --json | sed -n 's/.*"microseconds":\([0-9.]*\).*/\1/p')
  start_gateway "$home"
  enroll "warm-" 200000 --rate 0 --connect keep --connections 16 --in-flight 256 --qos 0 >/dev/null
  read -r warm warm_pg <<<"$(enroll "keep-" 150000 --rate 0 --connect keep --connections 16 --in-flight 256 --qos 0)"
  rate_warm=$(rate_of)
  enroll "warmeach-" 20000 --rate 0 --connect each --in-flight 200 --qos 0 --source-addresses 127.0.0.1,127.0.1.1,127.0.2.1,127.0.3.1 >/dev/null
  read -r each each_pg <<<"$(enroll "each-" 40000 --rate 0 --connect each --in-flight 200 --qos 0 --source-addresses 127.0.0.1,127.0.1.1,127.0.2.1,127.0.3.1)"
  rate_each=$(rate_of)
  stop_gateway
  printf 'JDK %s: three X25519 operations %31s us of CPU (the limit)\n' "$version" "$bare"
  printf '  enrollment on warm connections  %8s us, ratio %s; PostgreSQL %s us; %s/s with the generator beside it\n' "$warm" "$(ratio "$warm" "$bare")" "$warm_pg" "$rate_warm"
  printf '  with a new connection each      %8s us, ratio %s; PostgreSQL %s us; %s/s with the generator beside it\n' "$each" "$(ratio "$each" "$bare")" "$each_pg" "$rate_each"
done
echo

bench_java() {
  "$java" --enable-native-access=ALL-UNNAMED -XX:+UseParallelGC -Xmx2g \
    -cp "$root/gateway/target/test-classes:$root/gateway/target/classes:$(cat "$root/gateway/target/test-classpath")" "$@"
}
say "the statement that commits ..."
echo "CONFIRM's statement and its neighbours, rows a second, durable:"
bench_java io.otakey.gateway.registry.pg.CommitBench "$data/commit" "$data/programs" 300000 2>/dev/null | sed 's/^/  /'
rm -rf "$data/commit"
echo

say "registration from a CSV file ..."
start_gateway "$run_home"
rows=500000
{ echo deviceId; seq -f 'sn-%010.0f' 1 "$rows"; } >"$data/fleet.csv"
begin=$(date +%s.%N)
"$root/otakey" admin devices import bench "$data/fleet.csv" >"$data/import.log" 2>&1 || cat "$data/import.log" >&2
echo "$begin $(date +%s.%N) $rows" | awk '{ printf "registration of %d devices from a CSV file, end to end: %.0f rows/s\n", $3, $3 / ($2 - $1) }'
echo
stop_gateway

say "refused frames ..."
echo "refused frames beside the transport's bare echo of the same frame, CPU of the event loop:"
bench_java io.otakey.gateway.RefusalBench "$data/refusal" 2>/dev/null | grep refused | sed 's/^/  /'
echo

if [ "$full" = true ]; then
  say "a million devices ..."
  start_gateway "$run_home"
  enroll "m-" 1000000 --rate 0 --connect each --in-flight 300 --timeout 900 \
    --source-addresses "$(seq -s, -f '127.0.%.0f.1' 1 60)" >"$data/million"
  sed -n 's/.*"seconds" *: *\([0-9.]*\).*/one million devices, a connection each, durable: \1 s/p' "$data/result.json" | head -1
  stop_gateway
fi
