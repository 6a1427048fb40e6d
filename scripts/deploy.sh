# What runs gateways elsewhere (gateway/deploy), held to what it is for. Sourced by test.sh,
# after dashboards.sh.
deploy=$root/gateway/deploy

need_systemd() {
  command -v systemd-analyze >/dev/null || why="check the unit for systemd" install_packages systemd
}

# What systemd understands of the unit, and how much it shuts; 0 is all, 10 nothing.
test_unit() {
  local unit=$root/target/deploy/otakey-gateway.service said
  sed "s|^ExecStart=/usr/bin/otakey|ExecStart=$root/otakey|" "$deploy/systemd/otakey-gateway.service" >"$unit"
  said=$(systemd-analyze verify --man=no "$unit" 2>&1 | grep -F otakey-gateway || true)
  [ -z "$said" ] || { say "$said"; return 1; }
  systemd-analyze security --offline=true --threshold=15 "$unit" | tail -1
}

# That every field, value and name of the manifests is one, and that the gateway takes its settings.
test_kubernetes() {
  local check=$deploy/check config=$root/target/deploy/otakey.yaml
  install_modules "$check"
  mkdir -p "$root/target/deploy/tls"
  touch "$root/target/deploy/tls/tls.crt" "$root/target/deploy/tls/tls.key" # they have to be there
  node "$check/manifests.mjs" | sed "s|/etc/otakey|$root/target/deploy|g" >"$config"
  OTAKEY_BUILD=off OTAKEY_CLUSTER_HOST=127.0.0.1 \
    "$root/otakey" gateway --config "$config" --cluster --print-config >"$config.read"
  grep -q "otakey-nodes.otakey.svc" "$config.read"
}

# test_deployment FULL: what is built.
test_deployment() {
  say "tests: unit for $(systemd-analyze --version | head -1), manifests for Kubernetes"
  mkdir -p "$root/target/deploy"
  test_unit
  test_kubernetes
}
