# docs/two-nodes.md, carried out: every block of shell in it, in order. Sourced by test.sh.
walked=$root/target/walkthrough

need_walkthrough() {
  local missing=()
  command -v pg_createcluster >/dev/null && [ -n "$(ls /usr/lib/postgresql 2>/dev/null)" ] || missing+=(postgresql)
  command -v ip >/dev/null || missing+=(iproute2)
  command -v openssl >/dev/null || missing+=(openssl)
  command -v xxd >/dev/null || missing+=(xxd)
  command -v curl >/dev/null || missing+=(curl)
  [ ${#missing[@]} = 0 ] || RUNLEVEL=1 why="carry out docs/two-nodes.md" install_packages "${missing[@]}"
}

# walk_page SECONDS LOG: on a machine of its own, where no process, port or database of this one is, nor
# what is written to /etc and /var.
walk_page() {
  local page=$root/docs/two-nodes.md as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  rm -rf "$walked" && mkdir -p "$walked"
  cat >"$walked/otakey" <<EOF
#!/bin/sh
export OTAKEY_BUILD=off OTAKEY_JAVA_OPTIONS="\${OTAKEY_JAVA_OPTIONS:-} -XX:TieredStopAtLevel=1"
exec "$root/otakey" "\$@"
EOF
  chmod +x "$walked/otakey"
  {
    cat <<EOF
set -euo pipefail
ip link set lo up
mount -t tmpfs none /mnt && mkdir /mnt/{etc,work}
mount -t overlay none -o lowerdir=/etc,upperdir=/mnt/etc,workdir=/mnt/work /etc
for folder in /var/lib /var/log /run; do mount -t tmpfs none \$folder; done
rm -rf /etc/postgresql /etc/otakey && mkdir /etc/postgresql
install -d -o postgres /var/log/postgresql /var/lib/postgresql /run/postgresql
pg_createcluster --start \$(ls /usr/lib/postgresql | tail -1) main >/dev/null
export PATH=$walked:\$PATH RULES=$root/grafana/prometheus
set -x
EOF
    sed -n '/^```sh$/,/^```$/{/^```/d;p}' "$page"
  } >"$walked/page.sh"
  "${as_root[@]}" timeout -k 10 "$1" unshare --net --mount --pid --fork --kill-child --mount-proc bash "$walked/page.sh" >"$2" 2>&1
}

# test_walkthrough FULL: what is built.
test_walkthrough() {
  say "tests: docs/two-nodes.md, command by command, with PostgreSQL $(ls /usr/lib/postgresql | tail -1)"
  local said=$walked/said.txt
  if ! walk_page 900 "$said"; then
    tail -50 "$said"
    return 1
  fi
  say "two nodes from nothing: all $(grep -cx '```sh' "$root/docs/two-nodes.md") blocks of commands"
}
