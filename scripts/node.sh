# One gateway on free ports of 127.0.0.1, for scripts that need one. Sourced by them.
gateway=

# start_node FOLDER LOG: waits until it serves; its data and endpoints.json are in the folder.
start_node() {
  node=$1
  (
    export OTAKEY_DATA=$node
    for listener in MQTT MQTTS HTTP HTTPS ADMIN; do
      export "OTAKEY_${listener}_HOST=127.0.0.1" "OTAKEY_${listener}_PORT=0"
    done
    exec "$root/otakey" gateway
  ) >"$2" 2>&1 &
  gateway=$!
  for _ in $(seq 300); do
    [ -f "$node/endpoints.json" ] && break
    kill -0 "$gateway" 2>/dev/null || break
    sleep 0.2
  done
  [ -f "$node/endpoints.json" ] || { cat "$2" >&2; exit 1; }
  export OTAKEY_URL=http://127.0.0.1:$(port admin) OTAKEY_TOKEN_FILE=$node/admin-token
}
stop_node() {
  if [ -n "$gateway" ] && kill -0 "$gateway" 2>/dev/null; then
    kill "$gateway" && wait "$gateway" 2>/dev/null || true
  fi
  gateway=
}
# port LISTENER: where it listens.
port() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$node/endpoints.json"; }
