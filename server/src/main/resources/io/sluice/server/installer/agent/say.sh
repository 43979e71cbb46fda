# What the agent says: on every console, and in its log, which goes to the server.
# shellcheck shell=sh disable=SC2154

run=${SLUICE_RUN:-/run/sluice}
sys=${SLUICE_SYS:-/sys}
dev=${SLUICE_DEV:-/dev}
cmdline=${SLUICE_CMDLINE:-/proc/cmdline}

# say TEXT...
say() {
  printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*" >>"$run/log"
  # shellcheck disable=SC2013
  for say_tty in $(cat "$sys/class/tty/console/active" 2>/dev/null); do
    printf 'sluice: %s\r\n' "$*" >>"$dev/$say_tty" 2>/dev/null || :
  done
}

# word NAME: the last value of sluice.NAME on the kernel's command line.
word() { tr ' ' '\n' <"$cmdline" | sed -n "s|^sluice\.$1=||p" | tail -n 1; }

# first_line FILE...: the first line that says something, short enough for a message.
first_line() { cat "$@" 2>/dev/null | tr -d '\r' | grep -v '^ *$' | head -n 1 | cut -c 1-200; }

# human BYTES
human() {
  awk -v n="$1" 'BEGIN { split("B kB MB GB TB PB", u, " "); i = 1; while (n >= 1000 && i < 6) { n /= 1000; i++ } printf(i == 1 || n >= 100 ? "%d %s" : "%.1f %s", n, u[i]) }'
}
