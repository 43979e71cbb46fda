# For who wants to look at a machine: shells on its consoles, and by SSH where the installer was built with keys.
# shellcheck shell=sh disable=SC2154

# console_shells: one on each console, again when it is left.
console_shells() {
  say "there is a shell on this console: press Enter"
  # shellcheck disable=SC2013
  for rescue_tty in $(cat "$sys/class/tty/console/active" 2>/dev/null); do
    # shellcheck disable=SC2094
    while :; do
      setsid -c sh -i <"$dev/$rescue_tty" >"$dev/$rescue_tty" 2>&1 || sleep 5
    done &
  done
}

# rescue_ssh: lets in who has one of the keys, as long as the agent runs; nobody by a password.
rescue_ssh() {
  [ -s /root/.ssh/authorized_keys ] && command -v dropbear >/dev/null || return 0
  [ ! -e "$run/dropbear.pid" ] || return 0
  mkdir -p /etc/dropbear /dev/pts
  mount -t devpts devpts /dev/pts 2>/dev/null || :
  # The key of the host is made when somebody comes.
  if dropbear -R -s -j -k -P "$run/dropbear.pid" 2>"$run/dropbear"; then
    say "who has a key may log in as root by SSH"
  else
    say "no SSH: $(first_line "$run/dropbear")"
  fi
}
