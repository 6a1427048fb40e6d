#!/bin/sh
# Builds a test with each seeded bug of its list switched on, and passes only if it then fails.
#
#   tools/seeded.sh FOLDER/TEST.bugs CC FLAGS BUILD SOURCES OTHER_OBJECTS      called by `make bugs`
#
# SOURCES: what may have the bug; their objects are in BUILD. OTHER_OBJECTS: what else is linked.
set -eu
list=$1 cc=$2 flags=$3 build=$4 sources=$5 others=$6
test=$(basename "$list" .bugs)

# Builds the test with the bug $1 in $2.
seed() {
  # shellcheck disable=SC2086,SC2116
  seeded=$(grep -lw "$1" $sources) || { echo "seeded bug $1: no source has it" >&2; exit 1; }
  seeded=" $(echo $seeded) "
  mkdir -p "$2"
  objects=
  for source in $sources; do
    case $seeded in
    *" $source "*)
      object=$2/$(basename "$source" .c).o
      # shellcheck disable=SC2086
      nice -n 19 $cc $flags "-D$1" -c "$source" -o "$object"
      ;;
    *) object=$build/${source%.c}.o ;;
    esac
    objects="$objects $object"
  done
  library=
  [ "$test" != test_crypto ] || library=-lsodium
  # shellcheck disable=SC2086
  nice -n 19 $cc -fsanitize=address,undefined "$build/test/$test.o" $objects $others -o "$2/$test" \
    $library
}

while read -r bug; do
  folder=$build/bugs/$test/$bug
  if [ -n "$(find "$folder/caught" -newer "$build/$test" 2> /dev/null)" ]; then
    echo "seeded bug $bug: caught by $test before" # nothing changed since
    continue
  fi
  seed "$bug" "$folder"
  if nice -n 19 "$folder/$test" > "$folder/log" 2>&1; then
    echo "seeded bug $bug: $test did not catch it" >&2
    exit 1
  fi
  touch "$folder/caught"
  echo "seeded bug $bug: caught by $test"
done < "$list"
