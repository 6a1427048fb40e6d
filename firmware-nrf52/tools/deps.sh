#!/bin/sh
# Fetches the pinned BearSSL from Debian's source package into the folder given, without root and
# without a change to the system's apt. Called by `make deps`.
#
#   tools/deps.sh FOLDER      leaves FOLDER/bearssl/{inc,src,LICENSE.txt}
#
# BEARSSL_TARBALL=file   takes the tarball from there instead of the network (the sum still counts)
# DEBIAN_MIRROR=URL      another mirror of Debian than the one that this system uses
set -eu

package=bearssl
version=0.6+dfsg.1-3
tarball=bearssl_0.6+dfsg.1.orig.tar.xz
sha256=102a625bd8f6155260867a50c508df8d8c3f796985dd744df1a68e5cd1a79004
suite=bookworm
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
  echo "deps: $*" >&2
  exit 1
}

[ $# -eq 1 ] || fail "usage: tools/deps.sh FOLDER"
mkdir -p "$1"
folder=$(cd "$1" && pwd)
[ "$(cat "$folder/bearssl/.sha256" 2> /dev/null)" != "$sha256" ] || exit 0 # there already
work=$folder/fetch
trap 'rm -rf "$work"' EXIT
rm -rf "$work"
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"

by_apt() {
  command -v apt-get > /dev/null ||
    fail "apt-get is missing: get $tarball from a Debian mirror, then" \
      "make deps BEARSSL_TARBALL=/path/to/$tarball"
  mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" \
    'Component: main' 2> /dev/null | head -n 1)}
  [ -n "$mirror" ] || fail "this system's apt has no mirror of Debian $suite: run apt-get update," \
    "or make deps DEBIAN_MIRROR=URL"
  [ -r "$keyring" ] || fail "$keyring is missing: install debian-archive-keyring"
  echo "deb-src [signed-by=$keyring] $mirror $suite main" > "$work/s.list"
  set -- -qq -o Dir::Etc::sourcelist="$work/s.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache"
  [ "$(id -u)" -ne 0 ] || set -- "$@" -o APT::Sandbox::User=root
  echo "deps: $package $version from $mirror ($suite)"
  (cd "$work" &&
    apt-get "$@" update &&
    apt-get "$@" source --download-only "$package=$version") > "$work/log" 2>&1 || {
    tail -n 5 "$work/log" >&2
    fail "$package $version cannot be fetched from $mirror. Without a network:" \
      "make deps BEARSSL_TARBALL=/path/to/$tarball"
  }
}

if [ -n "${BEARSSL_TARBALL:-}" ]; then
  cp "$BEARSSL_TARBALL" "$work/$tarball" || fail "cannot read $BEARSSL_TARBALL"
else
  by_apt
fi

[ -f "$work/$tarball" ] || fail "the source package holds no $tarball"
echo "$sha256  $work/$tarball" | sha256sum --check --quiet - > /dev/null 2>&1 ||
  fail "$tarball has another SHA-256 than $sha256: not used"
mkdir "$work/tree"
tar -xf "$work/$tarball" -C "$work/tree" --strip-components=1
[ -f "$work/tree/inc/bearssl.h" ] || fail "$tarball has another layout than expected"
echo "$sha256" > "$work/tree/.sha256"
rm -rf "$folder/bearssl"
mv "$work/tree" "$folder/bearssl"
echo "deps: $folder/bearssl"
