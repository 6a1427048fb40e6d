# ./otakey fuzz [SECONDS] [NAME ...]: searches parsers for faults, led by coverage (Jazzer), so many
# seconds each (60); all of them, or those named. What fails is kept in target/fuzz/NAME, and what
# was found on the way in target/fuzz/NAME/corpus, where the next search begins. Sourced by otakey
# and test.sh.
jazzer=0.24.0
fuzz_suites=(
  protocol:io.otakey.protocol.wire.WireFuzz
  protocol:io.otakey.protocol.handshake.PayloadFuzz
  protocol:io.otakey.protocol.device.RecordFuzz
  gateway:io.otakey.gateway.admin.AdminFuzz
  gateway:io.otakey.gateway.admin.ImportFuzz
  gateway:io.otakey.gateway.transport.hook.HookFuzz
  gateway:io.otakey.gateway.journal.JournalFuzz
  gateway:io.otakey.gateway.vault.VaultFuzz
  gateway:io.otakey.gateway.config.ConfigFuzz
  gateway:io.otakey.gateway.presence.PresenceFuzz
  gateway:io.otakey.gateway.recovery.MemoryFuzz
  gateway:io.otakey.gateway.oidc.OidcFuzz
  gateway:io.otakey.gateway.registry.LabelFuzz
  gateway:io.otakey.gateway.fuzz.SettingsFuzz
  gateway:io.otakey.gateway.exchange.ConversationFuzz
  loadgen:io.otakey.loadgen.experiment.LoadgenFuzz
)

# Class paths of the tests, and Jazzer itself, which only this command needs.
prepare_fuzz() {
  local part
  say "compiling parsers and what feeds them ..."
  maven -q -DskipTests package >&2
  maven -q -pl protocol,gateway,loadgen -Dmdep.includeScope=test -Dmdep.outputFile=target/test-classpath \
    process-test-classes dependency:build-classpath >/dev/null
  mkdir -p "$root/target/fuzz"
  for part in jazzer jazzer-api; do
    maven -q dependency:copy "-Dartifact=com.code-intelligence:$part:$jazzer" "-DoutputDirectory=$root/target/fuzz" -N >/dev/null
  done
}
fuzz_classpath() {
  echo "$root/protocol/target/test-classes:$root/$1/target/test-classes:$root/$1/target/classes:$(cat "$root/$1/target/test-classpath")"
}

# fuzz_one MODULE SUITE NAME SECONDS
fuzz_one() {
  local folder=$root/target/fuzz/$3 classpath log
  classpath=$(fuzz_classpath "$1")
  log=$folder/log
  mkdir -p "$folder/corpus"
  "$build_home/bin/java" "-Dotakey.root=$root" -cp "$classpath" io.otakey.protocol.fuzz.Jazz "$2#$3" "$folder/corpus"
  if [ -d "$root/$1/src/test/corpus/$3" ]; then cp "$root/$1/src/test/corpus/$3/"* "$folder/corpus/"; fi
  (cd "$folder" && nice "$build_home/bin/java" -Xmx1g "-Dotakey.root=$root" -cp "$root/target/fuzz/*:$classpath" \
    com.code_intelligence.jazzer.Jazzer --target_class=io.otakey.protocol.fuzz.Jazz "--target_args=$2#$3" \
    --instrumentation_includes="io.otakey.**" --custom_hook_includes="io.otakey.**" --disabled_hooks="com.code_intelligence.**" \
    "-max_total_time=$4" -max_len=4096 -timeout=10 -rss_limit_mb=3072 -print_final_stats=1 "$folder/corpus") >"$log" 2>&1 ||
    { tail -60 "$log" >&2; say "FAILED: $3, the whole of it in $log"; return 1; }
  printf '%-20s %s\n' "$3" "$(sed -n 's/^stat::number_of_executed_units: *\(.*\)/\1 executions/p; s/.*cov: \([0-9]*\) .*/\1 edges/p' "$log" | tail -2 | tac | tr '\n' ' ')"
}

fuzz() {
  local seconds=60 each module suite name failed=0
  if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    seconds=$1
    shift
  fi
  prepare_fuzz
  for each in "${fuzz_suites[@]}"; do
    module=${each%%:*} suite=${each#*:}
    for name in $("$build_home/bin/java" "-Dotakey.root=$root" -cp "$(fuzz_classpath "$module")" io.otakey.protocol.fuzz.Jazz "$suite"); do
      if [ $# -eq 0 ] || [[ " $* " == *" $name "* ]]; then
        fuzz_one "$module" "$suite" "$name" "$seconds" || failed=1
      fi
    done
  done
  return "$failed"
}
