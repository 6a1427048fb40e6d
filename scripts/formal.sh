# The models, and the gateway walking together with the device in C. Sourced by test.sh.

# Runs one of the gateway's test programs with the device in C: WalkMain or RulesMain.
with_device() {
  local program=$1 device=$root/firmware-nrf52/build/host/$2
  shift 2
  OTAKEY_LOG_LEVEL=WARN "$java" --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC \
    -cp "$root/gateway/target/test-classes:$root/protocol/target/test-classes:$root/gateway/target/classes:$root/gateway/target/lib/*" \
    "io.otakey.gateway.exchange.$program" "$device" "$@"
}

need_formal() {
  local missing=()
  for program in spin gcc; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    why="search the models of the protocol" install_packages "${missing[@]}" libc6-dev
  fi
}

# test_models FULL: 1 for the sizes that the documentation quotes, else 0.
test_models() {
  local models=()
  [ "$1" = 1 ] && models=(--full)
  say "tests: models searched by $(spin -V | head -1)"
  "$root/formal/run" "${models[@]}"
}

# test_twins FULL: the same bytes to the parsers and handshakes of both languages.
test_twins() {
  local cases=4000 seed=(1) # another seed each time in --full
  if [ "$1" = 1 ]; then
    cases=1000000
    seed=()
  fi
  say "tests: frames and handshakes in Java and in C"
  make -s -C "$firmware" deps twin
  local compare=("$java" --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC
    -cp "$root/protocol/target/test-classes:$root/gateway/target/lib/*"
    io.otakey.protocol.handshake.TwinMain "$root/firmware-nrf52/build/host/otakey-twin")
  "${compare[@]}" "$cases" "${seed[@]}"
  "${compare[@]}" faults
}

# test_walks FULL: what is built.
test_walks() {
  local steps=20000 depth=4 faults=faults seed=(1) # another seed each time in --full
  if [ "$1" = 1 ]; then
    steps=1000000
    depth=5
    faults=allfaults
    seed=()
  fi
  say "tests: gateway and device walk together"
  make -s -C "$firmware" deps walk
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
}
