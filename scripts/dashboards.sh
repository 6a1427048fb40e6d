# ./otakey dashboards: Grafana's dashboards, made and looked at. Sourced by otakey; test.sh uses its parts.
boards=$root/grafana
console=$root/gateway/src/main/resources/io/otakey/gateway/admin/console

need_node() {
  if ! command -v npm >/dev/null || [ "$(node --version | sed 's/v\([0-9]*\).*/\1/')" -lt 18 ]; then
    why="make and check dashboards" install_packages nodejs npm
  fi
}

# install_modules FOLDER: what its package-lock.json names, by version and checksum.
install_modules() {
  local installed=$1/node_modules/.package-lock.json
  if [ ! "$installed" -nt "$1/package-lock.json" ]; then
    say "fetching what $(basename "$1")/ is made and checked with ..."
    npm --prefix "$1" ci --silent >&2
    touch "$installed"
  fi
}

# What the scripts of grafana/ are compiled by and use, by package-lock.json's versions and checksums.
compile_boards() {
  need_node
  install_modules "$boards"
  rm -rf "$boards/target"
  "$boards/node_modules/.bin/tsc" -p "$boards"
}

need_prometheus_and_chromium() {
  local missing=()
  command -v prometheus >/dev/null || missing+=(prometheus)
  command -v chromium >/dev/null || missing+=(chromium)
  if [ ${#missing[@]} -gt 0 ]; then
    # The package would start its own Prometheus; a run starts one of its own.
    RUNLEVEL=1 why="look at dashboards with real data" install_packages "${missing[@]}"
  fi
  need_fonts
}

board() {
  [ -f "$boards/target/js/src/main.js" ] || compile_boards
  node "$boards/target/js/src/main.js" "$@"
}

# All that needs no data.
test_boards() {
  compile_boards
  say "tests: dashboards, $(ls "$boards"/dashboards/*.json | wc -l) of them, by Node $(node --version)"
  if ! node --test "$boards"/target/js/test/*.test.js >"$boards/target/tests.log"; then
    cat "$boards/target/tests.log"
    return 1
  fi
  sed -n 's/^# \(pass\|fail\|skipped\) /dashboards: \1 /p' "$boards/target/tests.log"
  (cd "$boards" && node_modules/.bin/prettier --check --log-level warn src test)
  say "the console's scripts, as they are served"
  (cd "$boards" && node_modules/.bin/prettier --config .prettierrc.json --check --log-level warn "$console"/*.js)
  "$boards/node_modules/.bin/tsc" -p "$boards/tsconfig.console.json"
  say "dashboards against Grafana's published types"
  board schema
  "$boards/node_modules/.bin/tsc" -p "$boards/tsconfig.schema.json"
}

# test_boards_live FULL: the console and every query on a real run; 1 draws all dashboards, else one.
test_boards_live() {
  say "tests: the console in a browser, and every query of every panel, on a run that $(prometheus --version 2>&1 | head -1 | cut -d, -f1,2) watches"
  local drawn=fleet
  [ "$1" = 0 ] || drawn=$(basename -s .json -a "$boards"/dashboards/*.json | paste -sd,)
  board run --size small --only "$drawn" --out "$boards/target/pictures" --console "$boards/target/pictures"
}

# test_reports: pages of the runs that Java's tests made, and two of these side by side, in a browser.
test_reports() {
  local reports=$root/loadgen/target/reports
  say "tests: reports of experiments in $(chromium --version | cut -d' ' -f1,2), wide and narrow, light, dark and in print"
  OTAKEY_BUILD=off "$root/otakey" loadgen compare "$reports/e2-update-time-and-data" "$reports/e8-lost-database" --out "$reports/compare.html" >/dev/null
  board reports "$reports"
}

if [ "${command:-}" = dashboards ]; then
  case ${1:-} in
    write) compile_boards; board write ;;
    console)
      compile_boards
      need_prometheus_and_chromium
      command -v pngquant >/dev/null || why="keep pictures small" install_packages pngquant
      build
      board run --size small --only '' --console "$boards/target/pictures"
      for picture in fleet campaign; do
        pngquant --force --speed 1 --output "$root/docs/console-$picture.png" 256 \
          "$boards/target/pictures/console-$picture.png"
      done
      ;;
    reports) shift; compile_boards; need_prometheus_and_chromium; board reports "$@" ;;
    live) shift; compile_boards; need_prometheus_and_chromium; board live "$@" ;;
    preview)
      shift
      compile_boards
      need_prometheus_and_chromium
      command -v pngquant >/dev/null || why="keep pictures small" install_packages pngquant
      build
      board run --size large --shrink "$@"
      ;;
    *)
      say "usage: ./otakey dashboards write     grafana/dashboards/*.json from grafana/src
       ./otakey dashboards preview   grafana/preview/*.png of a run that it starts: two nodes, 2,000 devices
                                     [--only NAME,...] [--theme dark|light] [--out FOLDER]
       ./otakey dashboards console   the console through its buttons in a browser, on a run that it starts;
                                     docs/console-*.png
       ./otakey dashboards reports FOLDER
                                     pages of experiments in a browser; FOLDER has folders of runs
       ./otakey dashboards live --prometheus URL [--scrape 15] [--seconds 3600] --out FOLDER
                                     the same of your own Prometheus, and which queries have no data"
      exit 2
      ;;
  esac
fi
