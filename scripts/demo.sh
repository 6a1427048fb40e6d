# ./otakey demo: a gateway, ten thousand devices, every key rotated once. Sourced by otakey.
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
trap 'stop_node; rm -rf "$data"' EXIT

say "starting a gateway with a PostgreSQL of its own, all in $data ..."
OTAKEY_EXCHANGE_GRANTSPERHOUR=1000 start_node "$data" "$data/gateway.log"

say "creating product 'demo', open to every device that holds its product key ..."
"$root/otakey" admin product create demo --name "Demo thermometer" --allow-list=false >&2
"$root/otakey" admin product key add demo >&2
"$root/otakey" admin product bundle demo --output "$data/bundle.json" >&2

say "enrolling $devices devices, half over MQTT and half over HTTP, then rotating every key ..."
"$root/otakey" loadgen enroll --bundle "$data/bundle.json" \
  --mqtt "127.0.0.1:$(port mqtt)" --http "127.0.0.1:$(port http)" \
  --devices "$devices" --rate 1000 --transport mix --connect each --rotate 1 \
  --source-addresses 127.0.0.1,127.0.1.1

cat <<EOF

One of them, as an operator sees it:
EOF
"$root/otakey" admin devices list --product demo --limit 3
cat <<EOF

Where to go next
  ./otakey gateway --print-config          every setting of a gateway, with its default
  ./otakey admin --help                    products, devices, tokens, audit log
  ./otakey loadgen enroll --help           other fleets, other rates, lost and repeated frames
  docs/operations.md                       running it for real
  docs/protocol.md                         every byte on the wire
EOF
if [ "$keep" = true ]; then
  say "the gateway stays: $OTAKEY_URL, token in $data/admin-token; press Enter to stop it"
  read -r _ || true
fi
