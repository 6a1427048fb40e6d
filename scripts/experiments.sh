# ./otakey experiments: every experiment that is shipped, one after the other. Sourced by otakey.
scale=small
out=$root/target/experiments
only=
while [ $# -gt 0 ]; do
  case $1 in
    --scale) scale=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --only) only=$2; shift 2 ;;
    *) say "usage: ./otakey experiments [--scale tiny|small|full] [--only NAME] [--out FOLDER]"; exit 2 ;;
  esac
done

files=("$root"/loadgen/experiments/*"$only"*.yaml)
[ -f "${files[0]}" ] || { say "experiments: none has '$only' in its name"; exit 2; }
build
need_fonts
if grep -q 'kind: *\(host\|chip\)' "${files[@]}"; then
  source "$root/scripts/firmware.sh"
  need_firmware
fi
failed=()
begun=$SECONDS
for file in "${files[@]}"; do
  name=$(basename "$file" .yaml)
  say "== $name"
  since=$SECONDS
  "$root/otakey" loadgen run "$file" --scale "$scale" --out "$out/$name-$scale" || failed+=("$name")
  say "== $name: $((SECONDS - since)) s"
done
say "all: $((SECONDS - begun)) s; reports in $out"
if [ ${#failed[@]} -gt 0 ]; then
  say "FAILED: ${failed[*]}"
  exit 1
fi
