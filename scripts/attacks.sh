# ./otakey bench attacks: what honest devices have left before, during and after each of several
# attacks. The attacker stands for other machines: it runs at the lowest priority. Sourced by
# bench.sh.

# Each prints one line of what the attacker got; 50 seconds.
attack_garbage() { flood --frame garbage --seconds 50 --rate "$half"; }
attack_guard() { flood --frame guard --seconds 50 --rate "$half"; }
attack_slow_mqtt() { siege slow mqtt --connections 20000 --rate 600; }
attack_slow_http() { siege slow http --connections 20000 --rate 600; }
attack_churn() { siege churn mqtt --connections 2000 --rate 1000; }
attack_invented_allow_list() { invent fenced; }
attack_invented_quota() { invent limited; }
attack_reconnect() { storm 4000 16; }
attack_campaign() { campaign_under_flood 3000; }

siege() {
  nice -n 19 "$root/otakey" loadgen siege --how "$1" "--$2" "127.0.0.1:$(port "$2")" --seconds 50 --json \
    --source-addresses 127.0.6.1,127.0.7.1,127.0.8.1,127.0.9.1 "${@:3}"
}
# invent PRODUCT: ids that nobody ever heard of, with the right product key, 300 a second.
invent() {
  nice -n 19 "$root/otakey" loadgen enroll --bundle "$data/$1.json" --mqtt "127.0.0.1:$(port mqtt)" \
    --devices 15000 --rate 300 --connect keep --connections 64 --id-prefix "$attack-$round-" \
    --timeout 1 --no-proof --quiet --json "$data/invented" >/dev/null 2>&1 || true
  printf '{"tried":15000,"enrolled":%s}\n' "$(sed -n 's/.*"enrolled" *: *\([0-9]*\).*/\1/p' "$data/invented" | head -1)"
}
# storm DEVICES TIMES: they enroll, then all of them come back within a second, again and again, as
# devices would that do not spread themselves.
storm() {
  local i
  {
    printf 'name: storm\nabout: Everything comes back at once.\n'
    printf 'gateway: {use: {mqtt: "127.0.0.1:%s", http: "127.0.0.1:%s", admin: "%s", token-file: "%s"}}\n' \
      "$(port mqtt)" "$(port http)" "$OTAKEY_URL" "$OTAKEY_TOKEN_FILE"
    printf 'products: [{id: storm-%s, allow-list: false}]\n' "$round"
    printf 'population: [{devices: %s, product: storm-%s}]\n' "$1" "$round"
    printf 'generator: {in-flight: %s, sources: [127.0.6.1, 127.0.7.1]}\narrival: {rate: 800}\n' "$1"
    printf 'phases:\n  - do: enroll\n'
    for i in $(seq "$2"); do
      printf '  - {do: churn, name: storm-%s, arrival: {shape: burst, within: 1s}}\n' "$i"
    done
    printf 'assert: [bricked == 0]\n'
  } >"$data/storm.yaml"
  nice -n 19 "$root/otakey" loadgen run "$data/storm.yaml" --quiet --out "$data/storm" >"$data/storm.log" 2>&1 ||
    cat "$data/storm.log" >&2
  awk -F, '$2 ~ /^storm-/ { n++; through += $4; dropped += $6; if ($12 + 0 > p99) p99 = $12 + 0 }
    END { printf "{\"storms\":%d,\"through\":%d,\"dropped\":%d,\"worstP99Millis\":%.0f}\n", n, through, dropped, p99 }' \
    "$data/storm/phases.csv"
}
# campaign_under_flood DEVICES: a fleet that lives is asked for new keys, 100 a second, while frames
# with a wrong guard come.
campaign_under_flood() {
  local id name=flooded-$round
  coproc fleet {
    nice -n 19 "$root/otakey" loadgen live --bundle "$data/bundle.json" --mqtt "127.0.0.1:$(port mqtt)" \
      --devices "$1" --rate 1000 --platform login --poll-within 5 --id-prefix "$name-" 2>/dev/null
  }
  echo await >&"${fleet[1]}"
  read -r <&"${fleet[0]}"
  id=$("$root/otakey" admin --json campaign create "$name" --rotate --product bench --id-prefix "$name-" --rate 100 --start |
    sed -n 's/^ *"id" : \([0-9]*\).*/\1/p')
  printf '%s, ' "$(flood --frame guard --seconds 50 --rate "$half")"
  "$root/otakey" admin --json campaign show "$id" | tr -d ' \n' |
    sed -n 's/.*"confirmed":\([0-9]*\).*/of '"$1"' devices asked for a new key \1 have it\n/p'
  echo quit >&"${fleet[1]}"
  wait "$fleet_PID" || true
}
# honest_all PREFIX: as honest, and how many of them came to nothing.
honest_all() {
  echo "$(honest "$1" | head -1) $(sed -n 's/.*"failed" *: *\([0-9]*\).*/\1/p' "$data/result.json" | head -1)"
}

bench_attacks() {
  say "attacks ..."
  local attack round ceiling half rounds=1 names=(garbage guard invented_allow_list invented_quota slow_mqtt slow_http churn reconnect campaign)
  [ "$full" = false ] || rounds=3
  start_gateway "$run_home"
  make_product fenced "$data/fenced.json"
  make_product limited "$data/limited.json" --allow-list=false --quota 100
  enroll warm- 60000 "${warm[@]}" >/dev/null
  enroll warmeach- 20000 "${each[@]}" >/dev/null
  flood --seconds 15 >/dev/null
  ceiling=$(flood --seconds 10 | sed -n 's/.*"perSecond":\([0-9]*\).*/\1/p')
  half=$((ceiling / 2))
  echo "200 honest enrollments a second, a connection each, p50 / p99 in ms and how many failed (medians of $rounds;"
  echo "frames of floods: half of the $ceiling a second that gateway and generator manage together):"
  printf '  %-20s %16s %16s %16s  %s\n' attack before during after "what the attacker got"
  for attack in "${names[@]}"; do
    : >"$data/before" && : >"$data/during" && : >"$data/after"
    for round in $(seq "$rounds"); do
      honest_all "$attack-b$round-" >>"$data/before"
      "attack_$attack" >"$data/attacker" &
      sleep 10 # until it has what it wants
      honest_all "$attack-d$round-" >>"$data/during"
      wait $!
      honest_all "$attack-a$round-" >>"$data/after"
    done
    printf '  %-20s %16s %16s %16s  %s\n' "$attack" "$(summary before)" "$(summary during)" "$(summary after)" "$(cat "$data/attacker")"
  done
  echo
  stop_node
}
summary() { printf '%s / %s, %s' "$(column 1 "$data/$1")" "$(column 2 "$data/$1")" "$(column 3 "$data/$1")"; }
