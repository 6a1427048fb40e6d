#!/bin/sh
# Builds a test with one seeded bug switched on, and passes only if the test then fails.
#
#   tools/seeded.sh TEST BUG CC FLAGS BUILD SOURCES THIRD_PARTY_OBJECTS      called by `make bugs`
set -eu
test=$1 bug=$2 cc=$3 flags=$4 build=$5 sources=$6 third_party=$7
folder=$build/bugs/$bug
mkdir -p "$folder"
caught=$folder/$test.caught

# Nothing changed since it was caught.
[ -z "$(find "$caught" -newer "$build/$test" 2> /dev/null)" ] || {
  echo "seeded bug $bug: caught by $test before"
  exit 0
}

objects= seeded=
for source in $sources; do
  if grep -q "\b$bug\b" "$source"; then
    seeded=$folder/$(basename "$source" .c).o
    # shellcheck disable=SC2086
    nice -n 19 $cc $flags "-D$bug" -c "$source" -o "$seeded"
    objects="$objects $seeded"
  else
    objects="$objects $build/${source%.c}.o"
  fi
done
[ -n "$seeded" ] || { echo "seeded bug $bug: no source has it" >&2; exit 1; }

library=
[ "$test" != test_crypto ] || library=-lsodium
# shellcheck disable=SC2086
nice -n 19 $cc -fsanitize=address,undefined "$build/test/$test.o" $objects $third_party \
  -o "$folder/$test" $library
if nice -n 19 "$folder/$test" > "$folder/log" 2>&1; then
  echo "seeded bug $bug: $test did not catch it" >&2
  exit 1
fi
touch "$caught"
echo "seeded bug $bug: caught by $test"
