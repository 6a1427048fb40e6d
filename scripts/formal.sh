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
  local missing=() steps=20000 depth=4 faults=faults models=()
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
    models=(--full)
  fi
  say "tests: models, by $(spin -V | head -1)"
  "$root/formal/run" "${models[@]}"
  say "tests: gateway and device walk together"
  make -s -C "$root/firmware-nrf52" -j2 --output-sync=target walk
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
  with_device WalkMain otakey-walk "$steps"
  with_device WalkMain otakey-walk "$faults"
}
