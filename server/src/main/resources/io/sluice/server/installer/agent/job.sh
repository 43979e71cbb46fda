# The job: what the server wants done here.
# shellcheck shell=sh disable=SC2154

# job FIELD: a value of the job, such as .image.url; empty when it is not there.
job() { jq -r "$1 // empty" "$run/job.json"; }

# status: of the last answer; empty when there was none.
status() { tr -d '\r' <"$run/head" | sed -n 's|^HTTP/[0-9.]* \([0-9]*\).*|\1|p' | tail -n 1; }

# field NAME: of the head of the last answer.
field() { tr -d '\r' <"$run/head" | sed -n "s|^$1: *||Ip" | tail -n 1; }

# pause TRY: waits as long as the server asks for, else longer each time, up to half a minute.
pause() {
  pause_seconds=$(field Retry-After)
  case $pause_seconds in
    '' | *[!0-9]*)
      pause_seconds=1
      for _ in 1 2 3 4 5; do
        [ "$pause_seconds" -lt "$1" ] && pause_seconds=$((pause_seconds * 2))
      done
      [ "$pause_seconds" -le "${SLUICE_LONGEST_WAIT:-30}" ] || pause_seconds=${SLUICE_LONGEST_WAIT:-30}
      ;;
  esac
  sleep "$pause_seconds"
}

# ask CURL-ARGUMENT...: a request by the card that reached the server, or by each that has an address. What came is in $run/answer.
ask() {
  for ask_card in $(with_addresses); do
    : >"$run/head"
    : >"$run/answer"
    if curl -sS --interface "$ask_card" --connect-timeout 5 --max-time 60 -D "$run/head" -o "$run/answer" "$@" 2>"$run/error" || [ -n "$(status)" ]; then
      [ -n "$(status)" ] || continue
      echo "$ask_card" >"$run/card"
      return 0
    fi
  done
  return 1
}

# server_url: without a slash at its end.
server_url() { server_word=$(word server) && echo "${server_word%/}"; }

# job_url: where the job is asked for.
job_url() {
  job_token=$(word token)
  if [ -n "$job_token" ]; then
    echo "$(server_url)/api/v1/installations/$job_token/job"
  else
    echo "$(server_url)/api/v1/installations/job?$(identity)"
  fi
}

# why: what the server says of a refusal, in a line.
why() { { jq -r '.detail // .title // empty' "$run/answer" 2>/dev/null || first_line "$run/answer"; } | head -n 1 | cut -c 1-300; }

# once NAME TEXT...: says something of a kind again only when it is something else.
once() {
  once_name=$1
  shift
  [ "$(cat "$run/once-$once_name" 2>/dev/null)" = "$*" ] && return 0
  echo "$*" >"$run/once-$once_name"
  say "$*"
}

# get_job: asks until the server has one, which is then in $run/job.json. 1 when there is none for this machine.
get_job() {
  get_url=$(job_url)
  get_try=0
  while :; do
    get_try=$((get_try + 1))
    # Only where this agent has the cards, which it has not where its functions are tried.
    [ ! -e "$run/asks-for-addresses" ] || network_up
    if [ -z "$(with_addresses)" ]; then
      [ "$get_try" -lt 10 ] || once network "no address by DHCP yet; asking on by $(cards | tr '\n' ' ')"
      sleep 1
      continue
    fi
    if ! ask "$get_url"; then
      once network "the server cannot be reached: $(first_line "$run/error"); trying on"
      pause "$get_try"
      continue
    fi
    case $(status) in
      200)
        mv "$run/answer" "$run/job.json"
        if [ -n "$(job .url)" ]; then
          say "$(cat "$run/card") has $(cat "$run/net/$(cat "$run/card")") and reaches $(word server)"
          return 0
        fi
        once job "the server's answer is no job"
        ;;
      404 | 409 | 410)
        say "the server has nothing to install here: $(why)"
        return 1
        ;;
      *) once job "waiting for the server: $(status) $(why)" ;;
    esac
    pause "$get_try"
  done
}
