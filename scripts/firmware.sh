# The device side in C (firmware-nrf52), which Maven does not build, and its tests. Sourced by test.sh
# and experiments.sh.
firmware=$root/firmware-nrf52

# Adds a package to `missing` unless what it brings is there already.
lacks_command() { PATH=$PATH:/usr/sbin command -v "$1" >/dev/null || missing+=("${2:-$1}"); }
lacks_header() { [ -f "/usr/include/$1" ] || missing+=("$2"); }

list_missing_tools() {
  missing=()
  lacks_command make
  lacks_command gcc
  lacks_command python3
  lacks_command xz xz-utils
  lacks_header stdio.h libc6-dev
  lacks_command arm-none-eabi-gcc gcc-arm-none-eabi
  [ -d /usr/lib/arm-none-eabi/newlib ] || missing+=(libnewlib-arm-none-eabi)
  lacks_command qemu-system-arm
}

list_missing() {
  list_missing_tools
  lacks_command mosquitto
  lacks_header sodium.h libsodium-dev
}

# What experiments with firmware run: a fleet for this machine, an image and an emulator for it.
need_firmware() {
  list_missing_tools
  if [ ${#missing[@]} -gt 0 ]; then
    why="build the firmware and emulate its chips" install_packages "${missing[@]}"
  fi
  make -s -C "$firmware" deps
  make -s -C "$firmware" -j2 fleet build/microbit/otakey.hex
}

# test_firmware FULL: 1 for the sizes that the documentation quotes, else 0.
test_firmware() {
  list_missing
  if [ ${#missing[@]} -gt 0 ]; then
    why="test the firmware: compilers, emulator, and what its results are compared with" \
      install_packages "${missing[@]}"
    list_missing
    if [ ${#missing[@]} -gt 0 ]; then
      say "the firmware cannot be tested: ${missing[*]} missing"
      exit 1
    fi
  fi
  say "tests: firmware, compiled by $(gcc --version | head -1)"
  make -s -C "$firmware" deps
  build # the gateway that devices meet
  # First what the longest part waits for; make would else compile everything before it begins.
  make -s -C "$firmware" -j3 --output-sync=target e2e-parts fleet FULL="$1"
  local scale=tiny experiment failed=0
  [ "$1" = 1 ] && scale=small
  OTAKEY_BUILD=off "$root/otakey" loadgen run "$root/loadgen/experiments/e7-firmware.yaml" \
    --scale "$scale" --quiet --out "$root/target/experiments/e7-firmware-$scale" &
  experiment=$! # it mostly waits
  make -s -C "$firmware" -j3 --output-sync=target e2e bench size test-merge fuzz test FULL="$1" || failed=1
  [ "$failed" = 0 ] || kill "$experiment" 2>/dev/null || true
  if ! wait "$experiment" && [ "$failed" = 0 ]; then
    say "FAILED: firmware beside virtual devices; target/experiments/e7-firmware-$scale/report.html"
    failed=1
  fi
  [ "$failed" = 0 ] || exit 1
}
