# Shared by the checks; sourced. Starts servers, waits for conditions, ends what was started, and keeps count of what failed.
set -euo pipefail

# Without a UTF-8 locale the server warns of names it cannot find, and checks want no warning.
export LC_ALL=C.UTF-8

repo=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
jar=$repo/server/target/sluice.jar
work=$(mktemp -d "${TMPDIR:-/tmp}/sluice-check-XXXXXX")
java=${JAVA:-java}
java_flags=(-XX:+UseSerialGC -Xms64m -Xmn16m -Xmx256m -XX:MaxTenuringThreshold=1 -Xss512k -XX:MaxDirectMemorySize=64m -XX:TieredStopAtLevel=1 -XX:+UseTransparentHugePages -XX:+AlwaysPreTouch -XX:+ExitOnOutOfMemoryError)
passed=0
failed=0
children=()

finish() {
  local status=$?
  for child in "${children[@]}"; do kill -KILL "$child" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
  [ "$status" -eq 0 ] || echo "FAILED: $(basename "$0") ended with $status" >&2
}
trap finish EXIT

need() {
  command -v "$1" >/dev/null || { echo "FAILED: $1 is missing (Debian package: $2)" >&2; exit 1; }
}

# expect WHAT COMMAND...: one line, and a count, for each thing that is checked.
expect() {
  local what=$1
  shift
  if "$@" >"$work/expect.out" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $what"
  else
    failed=$((failed + 1))
    echo "FAILED  $what"
    head -c 2000 "$work/expect.out" 2>&1 | sed 's/^/        | /'
  fi
}

# until_true SECONDS COMMAND...: waits for a condition.
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.05
  done
}

# serve ROOT [OPTION...]: starts a server on free ports; sets $server, $url, $metrics and $log. The access log is off unless
# $access_log names a file. $listen names another address and port.
serve() {
  local root=$1
  shift
  log=$work/server-$RANDOM.log
  "$java" "${java_flags[@]}" -jar "$jar" serve --root "$root" --listen "${listen:-127.0.0.1:0}" --metrics-listen 127.0.0.1:0 \
    --access-log "${access_log:-off}" "$@" 2>"$log" &
  server=$!
  children+=("$server")
  until_true 20 grep -q 'metrics port' "$log" || { cat "$log" >&2; return 1; }
  url=$(sed -n 's/.*image port: \(http[^ ]*\)\/ .*/\1/p' "$log")
  metrics=$(sed -n 's/.*metrics port: \(http.*\)\/metrics/\1/p' "$log")
}

stop_server() {
  kill -TERM "$server"
  wait "$server" || true
}

# value SERIES: the value of one series, labels included, from the metrics port.
value() {
  curl -sf "$metrics/metrics" | awk -v series="$1" 'index($0, series " ") == 1 { print $NF }'
}

is() {
  [ "$1" = "$2" ] || { echo "is $1, expected $2"; return 1; }
}

at_most() {
  awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }' || { echo "is $1, expected at most $2"; return 1; }
}

at_least() {
  awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }' || { echo "is $1, expected at least $2"; return 1; }
}

summary() {
  echo "$(basename "$0"): $passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}
