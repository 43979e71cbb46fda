# Fetching: whatever is cut goes on where it was, so that what reads the bytes never notices.
# shellcheck shell=sh disable=SC2154

tries=${SLUICE_TRIES:-100} # in a row that bring nothing new: some 45 minutes

# fetch URL [FIRST [LAST]]: writes the bytes to standard output. 0 when all were; 1 when it is of no use to go on, with the reason in
# $run/fetch-error; 2 when whoever reads has gone.
fetch() {
  fetch_at=${2:-0}
  fetch_try=0
  while :; do
    : >"$run/head"
    fetch_card=$(cat "$run/card" 2>/dev/null)
    fetch_status=0
    curl -fsS ${fetch_card:+--interface "$fetch_card"} --connect-timeout 10 --speed-limit 1 --speed-time 30 \
      -r "$fetch_at-${3:-}" -D "$run/head" -o - -w '%{stderr}\n%{size_download} %{http_code}\n' "$1" 2>"$run/curl" || fetch_status=$?
    fetch_got=$(tail -n 1 "$run/curl" | cut -d ' ' -f 1)
    fetch_code=$(tail -n 1 "$run/curl" | cut -d ' ' -f 2)
    case $fetch_got in '' | *[!0-9]*) fetch_got=0 ;; esac
    case $fetch_code in
      200)
        if [ "$fetch_at" -gt 0 ] && [ "$fetch_got" -gt 0 ]; then
          echo "the server sends no ranges" >"$run/fetch-error"
          return 1
        fi
        ;;
      409 | 412)
        echo "$fetch_code: the image was replaced by another version" >"$run/fetch-error"
        return 1
        ;;
      416) # There is nothing behind the last byte.
        [ "$fetch_at" -eq 0 ] || return 0
        ;;
    esac
    [ "$fetch_status" -ne 0 ] || return 0
    case $fetch_code in 4?? | 5??) fetch_got=0 ;; esac
    [ "$fetch_status" -ne 23 ] || return 2
    fetch_at=$((fetch_at + fetch_got))
    [ "$fetch_got" -eq 0 ] || fetch_try=0
    fetch_try=$((fetch_try + 1))
    case $fetch_code in '' | 000) fetch_code='no answer' ;; esac
    fetch_why="$fetch_code after $fetch_at bytes: $(first_line "$run/curl")"
    if [ "$fetch_code" = 503 ] && [ -n "$(field Retry-After)" ]; then
      # It is there and has others before this machine; how long an installation may take is its affair.
      fetch_try=0
      once fetch "the server lets this machine wait"
      pause 1
      continue
    fi
    if [ "$fetch_try" -ge "$tries" ]; then
      echo "$fetch_why" >"$run/fetch-error"
      return 1
    fi
    say "cut off, $fetch_why; going on"
    pause "$fetch_try"
    # A card may have lost its cable, and another reach the server.
    [ "$fetch_code" != 'no answer' ] || [ $((fetch_try % 3)) -ne 0 ] || ask "$(server_url)/healthz" || :
  done
}

# fetched URL [FIRST [LAST]]: the same for a pipe, whose exit status is that of its last command; the status is in $run/fetched.
fetched() {
  echo 1 >"$run/fetched"
  : >"$run/fetch-error"
  fetched_status=0
  fetch "$@" || fetched_status=$?
  echo "$fetched_status" >"$run/fetched"
}
