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

# What its tests need beside these.
need_firmware_tests() {
  list_missing
  if [ ${#missing[@]} -gt 0 ]; then
    why="test the firmware: compilers, emulator, and what its results are compared with" \
      install_packages "${missing[@]}"
  fi
}

# test_firmware_alone FULL: all that needs no gateway, and the programs that meet one; FULL is 1 for
# the sizes that the documentation quotes, else 0.
test_firmware_alone() {
  list_missing
  if [ ${#missing[@]} -gt 0 ]; then
    say "the firmware cannot be tested: ${missing[*]} missing"
    exit 1
  fi
  say "tests: firmware, compiled by $(gcc --version | head -1)"
  make -s -C "$firmware" deps
  make -s -C "$firmware" -j2 --output-sync=target e2e-parts fleet walk twin bench size test-merge fuzz test FULL="$1"
}

# test_firmware_met FULL: devices against a real gateway, which is built.
test_firmware_met() {
  need_firmware
  say "tests: devices of this machine and emulated chips against a real gateway"
  OTAKEY_BUILD=off make -s -C "$firmware" e2e FULL="$1"
}

# test_firmware_mixed FULL: as part of an experiment, among virtual devices; and unproven at its end.
test_firmware_mixed() {
  local scale=tiny file name out
  [ "$1" = 1 ] && scale=small
  need_firmware
  say "tests: firmware beside virtual devices"
  for file in "$root"/loadgen/experiments/e7-firmware.yaml "$root"/loadgen/src/test/experiments/*-firmware.yaml; do
    name=$(basename "$file" .yaml)
    out=$root/target/experiments/$name-$scale
    OTAKEY_BUILD=off "$root/otakey" loadgen run "$file" --scale "$scale" --quiet --out "$out" ||
      { say "FAILED: $out/report.html"; exit 1; }
  done
}

# test_libfuzzer FULL: the parsers in C, searched by libFuzzer as well.
test_libfuzzer() {
  local missing=()
  command -v clang >/dev/null || missing+=(clang)
  compgen -G '/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*' >/dev/null || missing+=(libclang-rt-14-dev)
  [ ${#missing[@]} = 0 ] || why="search the firmware's parsers by libFuzzer" install_packages "${missing[@]}"
  say "tests: the firmware's parsers searched by libFuzzer of $(clang --version | head -1)"
  make -s -C "$firmware" deps
  make -s -C "$firmware" -j2 libfuzzer SECONDS=30
}
