# ./otakey audit: what is known about what this is made of, and what could not be asked. Sourced by
# otakey. 0: nothing is known against it; 1: something is; 3: not everything could be asked.
source "$root/scripts/package.sh"
found=0 unasked=0

# outcome NAME STATUS: 0 nothing, 1 something; else it could not be asked.
outcome() {
  case $2 in
    0) say "ok           $1" ;;
    1) say "FOUND        $1"; found=1 ;;
    *) say "NOT CHECKED  $1"; unasked=1 ;;
  esac
}

# locked FOLDER: npm takes each package by the checksum that stands here.
locked() {
  jq -e '[.packages | to_entries[] | select(.key != "") | .value.integrity // ""]
    | length > 0 and all(startswith("sha512-"))' "$1/package-lock.json" >/dev/null
}

# advised FOLDER: what the registry knows against what its lock file names.
advised() {
  local report=$package/npm-audit.json
  npm audit --package-lock-only --json --prefix "$1" >"$report" 2>/dev/null && return 0
  jq -e '.metadata.vulnerabilities.total > 0' "$report" >/dev/null 2>&1 || return 2
  jq -r '.vulnerabilities[] | "  \(.severity) \(.name) \(.range)"' "$report" >&2
  return 1
}

# scanned SBOM: by grype, if it is here; it brings its own list of what is known.
scanned() {
  local report=$package/grype.json
  if ! command -v grype >/dev/null; then
    say "  grype is not here; any scanner that reads CycloneDX will do: grype sbom:${1#"$root/"}"
    return 2
  fi
  grype "sbom:$1" -q -o json >"$report" || return 2
  jq -r '.matches[] | "  \(.vulnerability.severity) \(.vulnerability.id) \(.artifact.name) \(.artifact.version)"' "$report" >&2
  jq -e '.matches == []' "$report" >/dev/null
}

need_packing
mkdir -p "$package"
build_distribution
sbom=$root/gateway/target/sbom.json
outcome "$(jq '.components | length' "$sbom") jars: releases of one version each, by checksum (Maven)" 0
for folder in grafana gateway/deploy/check; do
  status=0 && locked "$root/$folder" || status=1
  outcome "$folder/package-lock.json: each package by checksum" "$status"
  status=2
  if command -v npm >/dev/null; then
    status=0 && advised "$root/$folder" || status=$?
  fi
  outcome "advisories of the registry about $folder/package-lock.json" "$status"
done
status=0 && scanned "$sbom" || status=$?
outcome "advisories about the jars of sbom.json" "$status"
[ $found = 0 ] || exit 1
[ $unasked = 0 ] || exit 3
