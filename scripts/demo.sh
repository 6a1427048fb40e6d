# ./otakey demo: a gateway, two platforms, ten thousand devices: enrolled, rotated, moved. Sourced by otakey.
devices=10000
keep=false
while [ $# -gt 0 ]; do
  case $1 in
    --devices) devices=$2; shift 2 ;;
    --keep) keep=true; shift ;;
    *) say "usage: ./otakey demo [--devices N] [--keep]"; exit 2 ;;
  esac
done

build
data=$(mktemp -d "${TMPDIR:-/tmp}/otakey-demo.XXXXXX")
source "$root/scripts/node.sh"
platforms=
fleet=
# Both end with their input.
stop_demo() {
  exec 3>&- 4>&- 5<&-
  [ -z "$fleet" ] || wait "$fleet" 2>/dev/null || true
  [ -z "$platforms" ] || wait "$platforms" 2>/dev/null || true
  stop_node
  rm -rf "$data"
}
trap stop_demo EXIT

say "starting a gateway with a PostgreSQL of its own, all in $data ..."
OTAKEY_EXCHANGE_GRANTSPERHOUR=1000 OTAKEY_HOOK_ENABLED=true OTAKEY_HOOK_PORT=0 \
  start_node "$data" "$data/gateway.log"

say "starting two simulated platforms, which ask the gateway about every login as RabbitMQ does ..."
mkfifo "$data/platforms-in" "$data/fleet-in" "$data/fleet-out"
"$root/otakey" loadgen platform --hook "127.0.0.1:$(port hook)" --platform cloud --platform harbour \
  <"$data/platforms-in" >"$data/platforms" &
platforms=$!
exec 3>"$data/platforms-in"
for _ in $(seq 100); do
  [ "$(wc -l <"$data/platforms")" = 2 ] && break
  sleep 0.1
done
platform_port() { sed -n "s/^$1 //p" "$data/platforms"; }

say "creating both connections, and product 'demo', open to every device that holds its product key ..."
for platform in cloud harbour; do
  "$root/otakey" admin connection create --platform $platform --scheme mqtt \
    --host 127.0.0.1 --port "$(platform_port $platform)" >&2
done
"$root/otakey" admin product create demo --name "Demo thermometer" --allow-list=false --connection 1 >&2
"$root/otakey" admin product key add demo >&2
"$root/otakey" admin product bundle demo --output "$data/bundle.json" >&2

# campaign NAME WHAT...: asks every device, wave by wave, and shows how far it is.
campaign() {
  local id
  id=$("$root/otakey" admin --json campaign create "$1" "${@:2}" --product demo --waves 1,10 --rate 1000 --start |
    sed -n 's/^ *"id" : \([0-9]*\).*/\1/p')
  "$root/otakey" admin campaign watch "$id" >&2
}
# reach WHERE: until every device is there.
reach() {
  echo "await $*" >&4
  read -r answer <&5
  say "$answer"
  case $answer in reached*) ;; *) exit 1 ;; esac
}

say "switching $devices devices on; each enrolls, then logs in to 'cloud' with what it was granted ..."
"$root/otakey" loadgen live --bundle "$data/bundle.json" --mqtt "127.0.0.1:$(port mqtt)" \
  --devices "$devices" --rate 1000 --platform login --poll-within 10 --time-scale 0.01 --probe 100 \
  --in-flight 256 --source-addresses 127.0.0.1,127.0.1.1 \
  <"$data/fleet-in" >"$data/fleet-out" &
fleet=$!
exec 4>"$data/fleet-in" 5<"$data/fleet-out"
reach platform=cloud epoch=1
say "a new key for every device; each logs in with it before the old one goes ..."
campaign rotation --rotate
reach platform=cloud epoch=2
say "every device moves to 'harbour'; the old key works until the new one is confirmed there ..."
campaign harbour --move 2
reach platform=harbour epoch=3
say "the proof: every secret that any device ever held is tried on both platforms ..."
echo prove >&4
cat <&5
wait "$fleet" && held=true || held=false
fleet=

cat <<EOF

One of them, as an operator sees it:
EOF
"$root/otakey" admin devices list --product demo --limit 3
cat <<EOF

Where to go next
  ./otakey gateway --print-config          every setting of a gateway, with its default
  ./otakey admin --help                    products, devices, tokens, audit log
  ./otakey loadgen live --help             fleets that stay, on platforms of yours
  ./otakey loadgen enroll --help           other fleets, other rates, lost and repeated frames
  docs/operations.md                       running it for real
  docs/protocol.md                         every byte on the wire
EOF
if [ "$keep" = true ]; then
  say "the gateway stays: $OTAKEY_URL, token in $data/admin-token; press Enter to stop it"
  read -r _ || true
fi
[ "$held" = true ]
