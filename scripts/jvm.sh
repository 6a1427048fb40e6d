# Which JVM runs the gateway, and with what. Sourced by ./otakey and, where there are no sources, by
# bin/otakey.

# Feature version of a java command, 0 if it is none: as the file beside it says, else it itself.
java_version() {
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$(dirname "$1")/../release" 2>/dev/null | grep . ||
    "$1" -XshowSettings:properties -version 2>&1 |
    sed -n 's/^ *java.specification.version = \([0-9]*\).*/\1/p' | grep . || echo 0
}

# jvms PROGRAM: all that have it, newest first, as "version home".
jvms() {
  for home in "${OTAKEY_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/* \
    "$(dirname "$(dirname "$(readlink -f "$(command -v java || echo /nowhere/bin/java)")")")"; do
    if [ -n "$home" ] && [ -x "$home/bin/$1" ] && [ ! -L "$home" ]; then
      echo "$(java_version "$home/bin/java") $home"
    fi
  done | sort -k1,1nr -u
}

# What Hazelcast asks of a JDK with modules.
hazelcast=(--add-modules java.se --add-exports java.base/jdk.internal.ref=ALL-UNNAMED
  --add-opens java.base/java.lang=ALL-UNNAMED --add-opens java.base/sun.nio.ch=ALL-UNNAMED
  --add-opens java.management/sun.management=ALL-UNNAMED
  --add-opens jdk.management/com.sun.management.internal=ALL-UNNAMED)

# jvm_options VERSION: sets options to what every command needs.
jvm_options() {
  options=(--enable-native-access=ALL-UNNAMED)
  if [ "$1" -ge 24 ]; then
    options+=(--sun-misc-unsafe-memory-access=allow)
  fi
}

# gateway_options COMMAND: adds what suits a command of io.otakey.gateway.Main: one that stays, or one
# that is over in a moment.
gateway_options() {
  case $1 in
    gateway) options+=(-XX:+UseParallelGC -Xss512k "${hazelcast[@]}") ;;
    *) options+=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto) ;;
  esac
}
