# The models, and the gateway walking together with the device in C. Sourced by test.sh.

# Runs one of the gateway's test programs with the device in C: WalkMain or RulesMain.
with_device() {
  local program=$1 device=$root/firmware-nrf52/build/host/$2
  shift 2
  OTAKEY_LOG_LEVEL=WARN "$java" --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC \
    -cp "$root/gateway/target/test-classes:$root/gateway/target/classes:$root/gateway/target/lib/*" \
    "io.otakey.gateway.exchange.$program" "$device" "$@"
}

# test_formal FULL: 1 for the sizes that the documentation quotes, else 0.
test_formal() {
  local missing=() steps=20000 depth=4 faults=faults models=() seed=(1) # another seed each time in --full
  for program in spin gcc; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    why="search the models of the protocol" install_packages "${missing[@]}" libc6-dev
  fi
  if [ "$1" = 1 ]; then
    steps=1000000
    depth=5
    faults=allfaults
    seed=()
    models=(--full)
  fi
  say "tests: gateway and device walk together, beside models searched by $(spin -V | head -1)"
  make -s -C "$root/firmware-nrf52" -j2 --output-sync=target walk
  local searched=$root/target/formal.log
  mkdir -p "$root/target"
  JOBS=1 setsid "$root/formal/run" "${models[@]}" >"$searched" 2>&1 &
  models_run=$!
  trap 'kill -- -"$models_run" 2>/dev/null || true' EXIT # and all that it began
  with_device RulesMain otakey-walk "$root/formal" "$depth"
  local bug row found
  while read -r bug row; do
    found=$(with_device RulesMain "otakey-ruled-$bug" "$root/formal" 0 </dev/null || true)
    if ! grep -q "^FAILED $row in C" <<<"$found"; then
      say "rules: $bug was not found by $row: $found"
      exit 1
    fi
    echo "rules: $bug is found by $row"
  done <"$root/firmware-nrf52/test/walk/rules.bugs"
  with_device WalkMain otakey-walk "$steps" "${seed[@]}"
  with_device WalkMain otakey-walk "$faults"
  local status=0
  wait "$models_run" || status=$?
  cat "$searched"
  [ "$status" = 0 ]
}
