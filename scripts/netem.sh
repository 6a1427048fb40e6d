# Networks that a kernel's netem plays, where the machine's own may have none: in Debian's Linux that
# runs as a program (User Mode Linux). Sourced by test.sh.
need_netem() {
  command -v linux.uml >/dev/null || install_packages user-mode-linux
  command -v insmod >/dev/null || [ -x /sbin/insmod ] || install_packages kmod
  command -v tc >/dev/null || [ -x /sbin/tc ] || install_packages iproute2
}

# test_netem FULL: packets; and if FULL is 1, an experiment with a gateway.
test_netem() {
  local out=$root/target/netem ended="nothing: it did not come to its end"
  say "tests: networks that a kernel's netem plays"
  rm -rf "$out" && mkdir -p "$out" "$root/loadgen/target/postgres-programs"
  timeout $((300 + $1 * 600)) linux.uml mem=2G rootfstype=hostfs rootflags=/ ro con0=fd:0,fd:1 con=null quiet \
    "uml_dir=$out" "init=$root/scripts/netem-guest.sh" "otakey_root=$root" "otakey_out=$out" \
    "otakey_java=$java" "otakey_full=$1" </dev/null >"$out/log" 2>&1 || true
  [ ! -f "$out/ended" ] || ended=$(cat "$out/ended")
  cat "$out/log"
  [ "$ended" = "exit code 0" ] || { say "netem: FAILED: $ended"; return 1; }
  [ "$1" = 0 ] || grep -q '"networks" : "netem of this kernel: .* packets, and [1-9][0-9,]* lost"' "$out/report/result.json" ||
    { say "netem: FAILED: the report does not say that packets were lost"; return 1; }
}
