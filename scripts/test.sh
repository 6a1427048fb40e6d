# ./otakey test: every test there is; `--full PART ...`: of the full sizes only these parts. Sourced by
# otakey.
source "$root/scripts/firmware.sh"
source "$root/scripts/formal.sh"
source "$root/scripts/dashboards.sh"
source "$root/scripts/package.sh"
source "$root/scripts/deploy.sh"
source "$root/scripts/walkthrough.sh"
source "$root/scripts/keycloak.sh"
source "$root/scripts/netem.sh"
need_maven
full=false
full_parts=(java boards firmware_alone models walks twins netem deployment package firmware_met firmware_mixed boards_live walkthrough keycloak reports fuzz libfuzzer upgrade)
wanted=("${full_parts[@]}")
if [ "${1:-}" = --full ]; then
  full=true
  [ $# = 1 ] || wanted=("${@:2}")
  for name in "${wanted[@]}"; do
    [[ " ${full_parts[*]} " = *" $name "* ]] || { say "test: unknown part '$name'; there are: ${full_parts[*]}"; exit 2; }
  done
fi

# With schema 9: the oldest version whose nodes this one's replace while a fleet goes on.
oldest_upgraded=4326938

# Whether the history here has this commit; if not, says what to do.
has_commit() {
  git -C "$root" cat-file -e "$1^{commit}" 2>/dev/null && return
  say "*** THE ROLLING UPGRADE FROM $1 CANNOT BE TESTED: its source is not here."
  if [ "$(git -C "$root" rev-parse --is-shallow-repository 2>/dev/null)" = true ]; then
    say "*** This clone is shallow: run 'git fetch --unshallow' and test again."
  else
    say "*** Test in a clone of the repository that has this commit."
  fi
  return 1
}

# Nodes of an earlier commit are replaced by this version's, one by one; nothing else is tested.
upgrade_from() {
  local previous=$root/target/previous
  rm -rf "$previous" && mkdir -p "$root/target"
  git -C "$root" archive --prefix=previous/ "$1" | tar -x -C "$root/target"
  (unset OTAKEY_BUILD && "$previous/otakey" build)
  maven package "-Dotakey.previous=$previous" -Dtest=VectorTest,KeySourceTest,RollingUpgradeTest -Dsurefire.failIfNoSpecifiedTests=false
}

if [ "${1:-}" = --upgrade-from ]; then
  [ -n "${2:-}" ] || { say "--upgrade-from needs a commit: ./otakey test --upgrade-from $oldest_upgraded"; exit 2; }
  has_commit "$2" || exit 1
  upgrade_from "$2"
  return
fi
[ "$full" = false ] || has_commit "$oldest_upgraded" || say "*** Everything else is tested."
say "tests: compiled and run on JDK $(java_version "$build_home/bin/java") from $build_home"
options=(-Dtest.full="$full")
if [ "$full" = true ]; then # fleets of 20,000 have the machine to themselves
  options+=(-Dtest.processes=1 -Dtest.jit=-XX:+UseParallelGC "-Dtest.timeout=60 m" "-Dnewest.gateway=*Test" "-Dnewest.protocol=*Test"
    -Djqwik.tries.default=20000
    -Dmaven.test.failure.ignore) # and what fails does not keep the rest from being tried
fi
newest=$(jdks | head -1 | cut -d' ' -f2)
if [ "$newest" != "$build_home" ]; then
  say "and run again on JDK $(java_version "$newest/bin/java") from $newest: of protocol and gateway what a JDK can make a difference to, of loadgen a fleet over TLS"
  options+=(-Dnewest.jvm="$newest/bin/java")
fi

# begin NAME COMMAND...: begins it in the background; `finish NAME` waits for it.
declare -A asides=()
begin() {
  local name=$1
  shift
  set -m # a process group, which ends with all that it began
  ("$@") </dev/null &
  asides[$name]=$!
  set +m
}
finish() {
  local status=0
  wait "${asides[$1]}" || status=$?
  unset "asides[$1]"
  return "$status"
}
# The same, and what it prints is shown when it is waited for by `join NAME`.
aside() { mkdir -p "$root/target" && begin "$@" >"$root/target/$1.log" 2>&1; }
# What lets others go first, and does not starve meanwhile: its waits have their ends, too.
idly() {
  renice -n 5 -p "$BASHPID" >/dev/null
  "$@"
}
join() {
  local status=0
  finish "$1" || status=$?
  cat "$root/target/$1.log"
  return "$status"
}
trap 'for group in "${asides[@]}"; do kill -- -"$group" 2>/dev/null || true; done' EXIT

# What tests meet and are made with: brokers, compilers, emulators, a browser.
need_tools() ( # its environment is the installation's alone
  export RUNLEVEL=1 ERL_EPMD_ADDRESS=127.0.0.1 # packages would start brokers; a test starts one of its own
  local together=yes noted=()
  [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || install_packages rabbitmq-server
  [ -x /usr/sbin/mosquitto ] || install_packages mosquitto
  command -v strace >/dev/null || install_packages strace # by which a disk is slow
  need_node
  need_prometheus_and_chromium
  need_firmware_tests
  need_formal
  need_packing
  need_systemd
  need_walkthrough
  need_netem
  together=
  [ ${#noted[@]} = 0 ] || why="run every test" install_packages "${noted[@]}"
)

# What Java's compiler and tests leave idle is for the rest: what needs no Java compiled, and what does.
compiled=$root/target/compiled
beside() {
  for part in boards firmware_alone models; do "test_$part" 0; done
  until [ -f "$compiled" ]; do sleep 1; done # or all ends, when it fails
  for part in walks twins netem deployment firmware_met; do "test_$part" 0; done
  export OTAKEY_JAVA_OPTIONS=-XX:TieredStopAtLevel=1 # short lives: compile quickly, not well
  for part in package firmware_mixed; do "test_$part" 0; done
  # A run that is watched misses scrapes where it starves; whoever may not take it back starves.
  renice -n 0 -p "$BASHPID" >/dev/null 2>&1 || true
  test_boards_live 0
}

begun=$(date +%s)
rm -f "$compiled"
say "compiling; meanwhile what tests need is installed"
aside compile maven package -DskipTests -Pdistribution
need_tools # in front, for it may ask for a password
[ "$full" = true ] || aside beside idly beside
join compile
touch "$compiled"
touch -d "@$begun" "$stamp" # not now: a source may have changed meanwhile

# part NAME COMMAND...: of hours of tests none is lost to an earlier one that fails.
parts=() failures=0
part() {
  local since=$SECONDS result=passed
  begin "$@"
  finish "$1" || { result="*** FAILED" && failures=$((failures + 1)); }
  parts+=("$(printf '%-16s %4d min %2d s  %s' "$1" $(((SECONDS - since) / 60)) $(((SECONDS - since) % 60)) "$result")")
  say "tests: ${parts[-1]}"
}
# A test that fails is an error in Maven's output then, and so is a process that does not end well.
test_java() {
  maven verify "${options[@]}" | tee "$root/target/java.log"
  ! grep '^\[ERROR\]' "$root/target/java.log"
}
test_fuzz() {
  source "$root/scripts/fuzz.sh"
  say "tests: every parser searched for faults, led by coverage"
  fuzz 30
}
test_upgrade() {
  has_commit "$oldest_upgraded"
  say "rolling upgrade from $oldest_upgraded"
  upgrade_from "$oldest_upgraded"
}

if [ "$full" = true ]; then
  for each in "${wanted[@]}"; do part "$each" "test_$each" 1; done
  printf '%s\n' "${parts[@]}"
  [ "$failures" = 0 ] || { say "tests: *** $failures PARTS FAILED, $((SECONDS / 60)) min $((SECONDS % 60)) s"; exit 1; }
else
  aside walkthrough idly test_walkthrough 0
  maven verify "${options[@]}"
  join beside
  join walkthrough
  test_reports
fi
say "tests: all passed, $((SECONDS / 60)) min $((SECONDS % 60)) s"
