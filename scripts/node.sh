# One gateway on free ports of 127.0.0.1, for scripts that need one. Sourced by them.
gateway=

# on_free_ports FOLDER: what makes it the data of a gateway that takes any ports.
on_free_ports() {
  export OTAKEY_DATA=$1
  local listener
  for listener in MQTT MQTTS HTTP HTTPS ADMIN; do
    export "OTAKEY_${listener}_HOST=127.0.0.1" "OTAKEY_${listener}_PORT=0"
  done
}

# start_node FOLDER LOG [PROGRAM [SECONDS]]: waits until it serves, for so long at most; its data and
# endpoints.json are in the folder.
start_node() {
  node=$1
  (
    on_free_ports "$node"
    exec "${3:-$root/otakey}" gateway
  ) >"$2" 2>&1 &
  gateway=$!
  for _ in $(seq $((5 * ${4:-60}))); do
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
