# ./otakey package: a zip that runs where there are no sources and no Maven, and of the same files a
# package for Debian. Sourced by otakey; test.sh uses test_package.
source "$root/scripts/node.sh"
package=$root/target/package

# When all of it was made, whoever makes it: the same files give the same bytes.
packed_at=2026-01-01T00:00:00Z

need_packing() {
  local missing=()
  for program in zip unzip jq groff curl; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    why="make and check the distribution" install_packages "${missing[@]}"
  fi
}

# The jars, and sbom.json beside them.
build_distribution() {
  need_maven
  say "building what is packed ..."
  maven -q -DskipTests -Pdistribution -pl protocol,gateway package >&2
}

# What the last build left, in a folder as it will be unpacked: sets version, unpacked, archive.
lay_out() {
  local build=$root/gateway/target sbom=$root/gateway/target/sbom.json
  [ -f "$sbom" ] || { say "there is no $sbom: build with -Pdistribution"; return 1; }
  version=$(jq -r .metadata.component.version "$sbom")
  unpacked=$package/otakey-gateway-$version
  archive=$root/target/otakey-gateway-$version.zip
  rm -rf "$package" && mkdir -p "$unpacked"/{bin,lib,share/man/man1,share/completion,grafana,licences}
  cp "$build/otakey-gateway-$version.jar" "$build"/lib/*.jar "$root/scripts/jvm.sh" "$unpacked/lib/"
  cp "$root/scripts/package/otakey" "$unpacked/bin/"
  cp -r "$root/docs" "$root/SECURITY.md" "$root/scripts/package/README.md" "$unpacked/"
  cp -r "$root"/grafana/{dashboards,prometheus,provisioning} "$unpacked/grafana/"
  rm "$unpacked"/grafana/prometheus/*_test.yml
  cp "$sbom" "$unpacked/sbom.json"
}

# Manual pages and completion, by the commands themselves.
document_commands() {
  need_java
  local run=("$java" -XX:TieredStopAtLevel=1 -cp "$unpacked/lib/*")
  "${run[@]}" io.otakey.gateway.ManPages "$unpacked/share/man/man1" "$version" "$(date_of_commit)" \
    "$unpacked/share/completion/otakey.bash"
}
date_of_commit() { git -C "$root" log -1 --format=%cs 2>/dev/null || echo "${packed_at%T*}"; }

# Every jar stands in the list with its checksum.
check_sbom() {
  local unlisted
  unlisted=$(cd "$unpacked/lib" && sha256sum -- *.jar | grep -v " otakey-gateway-$version.jar\$" |
    while read -r sum jar; do
      jq -e --arg sum "$sum" 'any(.components[].hashes[]?; .content == $sum)' "$unpacked/sbom.json" >/dev/null ||
        echo "$jar"
    done)
  if [ -n "$unlisted" ]; then
    say "not in sbom.json: $unlisted"
    return 1
  fi
}

# What is distributed under which licence; fails on one that scripts/package/licences.txt does not allow.
list_licences() {
  local allowed=$root/scripts/package/licences.txt forbidden jar
  jq -r --rawfile allowed "$allowed" '
    ($allowed | split("\n") | map(select(. != "" and (startswith("#") | not)))) as $good
    | .components[] | select(.group != "io.otakey")
    | [.licenses[]? | .expression // .license.id // .license.name] as $licences
    | "\(if any($licences[]; . as $one | $good | index($one)) then "ok" else "NO" end) \(.group):\(.name) \(.version) – \($licences | join(" or "))"
    ' "$unpacked/sbom.json" | sort >"$package/licences"
  forbidden=$(sed -n 's/^NO //p' "$package/licences")
  if [ -n "$forbidden" ]; then
    say "licences that scripts/package/licences.txt does not allow:"
    say "$forbidden"
    return 1
  fi
  {
    echo "What is in lib/, and under which licence; of several, any one. The texts that the jars"
    echo "bring along are in the folders beside this file."
    echo
    sed 's/^ok //' "$package/licences"
  } >"$unpacked/licences/LICENCES.txt"
  for jar in "$unpacked"/lib/*.jar; do
    texts_of "$jar" "$unpacked/licences/$(basename "$jar" .jar)"
  done
}

# texts_of JAR FOLDER: its licence and its notice, if it has any.
texts_of() {
  local names
  names=$(unzip -Z1 "$1" | grep -iE '^(META-INF/)?(licen[cs]e|notice)[^/]*$' || true)
  [ -n "$names" ] || return 0
  mkdir -p "$2"
  echo "$names" | while read -r name; do unzip -qp "$1" "$name" >"$2/$(basename "$name")"; done
}

# The same files give the same bytes: names in order, one time, no owner.
pack() {
  find "$unpacked" -type d -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
  chmod 755 "$unpacked/bin/otakey"
  find "$package/otakey-gateway-$version" -exec touch -h -d "$packed_at" {} +
  rm -f "$archive"
  (cd "$package" && find "otakey-gateway-$version" -print | LC_ALL=C sort | TZ=UTC zip -X -q -n .jar "$archive" -@)
  (cd "$root/target" && sha256sum "$(basename "$archive")" | tee "$archive.sha256" >&2)
}

# The same as a package for Debian; dpkg-deb takes its times from the environment, so it is as
# reproducible as the zip.
pack_debian() {
  local tree=$package/debian share=$package/debian/usr/share page
  local debian_version=${version/-/\~} # a snapshot is older than its release
  debian=$root/target/otakey-gateway_${debian_version}_amd64.deb
  rm -rf "$tree"
  mkdir -p "$tree"/{DEBIAN,etc/otakey,usr/bin,lib/systemd/system} "$share"/{otakey,man/man1,bash-completion/completions,doc/otakey-gateway}
  cp -r "$unpacked"/{bin,lib,grafana} "$share/otakey/"
  cp -r "$unpacked"/{docs,licences,README.md,SECURITY.md,sbom.json} "$share/doc/otakey-gateway/"
  for page in "$unpacked"/share/man/man1/*.1; do gzip -9n -c "$page" >"$share/man/man1/$(basename "$page").gz"; done
  cp "$unpacked/share/completion/otakey.bash" "$share/bash-completion/completions/otakey"
  ln -s ../share/otakey/bin/otakey "$tree/usr/bin/otakey"
  cp "$root/gateway/deploy/systemd/otakey-gateway.service" "$tree/lib/systemd/system/"
  cp "$root/scripts/package/debian/otakey.yaml" "$tree/etc/otakey/"
  cp "$root"/scripts/package/debian/{control,conffiles,postinst,prerm,postrm} "$tree/DEBIAN/"
  find "$tree" -type d -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
  chmod 755 "$tree"/DEBIAN/{postinst,prerm,postrm} "$share/otakey/bin/otakey"
  sed -i "s/@VERSION@/$debian_version/; s/@SIZE@/$(du -sk --exclude=DEBIAN "$tree" | cut -f1)/" "$tree/DEBIAN/control"
  (cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' md5sum >DEBIAN/md5sums)
  SOURCE_DATE_EPOCH=$(date -d "$packed_at" +%s) \
    dpkg-deb --root-owner-group -Znone --build "$tree" "$debian" >&2 # jars are compressed already
  (cd "$root/target" && sha256sum "$(basename "$debian")" >"$debian.sha256")
}

# Of what is built.
make_package() {
  need_packing
  lay_out
  document_commands
  check_sbom
  list_licences
  pack
  pack_debian
  say "made $archive: $(du -h "$archive" | cut -f1), $(ls "$unpacked"/lib/*.jar | wc -l) jars; and $debian"
}

# Two copies of the last commit, built in different folders, are the same bytes.
package_twice() {
  local copy
  for copy in one two; do
    rm -rf "$root/target/twice-$copy" && mkdir -p "$root/target"
    git -C "$root" archive --prefix="twice-$copy/" HEAD | tar -x -C "$root/target"
    (unset OTAKEY_BUILD && "$root/target/twice-$copy/otakey" package)
  done
  cmp "$root"/target/twice-{one,two}/target/otakey-gateway-*.zip
  cmp "$root"/target/twice-{one,two}/target/otakey-gateway_*.deb
  say "both are the same bytes"
}

# The zip as somebody gets it: unpacked elsewhere, its documentation read, a gateway started from it.
test_package() {
  make_package
  local place home page
  place=$(mktemp -d "${TMPDIR:-/tmp}/otakey-package.XXXXXX")
  (
    trap 'stop_node; rm -rf "$place"' EXIT
    unzip -q "$archive" -d "$place"
    home=$(echo "$place"/otakey-gateway-*)
    say "tests: the distribution, $("$home/bin/otakey" --version | head -1)"
    for page in "$home"/share/man/man1/*.1; do
      [ -z "$(groff -man -ww -Tutf8 -z "$page" 2>&1)" ] || { groff -man -ww -Tutf8 -z "$page"; exit 1; }
    done
    bash -c 'source "$1" && complete -p otakey' - "$home/share/completion/otakey.bash" >/dev/null
    start_packed "$home" "$place/data"
    test_debian "$place/debian"
  )
}

# test_debian FOLDER: what its package puts where, without installing it here.
test_debian() {
  dpkg-deb -x "$debian" "$1"
  dpkg-deb -e "$debian" "$1/DEBIAN"
  (cd "$1" && md5sum --quiet -c DEBIAN/md5sums)
  for script in postinst prerm postrm; do sh -n "$1/DEBIAN/$script"; done
  [ -f "$1$(cat "$1/DEBIAN/conffiles")" ]
  [ "$(stat -c %U:%a "$1/etc/otakey/otakey.yaml")" = "$(id -un):644" ]
  "$1/usr/bin/otakey" --version | grep -qF "$version"
  OTAKEY_DATA=$1/data OTAKEY_VAULT_FILE=$1/vault.json "$1/usr/bin/otakey" vault init >/dev/null
  OTAKEY_DATA=$1/data OTAKEY_VAULT_FILE=$1/vault.json "$1/usr/bin/otakey" gateway \
    --config "$1/etc/otakey/otakey.yaml" --print-config | grep -q "^mode: production"
  say "distribution: its package for Debian holds what it says, $(dpkg-deb -f "$debian" Version)"
}

# start_packed HOME DATA: the doctor lets it, it starts, the doctor sees it, it is ready, it ends.
start_packed() {
  local otakey=$1/bin/otakey
  export OTAKEY_DATABASE_PROGRAMS=$root/gateway/target/postgres-programs
  on_free_ports "$2"
  "$otakey" doctor >"$2.doctor" || { cat "$2.doctor"; exit 1; }
  start_node "$2" "$2.log" "$otakey" 120
  curl -sf "$OTAKEY_URL/health/ready" >/dev/null || { cat "$2.log"; exit 1; }
  "$otakey" doctor --json | jq -e '[.findings[].what] | any(contains("of the database'\''s installation, and in force"))' >/dev/null
  stop_node
  [ ! -f "$2/endpoints.json" ] || { say "the gateway did not end as it should"; cat "$2.log"; exit 1; }
  say "distribution: a gateway started from it was ready"
}

if [ "${command:-}" = package ]; then
  case ${1:-} in
    '') build_distribution; make_package ;;
    --twice) package_twice ;;
    --test) build_distribution; test_package ;;
    *) say "usage: ./otakey package [--twice | --test]"; exit 2 ;;
  esac
fi
