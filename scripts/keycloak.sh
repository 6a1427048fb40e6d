# The administration API with tokens of a real provider of identities: Keycloak. Sourced by test.sh,
# after package.sh.
keycloak_version=26.0.8
keycloak_sha256=d82a52098db41f036bcfe8f2ebfd9251781c8af5959af8714e8aa9b311081786

# A realm in which alice operates meters, bob looks on and carol is nothing here; tokens of the client
# `console` are meant for the gateway, those of `other` are not.
keycloak_realm() {
  local client='"publicClient": true, "directAccessGrantsEnabled": true'
  user() {
    printf '{"username": "%s", "enabled": true, "emailVerified": true, "email": "%s@plant.example",
      "firstName": "%s", "lastName": "Test", "realmRoles": [%s],
      "credentials": [{"type": "password", "value": "%s"}]}' "$1" "$1" "$1" "$2" "$password"
  }
  cat <<EOF
{"realm": "plant", "id": "plant", "enabled": true,
 "roles": {"realm": [{"name": "meter-ops"}, {"name": "auditors"}]},
 "clients": [
   {"clientId": "console", $client, "protocolMappers": [
     {"name": "audience", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
      "config": {"included.custom.audience": "otakey", "access.token.claim": "true"}}]},
   {"clientId": "other", $client}],
 "users": [$(user alice '"meter-ops"'), $(user bob '"auditors"'), $(user carol '')]}
EOF
}

# start_keycloak FOLDER: with the realm, on a free port; sets `provider`.
start_keycloak() {
  local archive=$1/keycloak-quarkus-dist-$keycloak_version.zip port
  maven -q -N dependency:copy "-Dartifact=org.keycloak:keycloak-quarkus-dist:$keycloak_version:zip" "-DoutputDirectory=$1"
  sha256sum --check --quiet <<<"$keycloak_sha256  $archive"
  unzip -q "$archive" -d "$1"
  mkdir -p "$1/keycloak-$keycloak_version/data/import"
  keycloak_realm >"$1/keycloak-$keycloak_version/data/import/plant.json"
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  provider=http://127.0.0.1:$port
  JAVA_HOME=$build_home KC_BOOTSTRAP_ADMIN_USERNAME=admin KC_BOOTSTRAP_ADMIN_PASSWORD=$password \
    bash "$1/keycloak-$keycloak_version/bin/kc.sh" start-dev --http-host=127.0.0.1 "--http-port=$port" \
    --cache=local --import-realm >"$1/keycloak.log" 2>&1 &
  keycloak=$!
  for _ in $(seq 600); do
    curl -sf "$provider/realms/plant" >/dev/null && return
    kill -0 "$keycloak" 2>/dev/null || break
    sleep 0.2
  done
  cat "$1/keycloak.log" >&2
  return 1
}

# token_of USER CLIENT [REALM]: an access token.
token_of() {
  curl -sf "$provider/realms/${3:-plant}/protocol/openid-connect/token" -d grant_type=password \
    -d "client_id=$2" -d "username=$1" --data-urlencode "password=$password" | jq -r .access_token
}
# status_of TOKEN PATH [OPTION ...]: how the gateway answers.
status_of() {
  curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" "${@:3}" "$OTAKEY_URL$2"
}
expect() {
  [ "$2" = "$3" ] || { say "keycloak: FAILED: $1: $3 instead of $2"; return 1; }
  echo "keycloak: $1: $2"
}

# Signs with another key from now on, as providers do now and then.
change_keys() {
  curl -sf "$provider/admin/realms/plant/components" -H "Authorization: Bearer $(token_of admin admin-cli master)" \
    --json '{"name": "newer", "providerId": "rsa-generated", "providerType": "org.keycloak.keys.KeyProvider",
      "parentId": "plant", "config": {"priority": ["200"], "keySize": ["2048"], "algorithm": ["RS256"]}}'
}

# test_keycloak FULL: what is built.
test_keycloak() (
  say "tests: tokens of Keycloak $keycloak_version"
  folder=$(mktemp -d "${TMPDIR:-/tmp}/otakey-keycloak.XXXXXX")
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  keycloak=
  trap 'stop_node; [ -z "$keycloak" ] || { kill "$keycloak" && wait "$keycloak"; } 2>/dev/null; rm -rf "$folder"' EXIT
  start_keycloak "$folder"
  export OTAKEY_BUILD=off OTAKEY_ADMIN_OIDC_ISSUER=$provider/realms/plant OTAKEY_ADMIN_OIDC_AUDIENCE=otakey \
    OTAKEY_ADMIN_OIDC_ROLESCLAIM=realm_access.roles OTAKEY_ADMIN_OIDC_NAMECLAIM=preferred_username \
    OTAKEY_ADMIN_OIDC_ROLES=meter-ops=operator:meter,auditors=viewer
  start_node "$folder/node" "$folder/gateway.log"
  "$root/otakey" admin product create meter --name Meter >/dev/null
  local alice
  alice=$(token_of alice console)
  expect "who alice is" '{"name":"oidc:alice","role":"operator","products":["meter"]}' \
    "$(curl -s -H "Authorization: Bearer $alice" "$OTAKEY_URL/self")"
  printf '%s' "$alice" >"$folder/access-token"
  printf 'deviceId\na-1\n' >"$folder/devices.csv"
  "$root/otakey" admin --token-file "$folder/access-token" devices import meter "$folder/devices.csv" >/dev/null
  expect "alice registers a device" 1 "$("$root/otakey" admin --json devices list --product meter | jq '.devices | length')"
  expect "alice makes a product" 403 "$(status_of "$alice" /products --json '{"id": "valve"}')"
  expect "bob looks on" 200 "$(status_of "$(token_of bob console)" /products)"
  expect "bob makes a product" 403 "$(status_of "$(token_of bob console)" /products --json '{"id": "valve"}')"
  expect "carol, who has no role" 401 "$(status_of "$(token_of carol console)" /products)"
  expect "a token for somebody else" 401 "$(status_of "$(token_of alice other)" /products)"
  expect "a token that was changed" 401 "$(status_of "${alice%??????}AAAAAA" /products)"
  change_keys
  local newer
  newer=$(token_of alice console)
  for _ in $(seq 150); do # unknown keys are looked for every ten seconds at most
    [ "$(status_of "$newer" /products)" = 200 ] && break
    sleep 0.2
  done
  expect "alice, with a newer key of the provider" 200 "$(status_of "$newer" /products)"
  kill "$keycloak" && wait "$keycloak" 2>/dev/null || true
  keycloak=
  expect "alice, with the provider away" 200 "$(status_of "$newer" /products)"
)
