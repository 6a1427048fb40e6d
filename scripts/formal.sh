# The models, and the gateway walking together with the device in C. Sourced by test.sh.

# A walk's program: gateway and device, by firmware-nrf52/test/walk; see WalkMain.
walk() {
  "$java" --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC \
    -cp "$root/gateway/target/test-classes:$root/gateway/target/classes:$root/gateway/target/lib/*" \
    io.otakey.gateway.exchange.WalkMain "$root/firmware-nrf52/build/host/otakey-walk" "$@"
}

# test_formal FULL: 1 for the sizes that the documentation quotes, else 0.
test_formal() {
  local missing=() steps=20000 models=()
  for program in spin gcc; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    why="search the models of the protocol" install_packages "${missing[@]}" libc6-dev
  fi
  if [ "$1" = 1 ]; then
    steps=1000000
    models=(--full)
  fi
  say "tests: models, by $(spin -V | head -1)"
  "$root/formal/run" "${models[@]}"
  say "tests: gateway and device walk together"
  make -s -C "$root/firmware-nrf52" -j2 --output-sync=target walk
  walk "$steps"
  walk faults
}
