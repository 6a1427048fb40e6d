# ./otakey bench [--full] [PART ...]: the figures of docs/benchmarks.md, each beside this machine's
# limit. Parts: enrollment database size journal registration refused rotation push hook platforms flood sidechannel baselines scrape idle million attacks.
# Without a name: all but the last three, which --full adds. Sourced by otakey.
parts=()
full=false
for argument in "$@"; do
  case $argument in
    --full) full=true ;;
    enrollment | database | size | journal | registration | refused | rotation | push | hook | platforms | flood | sidechannel | baselines | scrape | idle | million | attacks) parts+=("$argument") ;;
    *) say "bench: unknown part '$argument'; there are: enrollment database size journal registration refused rotation push hook platforms flood sidechannel baselines scrape idle million attacks"; exit 2 ;;
  esac
done
if [ ${#parts[@]} = 0 ]; then
  parts=(enrollment database size journal registration refused rotation push hook platforms flood sidechannel baselines scrape)
  [ "$full" = true ] && parts+=(idle million attacks)
fi
need_maven
build
say "compiling benchmarks ..."
maven -q -pl protocol,gateway -Dmdep.analyze.skip=true -Dmdep.includeScope=test \
  -Dmdep.outputFile=target/test-classpath test-compile dependency:build-classpath >/dev/null

data=$(mktemp -d "${TMPDIR:-/tmp}/otakey-bench.XXXXXX")
source "$root/scripts/node.sh"
source "$root/scripts/attacks.sh"
generators=() # load generators in the background, which wait for a word and would wait for ever
stop_generators() {
  local pid
  for pid in "${generators[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  generators=()
}
trap 'stop_generators; stop_other; stop_node; rm -rf "$data"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start_gateway JAVA_HOME: a node on free ports, with product 'bench' and its bundle.
start_gateway() {
  rm -rf "$data/node" && mkdir -p "$data/node"
  OTAKEY_JAVA_HOME=$1 OTAKEY_DATABASE_PROGRAMS=$data/programs OTAKEY_LIMITS_MAXCONNECTIONS=19000 \
    start_node "$data/node" "$data/gateway.log"
  make_product bench "$data/bundle.json" --allow-list=false
}
# make_product ID BUNDLE OPTIONS...: with a key; its bundle is in that file.
make_product() {
  "$root/otakey" admin product create "$1" --name "$1" "${@:3}" >/dev/null
  "$root/otakey" admin product key add "$1" >/dev/null
  "$root/otakey" admin product bundle "$1" --output "$2" >/dev/null 2>&1
}

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
warm=(--rate 0 --connect keep --connections 16 --in-flight 256 --qos 0)
each=(--rate 0 --connect each --in-flight 200 --qos 0 --source-addresses 127.0.0.1,127.0.1.1,127.0.2.1,127.0.3.1)
rate_of() { sed -n 's/.*"perSecond" *: *\([0-9]*\).*/\1/p' "$data/result.json" | head -1; }
ratio() { echo "$1 $2" | awk '{ printf "%.2f", $1 / $2 }'; }
median() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }
column() { cut -d' ' -f"$1" "$2" | median; }

# bare JAVA_HOME: microseconds of CPU for the three X25519 operations of an enrollment.
bare() { OTAKEY_JAVA_HOME=$1 "$root/otakey" loadgen crypto-bench --json | sed -n 's/.*"microseconds":\([0-9.]*\).*/\1/p'; }

# rounds KIND JAVA_HOME DEVICES OPTIONS...: five loads, the limit as measured before and after each:
# lines of cpu, postgres, limit, ratio, rate in $data/KIND.
rounds() {
  local kind=$1 home=$2 devices=$3 before after limit cpu postgres
  shift 3
  : >"$data/$kind"
  after=$(bare "$home")
  for round in 1 2 3 4 5; do
    before=$after
    read -r cpu postgres <<<"$(enroll "$kind$round-" "$devices" "$@")"
    after=$(bare "$home")
    limit=$(echo "$before $after" | awk '{ printf "%.1f", ($1 + $2) / 2 }')
    echo "$cpu $postgres $limit $(ratio "$cpu" "$limit") $(rate_of)" >>"$data/$kind"
  done
}
show_rounds() {
  printf '  %-28s %6s us, %5s times the limit of %s us; PostgreSQL %s us; %s/s with the generator beside it\n' \
    "$2" "$(column 1 "$data/$1")" "$(column 4 "$data/$1")" "$(column 3 "$data/$1")" \
    "$(column 2 "$data/$1")" "$(column 5 "$data/$1")"
  printf '    ratios of the rounds: %s\n' "$(cut -d' ' -f4 "$data/$1" | tr '\n' ' ')"
}

bench_enrollment() {
  echo "gateway CPU for an enrollment beside its three X25519 operations, the limit (medians of 5 rounds after warm-up):"
  local home version
  for home in $(jdks | awk '$1 == 17 || $1 >= 25 { print $2 }'); do
    version=$(java_version "$home/bin/java")
    say "enrollment on JDK $version ..."
    start_gateway "$home"
    for round in 1 2 3 4 5 6; do enroll "warm$round-" 60000 "${warm[@]}" >/dev/null; done
    rounds keep "$home" 60000 "${warm[@]}"
    for round in 1 2; do enroll "warmeach$round-" 20000 "${each[@]}" >/dev/null; done
    rounds each "$home" 20000 "${each[@]}"
    stop_node
    show_rounds keep "JDK $version, warm connections"
    show_rounds each "JDK $version, a connection each"
  done
  echo
}

bench_java() {
  "$java" --enable-native-access=ALL-UNNAMED -XX:+UseParallelGC -Xmx"${heap:-2g}" \
    -cp "$root/gateway/target/test-classes:$root/gateway/target/classes:$(cat "$root/gateway/target/test-classpath")" "$@"
}

bench_database() {
  say "the statement that commits ..."
  echo "CONFIRM's statement and its neighbours, rows a second, durable:"
  bench_java io.otakey.gateway.registry.pg.CommitBench "$data/commit" "$data/programs" 300000 2>/dev/null | sed 's/^/  /'
  rm -rf "$data/commit"
  bench_java io.otakey.gateway.registry.pg.EventInsertBench "$data/commit" "$data/programs" 21 2>/dev/null | sed 's/^/  /'
  rm -rf "$data/commit"
  bench_java io.otakey.gateway.registry.pg.CensusBench "$data/census" "$data/programs" 1000000 2>/dev/null | sed 's/^/  /'
  rm -rf "$data/census"
  echo
}

bench_size() {
  say "bytes of a disk ..."
  echo "100,000 devices (5 and 11 characters of ids), bytes:"
  bench_java io.otakey.gateway.registry.pg.SizeBench "$data/size" "$data/programs" 100000 2>/dev/null | sed 's/^/  /'
  rm -rf "$data/size"
  echo
}

bench_journal() {
  say "the journal ..."
  echo "CONFIRM's statement with a journal and without, by turns, durable:"
  bench_java io.otakey.gateway.registry.pg.JournalBench "$data/journal" "$data/programs" 60000 6 2>/dev/null | sed 's/^/  /'
  rm -rf "$data/journal"
  echo
}

bench_registration() {
  say "registration from a CSV file ..."
  start_gateway "$run_home"
  local rows=500000 begin
  { echo deviceId; seq -f 'sn-%010.0f' 1 "$rows"; } >"$data/fleet.csv"
  begin=$(date +%s.%N)
  "$root/otakey" admin devices import bench "$data/fleet.csv" >"$data/import.log" 2>&1 || cat "$data/import.log" >&2
  echo "$begin $(date +%s.%N) $rows" | awk '{ printf "registration of %d devices from a CSV file, end to end: %.0f rows/s\n", $3, $3 / ($2 - $1) }'
  echo
  stop_node
}

bench_refused() {
  say "refused frames ..."
  echo "refused frames beside the transport's bare echo of the same frame, CPU of the event loop:"
  bench_java io.otakey.gateway.RefusalBench "$data/refusal" 2>/dev/null | grep refused | sed 's/^/  /'
  echo
}

bench_sidechannel() {
  say "what time tells of secrets, and of what there is ..."
  mkdir -p "$data/sidechannel"
  bench_java io.otakey.gateway.exchange.SideChannelBench "$data/sidechannel" "${SIDECHANNEL_MEASUREMENTS:-1000000}" 2>/dev/null
  rm -rf "$data/sidechannel"
  echo
}

bench_platforms() {
  say "platforms that logins are written into ..."
  echo "logins written into real brokers and taken back, each a user with its rights:"
  if [ ! -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || [ ! -x /usr/sbin/mosquitto ]; then
    say "  not measured: rabbitmq-server or mosquitto is missing, which ./otakey test installs"
    return
  fi
  mkdir -p "$data/platforms"
  bench_java io.otakey.gateway.platform.ConnectorBench "$data/platforms" 2>/dev/null | grep platform | sed 's/^/  /'
  echo
}

# ask KIND OPTIONS...: a line in $data/KIND: questions a second, p50 and p99 in ms, microseconds of
# CPU for each in the gateway and in PostgreSQL.
ask() {
  local kind=$1 before after pg_before pg_after
  shift
  before=$(gateway_cpu) pg_before=$(postgres_cpu)
  "$root/otakey" loadgen logins --logins "$data/logins" --platform cloud --hook "127.0.0.1:$(port hook)" \
    --warm-up 3 --seconds 8 --json "$@" >"$data/asked.json" || cat "$data/asked.json" >&2
  after=$(gateway_cpu) pg_after=$(postgres_cpu)
  echo "$(asked perSecond) $(asked p50) $(asked p99)" \
    "$(echo "$before $after $pg_before $pg_after $(asked answered)" |
      awk '{ printf "%.1f %.1f", ($2 - $1) * 1e6 / $5, ($4 - $3) * 1e6 / $5 }')" >>"$data/$kind"
}
# ids PREFIX FROM TO: a JSON list of device ids.
ids() { seq -f "\"$1%07.0f\"" -s, "$2" "$3"; }
now_millis() { date +%s%3N; }
# want_rotation PREFIX FROM TO: as an operator asks; the answer comes after the commit.
want_rotation() {
  printf '{"wish":"rotate","deviceIds":[%s]}' "$(ids "$@")" |
    curl -sS --fail -o /dev/null -H "Authorization: Bearer $(cat "$OTAKEY_TOKEN_FILE")" \
      -H 'Content-Type: application/json' --data-binary @- "$OTAKEY_URL/products/bench/wanted"
}
# pushes_sent [URL]: of this node, or another.
pushes_sent() { curl -sS "${1:-$OTAKEY_URL}/metrics" | sed -n 's/^otakey_pushes_total{outcome="sent"} \([0-9]*\).*/\1/p'; }
# beats: of an event loop so far, and those that came at most 20 ms late.
beats() {
  curl -sS "$OTAKEY_URL/metrics" |
    sed -n 's/^otakey_event_loop_lag_seconds_bucket{le="\(0.02\|+Inf\)"} \([0-9]*\).*/\2/p' | sort -rn | tr '\n' ' '
}
# Devices count what they are pushed and do not rotate, which would measure rotations.
bench_push() {
  say "pushes ..."
  local round devices=18000 half=9000 before after begin asked generator wanted=0
  start_gateway "$run_home"
  printf 'NOTICE to %s connected devices, asked by an operator in two calls:\n' "$devices"
  for round in 1 2 3; do
    mkfifo "$data/go"
    "$root/otakey" loadgen enroll --bundle "$data/bundle.json" --mqtt "127.0.0.1:$(port mqtt)" \
      --transport mqtt --id-prefix "push$round-" --start-number 1 --devices "$devices" --rate 1500 --connect keep --stay \
      --quiet --json "$data/push.json" <"$data/go" 2>"$data/idle.log" &
    generator=$!
    generators+=("$generator")
    exec 7>"$data/go"
    wait_for enrolled "$generator"
    echo >&7
    wait_for idle "$generator"
    before=$(beats)
    begin=$(now_millis)
    want_rotation "push$round-" 1 "$half"
    want_rotation "push$round-" "$((half + 1))" "$devices"
    asked=$(now_millis)
    wanted=$((wanted + devices))
    for _ in $(seq 150); do [ "$(pushes_sent)" = "$wanted" ] && break; sleep 0.2; done
    after=$(beats)
    sleep 1 # what was given to connections arrives
    echo >&7
    exec 7>&-
    wait "$generator" || cat "$data/idle.log" >&2
    generators=()
    rm "$data/go"
    tr -d ' \n' <"$data/push.json" | sed -n 's/.*"pushed":{"devices":\([0-9]*\),"firstAt":\([0-9]*\),"lastAt":\([0-9]*\)}.*/\1 \2 \3/p' |
      awk -v begin="$begin" -v asked="$asked" -v beats="$before $after" '{ split(beats, b, " "); printf "  %d devices got theirs; from the first request to the first %d ms, to the last %d ms; from the last answer to the last %d ms; beats of an event loop over 20 ms late meanwhile: %d of %d\n", $1, $2 - begin, $3 - begin, $3 - asked, b[3] - b[1] - b[4] + b[2], b[3] - b[1] }'
  done
  echo
  stop_node
  bench_push_across
  bench_java io.otakey.gateway.presence.PresenceBench
  echo
}
# A second node on the first one's database, with its vault: its data are in $data/other.
other=
start_other() {
  mkdir -p "$data/other"
  (
    export OTAKEY_DATA=$data/other OTAKEY_VAULT_FILE=$data/node/vault.json OTAKEY_LIMITS_MAXCONNECTIONS=19000
    export OTAKEY_DATABASE_HOST=127.0.0.1 OTAKEY_DATABASE_PORT OTAKEY_DATABASE_PASSWORD
    OTAKEY_DATABASE_PORT=$(sed -n 's/^port = //p' "$data/node/database/cluster/otakey.conf")
    OTAKEY_DATABASE_PASSWORD=$(cat "$data/node/database/password")
    for listener in MQTT MQTTS HTTP HTTPS ADMIN; do
      export "OTAKEY_${listener}_HOST=127.0.0.1" "OTAKEY_${listener}_PORT=0"
    done
    export OTAKEY_CLUSTER_PORT=$1 OTAKEY_CLUSTER_MEMBERS=$2
    exec "$root/otakey" gateway --cluster
  ) >"$data/other.log" 2>&1 &
  other=$!
  for _ in $(seq 300); do
    [ -f "$data/other/endpoints.json" ] && grep -q 'cluster of 2' "$data/gateway.log" && return
    kill -0 "$other" 2>/dev/null || break
    sleep 0.2
  done
  cat "$data/other.log" >&2
  exit 1
}
stop_other() {
  if [ -n "$other" ]; then kill "$other" 2>/dev/null && wait "$other" 2>/dev/null || true; fi
  other=
}
port_of_other() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$data/other/endpoints.json"; }
# stay NAME PREFIX DEVICES MQTT_PORT: devices that connect and stay, until $data/NAME.go says so twice.
stay() {
  mkfifo "$data/$1.go"
  "$root/otakey" loadgen enroll --bundle "$data/bundle.json" --mqtt "127.0.0.1:$4" --transport mqtt \
    --id-prefix "$2" --start-number 1 --devices "$3" --rate 1000 --connect keep --stay \
    --quiet --json "$data/$1.json" <"$data/$1.go" 2>"$data/$1.log" &
  generators+=($!)
}
# pushed_to NAME: devices that got theirs, first and last time, of a load that stayed.
pushed_to() {
  tr -d ' \n' <"$data/$1.json" | sed -n 's/.*"pushed":{"devices":\([0-9]*\),"firstAt":\([0-9]*\),"lastAt":\([0-9]*\)}.*/\1 \2 \3/p'
}
# Half of the devices on each of two nodes; one node is asked.
bench_push_across() {
  local round half=10000 first=$((20000 + RANDOM % 6000)) second=$((26000 + RANDOM % 6000)) begin asked wanted=0
  local members=127.0.0.1:$first,127.0.0.1:$second
  OTAKEY_CLUSTER_ENABLED=true OTAKEY_CLUSTER_PORT=$first OTAKEY_CLUSTER_MEMBERS=$members start_gateway "$run_home"
  start_other "$second" "$members"
  printf 'NOTICE to %s connected devices, half of them on each of two nodes, asked at one node in two calls:\n' "$((2 * half))"
  for round in 1 2 3; do
    stay here "here$round-" "$half" "$(port mqtt)"
    exec 7>"$data/here.go"
    stay there "there$round-" "$half" "$(port_of_other mqtt)"
    exec 8>"$data/there.go"
    wait_for enrolled "${generators[0]}" here && wait_for enrolled "${generators[1]}" there
    echo >&7 && echo >&8
    wait_for idle "${generators[0]}" here && wait_for idle "${generators[1]}" there
    begin=$(now_millis)
    want_rotation "there$round-" 1 "$half"
    want_rotation "here$round-" 1 "$half"
    asked=$(now_millis)
    wanted=$((wanted + half))
    for _ in $(seq 150); do
      [ "$(pushes_sent)" = "$wanted" ] && [ "$(pushes_sent "http://127.0.0.1:$(port_of_other admin)")" = "$wanted" ] && break
      sleep 0.2
    done
    sleep 1 # what was given to connections arrives
    echo >&7 && echo >&8
    exec 7>&- 8>&-
    wait "${generators[@]}" || cat "$data/here.log" "$data/there.log" >&2
    generators=()
    rm "$data/here.go" "$data/there.go"
    echo "$(pushed_to here) $(pushed_to there)" |
      awk -v begin="$begin" -v asked="$asked" '{ last = $3 > $6 ? $3 : $6; printf "  %d devices got theirs, %d of them at the other node; from the first request to the last %d ms; from the last answer to the last %d ms\n", $1 + $4, $4, last - begin, last - asked }'
  done
  echo
  stop_other
  stop_node
}
asked() { sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" "$data/asked.json"; }
show_asked() {
  printf '  %-42s %6s/s; gateway %s us, PostgreSQL %s us\n' \
    "$2" "$(column 1 "$data/$1")" "$(column 4 "$data/$1")" "$(column 5 "$data/$1")"
}
# A rotation's CPU is what a load with one costs more than a load without; rates are of one load.
bench_rotation() {
  say "rotations ..."
  local round devices=40000 gateway_plain postgres_plain gateway_both postgres_both
  start_gateway "$run_home"
  for round in 1 2 3; do enroll "warm$round-" "$devices" "${warm[@]}" --rotate 1 >/dev/null; done
  : >"$data/rotation"
  for round in 1 2 3 4 5; do
    read -r gateway_plain postgres_plain <<<"$(enroll "plain$round-" "$devices" "${warm[@]}")"
    read -r gateway_both postgres_both <<<"$(enroll "both$round-" "$devices" "${warm[@]}" --rotate 1)"
    echo "$gateway_plain $postgres_plain $gateway_both $postgres_both $(phase_rate 1) $(phase_rate 2)" |
      awk '{ printf "%.1f %.1f %.1f %.1f %.0f %.0f %.2f\n", $1, $2, $3 - $1, $4 - $2, $5, $6, $6 / $5 }' >>"$data/rotation"
  done
  stop_node
  printf 'rotations (ROTATE and CONFIRM) beside enrollments, warm connections, medians of 5 rounds:\n'
  printf '  enrollment: gateway %s us, PostgreSQL %s us, %s/s; rotation: %s us, %s us, %s/s, ratio of rates %s\n' \
    $(for column in 1 2 5 3 4 6 7; do column "$column" "$data/rotation"; done)
  printf '    ratios of the rounds: %s\n' "$(cut -d' ' -f7 "$data/rotation" | tr '\n' ' ')"
  bench_java io.otakey.gateway.registry.pg.CampaignBench "$data/campaign" "$data/programs" 300000 2>/dev/null >"$data/campaign.out"
  rm -rf "$data/campaign"
  echo "a campaign over 300,000 devices:"
  sed 's/^/  /' "$data/campaign.out"
  local book rotation
  book=$(sed -n 's/.* a device: \([0-9.]*\) us CPU of PostgreSQL, \([0-9.]*\) of.*/\1 \2/p' "$data/campaign.out" | awk '{ sum += $1 + $2 } END { print sum }')
  rotation=$(echo "$(column 3 "$data/rotation") $(column 4 "$data/rotation")" | awk '{ print $1 + $2 }')
  printf '  both together %s us, beside the %s us of a rotation: ratio %s\n\n' "$book" "$rotation" "$(ratio "$book" "$rotation")"
  [ "$full" = false ] || bench_large_campaign
}
# A fleet that would not fit into the process.
bench_large_campaign() {
  echo "a campaign over 1,000,000 devices, in a heap of 64 MB:"
  heap=64m bench_java io.otakey.gateway.registry.pg.CampaignBench "$data/campaign" "$data/programs" 1000000 2>/dev/null | sed 's/^/  /'
  rm -rf "$data/campaign"
  echo
}
# phase_rate N: devices a second of the Nth phase of the last load.
phase_rate() { tr -d ' \n' <"$data/result.json" | grep -o '"seconds":[0-9.]*,"perSecond":[0-9.]*' | sed -n "$1s/.*://p"; }

bench_hook() {
  say "logins to platforms ..."
  OTAKEY_HOOK_ENABLED=true OTAKEY_HOOK_PORT=0 start_gateway "$run_home"
  "$root/otakey" admin connection create --platform cloud --scheme mqtt --host 127.0.0.1 --port 1883 >/dev/null
  "$root/otakey" admin product update bench --connection 1 >/dev/null
  enroll hook- 20000 "${warm[@]}" --logins "$data/logins" >/dev/null
  local round
  for round in 1 2 3 4; do ask warm; ask warm --ask vhost; done
  for round in 1 2 3 4 5; do
    ask limit --ask vhost
    ask right
    ask wrong --ask wrong
    ask paced --rate 10000
  done
  echo "questions of a platform, generator and PostgreSQL on the same cores, CPU for each (medians of 5 rounds):"
  show_asked limit "vhost, no look-up: the limit of HTTP"
  show_asked right "logins, right secrets"
  show_asked wrong "logins, wrong secrets"
  printf '  %-42s p50 %s ms, p99 %s ms; gateway %s us, PostgreSQL %s us\n' "10,000 logins a second by the clock" \
    "$(column 2 "$data/paced")" "$(column 3 "$data/paced")" "$(column 4 "$data/paced")" "$(column 5 "$data/paced")"
  printf '    logins a second of the rounds: %s\n\n' "$(cut -d' ' -f1 "$data/right" | tr '\n' ' ')"
  stop_node
}

# The flood stands for other machines: here it takes what processor time nobody else wants.
flood() { nice -n 19 "$root/otakey" loadgen flood --bundle "$data/bundle.json" --mqtt "127.0.0.1:$(port mqtt)" --json "$@"; }
# honest PREFIX: 200 devices a second for 30 seconds, a connection each; prints p50 and p99 in ms of
# the last 20 seconds, when the generator is warm.
honest() {
  enroll "$1" 6000 --untimed 2000 --rate 200 --connect each --qos 0 --source-addresses 127.0.4.1,127.0.5.1 >/dev/null
  tr -d ' \n' <"$data/result.json" | sed -n 's/.*"fromStart":{[^}]*"p50":\([0-9.]*\)[^}]*"p99":\([0-9.]*\).*/\1 \2/p'
  echo
}
bench_flood() {
  say "a flood ..."
  local ceiling half calm flooded answered
  start_gateway "$run_home"
  enroll warm- 60000 "${warm[@]}" >/dev/null
  enroll warmeach- 20000 "${each[@]}" >/dev/null
  flood --seconds 15 >/dev/null
  ceiling=$(flood --seconds 10 | sed -n 's/.*"perSecond":\([0-9]*\).*/\1/p')
  half=$((ceiling / 2))
  : >"$data/calm" && : >"$data/flooded"
  for round in 1 2 3; do
    honest "calm$round-" >>"$data/calm"
    flood --seconds 50 --rate "$half" >"$data/flood.json" &
    sleep 10 # it is warm then
    honest "flooded$round-" >>"$data/flooded"
    wait $!
  done
  answered=$(sed -n 's/.*"perSecond":\([0-9]*\).*/\1/p' "$data/flood.json")
  printf 'refused frames that gateway and generator manage together: %s/s; a flood of half of it: %s/s answered\n' "$ceiling" "$answered"
  printf '  200 honest enrollments a second, a connection each, p50 / p99: %s / %s ms; under the flood: %s / %s ms, ratio of p99 %s\n\n' \
    "$(column 1 "$data/calm")" "$(column 2 "$data/calm")" "$(column 1 "$data/flooded")" "$(column 2 "$data/flooded")" \
    "$(ratio "$(column 2 "$data/flooded")" "$(column 2 "$data/calm")")"
  stop_node
}

# Bytes of the gateway's process: what lives on its heap, and everything that is not heap. The heap
# is of fixed size and touched beforehand, so that the resident size grows by the rest alone.
memory() {
  for _ in 1 2 3; do "$run_home/bin/jcmd" "$gateway" GC.run >/dev/null; done
  local live resident
  live=$("$run_home/bin/jcmd" "$gateway" GC.heap_info | sed -n 's/.*\(PSYoungGen\|ParOldGen\).* used \([0-9]*\)K.*/\2/p' | awk '{ sum += $1 } END { print sum * 1024 }')
  resident=$(awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$gateway/status")
  echo "$live $resident"
}
# idle LISTENER OPTIONS...: the growth per connection, of heap and of the rest.
idle() {
  local connections=18000 listener=$1 before after
  shift
  mkfifo "$data/go"
  "$root/otakey" loadgen enroll --bundle "$data/bundle.json" --mqtt "127.0.0.1:$(port "$listener")" \
    --transport mqtt --id-prefix "$listener-" --devices "$connections" --rate 1000 --connect keep --stay --quiet \
    --json "$data/idle.json" "$@" <"$data/go" 2>"$data/idle.log" &
  local generator=$!
  trap "kill $generator 2>/dev/null || true" EXIT # this function runs in a shell of its own
  exec 7>"$data/go"
  wait_for enrolled "$generator"
  before=$(memory)
  echo >&7
  wait_for idle "$generator"
  after=$(memory)
  echo >&7
  exec 7>&-
  wait "$generator"
  trap - EXIT
  rm "$data/go"
  echo "$before $after $connections" | awk '{ printf "%.1f KB (%.1f on the heap, %.1f beside it)", ($3 + $4 - $1 - $2) / $5 / 1000, ($3 - $1) / $5 / 1000, ($4 - $2) / $5 / 1000 }'
}
# wait_for WORD PID [NAME]: until this load says so, in $data/NAME.log.
wait_for() {
  local log=$data/${3:-idle}.log
  until grep -q "^$1:" "$log"; do
    kill -0 "$2" 2>/dev/null || { cat "$log" >&2; exit 1; }
    sleep 0.2
  done
}
bench_baselines() {
  say "other ways of giving devices keys ..."
  start_gateway "$run_home"
  "$root/otakey" loadgen baselines --bundle "$data/bundle.json" \
    --mqtt "127.0.0.1:$(port mqtt)" --http "127.0.0.1:$(port http)" \
    --mqtts "localhost:$(port mqtts)" --https "localhost:$(port https)" \
    --tls "$data/node/development-certificate.pem" --gateway-pid "$gateway" \
    --database-pid "$(head -1 "$data/node/database/cluster/postmaster.pid")" \
    --devices "${BASELINES_DEVICES:-200}" --warm-up "${BASELINES_WARM_UP:-400}" \
    --json "${BASELINES_JSON:-$data/baselines.json}"
  echo
  stop_node
}
bench_idle() {
  say "idle connections ..."
  OTAKEY_JAVA_OPTIONS="-Xms2g -Xmx2g -XX:+AlwaysPreTouch" start_gateway "$run_home"
  enroll warm- 20000 "${each[@]}" >/dev/null
  printf 'process memory of an idle MQTT connection after one POLL, 18,000 of them: plain %s' "$(idle mqtt)"
  printf '; TLS %s\n\n' "$(idle mqtts --tls "$data/node/development-certificate.pem")"
  stop_node
}

# What Prometheus reads of a node with 20 products and a fleet that is counted every five seconds.
bench_scrape() {
  say "scrapes ..."
  local i before fleet=1000000
  OTAKEY_CENSUS_EVERY=5 start_gateway "$run_home"
  for i in $(seq 20); do
    "$root/otakey" admin product create "fleet-$i" --name "$i" >/dev/null
    { echo deviceId; seq -f "device-%.0f" $((fleet / 20)); } >"$data/devices.csv"
    "$root/otakey" admin devices import --no-progress "fleet-$i" "$data/devices.csv" >/dev/null
  done
  until scrape "$data/scrape" >/dev/null && [ "$(awk '/^otakey_devices\{.*state="expected"/ { sum += $2 } END { print sum + 0 }' "$data/scrape")" = "$fleet" ]; do
    sleep 1
  done
  for _ in $(seq 150); do scrape /dev/null; done >/dev/null # until it is compiled
  before=$(gateway_cpu)
  for _ in $(seq 200); do scrape /dev/null; done | sort -n >"$data/scrapes"
  echo "a scrape of a node that counts $fleet devices of 20 products, $(wc -l <"$data/scrape") lines, ms (200, one after the other):"
  awk -v cpu="$(echo "$before $(gateway_cpu)" | awk '{ print $2 - $1 }')" '{ ms[NR] = $1 * 1000 }
    END { printf "  median %.1f, p90 %.1f, largest %.1f; CPU of the gateway for each, all of its other work included: %.1f\n\n", ms[100], ms[180], ms[200], cpu * 1000 / 200 }' "$data/scrapes"
  stop_node
}
scrape() { curl -sf -o "$1" -w '%{time_total}\n' "$OTAKEY_URL/metrics"; }

bench_million() {
  say "a million devices ..."
  start_gateway "$run_home"
  enroll m- 1000000 --rate 0 --connect each --in-flight 300 --timeout 900 \
    --source-addresses "$(seq -s, -f '127.0.%.0f.1' 1 60)" >"$data/million"
  printf 'one million devices, a connection each, enrolled and confirmed durably: %s s, %s/s; CPU for each: gateway %s us, PostgreSQL %s us\n\n' \
    "$(sed -n 's/.*"seconds" *: *\([0-9.]*\).*/\1/p' "$data/result.json" | head -1)" "$(rate_of)" $(cat "$data/million")
  stop_node
}

echo "machine: $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1 /proc/loadavg), commit $(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo none), $(date -u +%F)"
echo
for part in "${parts[@]}"; do
  "bench_$part"
done
