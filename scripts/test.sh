# ./otakey test: every test there is. Sourced by otakey.
need_maven
say "tests: compiled and run on JDK $(java_version "$build_home/bin/java") from $build_home"
full=false
[ "${1:-}" = --full ] && full=true
maven verify -Dotakey.full="$full"
newest=$(jdks | head -1 | cut -d' ' -f2)
if [ "$newest" != "$build_home" ]; then
  say "the same classes, protocol tests once more, on JDK $(java_version "$newest/bin/java") from $newest"
  maven -q surefire:test -pl protocol -Djvm="$newest/bin/java"
fi
