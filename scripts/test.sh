# ./otakey test: every test there is. Sourced by otakey.
need_maven
full=false
[ "${1:-}" = --full ] && full=true
if [ "${1:-}" = --upgrade-from ]; then
  # Nodes of an earlier commit are replaced by this version's, one by one; nothing else is tested.
  previous=$root/target/previous
  rm -rf "$previous" && mkdir -p "$root/target"
  git -C "$root" archive --prefix=previous/ "$2" | tar -x -C "$root/target"
  "$previous/otakey" build
  maven package "-Dotakey.previous=$previous" -Dtest=VectorTest,KeySourceTest,RollingUpgradeTest -Dsurefire.failIfNoSpecifiedTests=false
  return
fi
say "tests: compiled and run on JDK $(java_version "$build_home/bin/java") from $build_home"
options=(-Dotakey.full="$full")
[ "$full" = true ] && options+=(-Dtest.processes=1 "-Dtest.timeout=60 m" "-Dnewest.gateway=*Test" "-Dnewest.protocol=*Test") # fleets of 20,000 have the machine to themselves
newest=$(jdks | head -1 | cut -d' ' -f2)
if [ "$newest" != "$build_home" ]; then
  say "and run again on JDK $(java_version "$newest/bin/java") from $newest: of protocol and gateway what a JDK can make a difference to, of loadgen a fleet with kills"
  options+=(-Dnewest.jvm="$newest/bin/java")
fi
if [ ! -x /usr/lib/rabbitmq/bin/rabbitmq-server ]; then
  # The package would start its own broker; a test starts one of its own.
  export RUNLEVEL=1 ERL_EPMD_ADDRESS=127.0.0.1
  why="test the platform hook with a real broker" install_packages rabbitmq-server
fi
if [ ! -x /usr/sbin/mosquitto ]; then
  export RUNLEVEL=1
  why="test a platform that logins are written into" install_packages mosquitto
fi
need_fonts
begun=$(date +%s)
maven verify "${options[@]}"
touch -d "@$begun" "$stamp" # not now: a source may have changed meanwhile

source "$root/scripts/firmware.sh"
if [ "$full" = true ]; then test_firmware 1; else test_firmware 0; fi
