# What the server is told while the agent works, and at the end.
# shellcheck shell=sh disable=SC2154

# report_now: has the reporter report at once, because the stage is another.
report_now() { [ ! -e "$run/reporter" ] || kill -USR1 "$(cat "$run/reporter")" 2>/dev/null || :; }

# post STAGE BYTES RATE: one report. Sets $progress_next, after how many seconds the next one is wanted.
post() {
  progress_next=$(curl -sS --interface "$(cat "$run/card")" --connect-timeout 3 --max-time 5 \
    -d "stage=$1&bytes=$2&total=$(cat "$run/total")&rate=$3&disk=$(cat "$run/disk" 2>/dev/null)" \
    "$(job .url)/progress" 2>/dev/null | jq -r '.next // 1' 2>/dev/null)
  case $progress_next in '' | *[!0-9]*) progress_next=1 ;; esac
}

# progress_once: reports how far it is, after the stages that are over and were too short for a report of their own.
progress_once() {
  progress_count=$(wc -l <"$run/stages")
  progress_sent=$(cat "$run/stages-sent" 2>/dev/null || echo 0)
  awk -v sent="$progress_sent" -v count="$progress_count" 'NR > sent && NR < count' "$run/stages" >"$run/stages-due"
  while read -r progress_stage; do
    post "$progress_stage" 0 0
  done <"$run/stages-due"
  echo "$progress_count" >"$run/stages-sent"
  progress_stage=$(sed -n "${progress_count}p" "$run/stages")
  progress_bytes=$(written)
  progress_at=$(cut -d ' ' -f 1 /proc/uptime | tr -d .)
  if [ "${progress_last_stage-}" != "$progress_stage" ]; then
    progress_last_stage=$progress_stage
    progress_last_bytes=$progress_bytes
    progress_last_at=$progress_at
  fi
  progress_span=$((progress_at - progress_last_at))
  progress_rate=0
  [ "$progress_span" -le 0 ] || progress_rate=$(((progress_bytes - progress_last_bytes) * 100 / progress_span))
  [ "$progress_rate" -ge 0 ] || progress_rate=0
  progress_last_bytes=$progress_bytes
  progress_last_at=$progress_at
  post "$progress_stage" "$progress_bytes" "$progress_rate"
}

# reporter: reports until it is ended; on the console, a line for each tenth.
reporter() {
  trap ':' USR1
  # From now on a signal is heard.
  sh -c 'echo $PPID' >"$run/reporter"
  reporter_tenth=
  while :; do
    progress_once
    reporter_total=$(cat "$run/total")
    if [ "$progress_bytes" -gt 0 ] && [ "$reporter_total" -gt 0 ]; then
      reporter_now="$progress_stage $((progress_bytes * 10 / reporter_total))"
      if [ "$reporter_now" != "$reporter_tenth" ]; then
        reporter_tenth=$reporter_now
        say "$progress_stage: $(human "$progress_bytes") of $(human "$reporter_total"), $(human "$progress_rate")/s"
      fi
    fi
    sleep "$progress_next" &
    wait $! 2>/dev/null || :
  done
}

start_reporter() {
  reporter &
  reporter_id=$!
}

stop_reporter() {
  [ -n "${reporter_id-}" ] || return 0
  kill "$reporter_id" 2>/dev/null || :
  reporter_id=
  rm -f "$run/reporter"
}

# tell WHAT CURL-ARGUMENT...: says how it ended until the server has heard it; 1 when it does not accept that.
tell() {
  tell_url=$(job .url)/$1
  shift
  tell_try=0
  while :; do
    tell_try=$((tell_try + 1))
    if ask "$@" "$tell_url"; then
      case $(status) in
        2??) return 0 ;;
        408 | 429 | 5??) once tell "the server cannot take the report yet: $(status) $(why)" ;;
        *)
          say "the server does not accept the report: $(status) $(why)"
          return 1
          ;;
      esac
    else
      once tell "the server cannot be told yet: $(first_line "$run/error")"
    fi
    [ "$tell_try" -lt "$tries" ] || return 1
    pause "$tell_try"
  done
}

# send_log: what was said, the end of it if it is long.
send_log() {
  tail -c 60000 "$run/log" >"$run/log-sent"
  ask -H 'Content-Type: text/plain' --data-binary "@$run/log-sent" "$(job .url)/log" || :
}
