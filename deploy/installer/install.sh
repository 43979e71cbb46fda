#!/bin/sh
# Writes the image that the kernel's command line names to a disk, and proves it: reads the disk back, compares its digest, and
# tells the server. What can be tried again is; what cannot is reported as failed, with the reason. Needs a POSIX shell, curl, dd,
# sed, tr, head and sha256sum (those of BusyBox will do), and zstd, gzip, xz or tar for images that are compressed.
#
#   install.sh [DISK]
#
# On the command line, as the profile "install" writes it:
#   sluice.image=URL     what is written; goes on where it was cut off, unless it is compressed
#   sluice.sha256=HEX    its digest; without it the server compares what is reported
#   sluice.complete=URL  where to say what was read back
#   sluice.fail=URL      where to say that it did not work
#   sluice.disk=DEVICE   where to; without it and without an argument, the only disk there is
#
# Exit codes: 0 installed and reported, 1 not installed, 2 bad usage.
set -eu

cmdline=${SLUICE_CMDLINE:-/proc/cmdline}
tries=${SLUICE_TRIES:-100}            # in a row that bring nothing new, some 45 minutes
longest_wait=${SLUICE_LONGEST_WAIT:-30} # seconds between two of them, unless the server asks for more
block=1048576

work=$(mktemp -d "${TMPDIR:-/tmp}/sluice-install-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

say() { echo "install: $*" >&2; }

word() { tr ' ' '\n' <"$cmdline" | sed -n "s|^sluice\.$1=||p" | tail -n 1; }

# The status of the last answer; empty when there was none.
status() { tr -d '\r' <"$work/head" | sed -n 's|^HTTP/[0-9.]* \([0-9]*\).*|\1|p' | tail -n 1; }

field() { tr -d '\r' <"$work/head" | sed -n "s|^$1: *||Ip" | tail -n 1; }

# Waits before trying again: as long as the server asks for, else longer each time. $1 is how often it was tried.
pause() {
  seconds=$(field Retry-After)
  case $seconds in
    '' | *[!0-9]*)
      seconds=1
      for _ in 1 2 3 4 5; do
        [ "$seconds" -lt "$1" ] && seconds=$((seconds * 2))
      done
      [ "$seconds" -le "$longest_wait" ] || seconds=$longest_wait
      ;;
  esac
  sleep "$seconds"
}

# Tells the server something until it has heard it. $1 is the URL, the others are fields of a form.
report() {
  url=$1
  shift
  [ -n "$url" ] || return 0
  try=0
  while :; do
    : >"$work/head"
    if curl -fsS --connect-timeout 10 --max-time 60 -D "$work/head" -o "$work/answer" "$@" "$url" 2>"$work/error"; then
      return 0
    fi
    case $(status) in
      408 | 429) ;;
      4*) # It will not say anything else next time.
        say "the server does not accept the report: $(status) $(cut -c 1-500 "$work/error")"
        return 1
        ;;
    esac
    try=$((try + 1))
    [ "$try" -lt "$tries" ] || return 1
    say "the server cannot be told yet: $(cut -c 1-200 "$work/error")"
    pause "$try"
  done
}

fail() {
  say "failed: $1"
  report "$(word fail)" --data-urlencode "reason=$1" || true
  exit 1
}

# The only disk there is that could be meant.
only_disk() {
  found=
  for each in /sys/block/*; do
    case ${each##*/} in loop* | ram* | zram* | sr* | fd* | dm-* | md* | nbd*) continue ;; esac
    if [ ! -e "$each/size" ] || [ "$(cat "$each/size")" -eq 0 ] || [ "$(cat "$each/removable")" != 0 ]; then
      continue
    fi
    [ -z "$found" ] || return 1
    found=/dev/${each##*/}
  done
  [ -n "$found" ] && echo "$found"
}

# Fetches the image from block $at on and writes it; moves $at behind the last whole block that is on the disk. True when the
# last byte is. Sets $size.
transfer() {
  : >"$work/head"
  echo 1 >"$work/curl"
  # shellcheck disable=SC2086
  if ! {
    curl -fsS --connect-timeout 10 --speed-limit 1 --speed-time 60 -r "$((at * block))-" -D "$work/head" "$image" \
      2>"$work/error" && echo 0 >"$work/curl"
  } | { $unpack 2>"$work/unpack" || echo 1 >"$work/curl"; } |
    dd of="$disk" bs="$block" seek="$at" conv=notrunc,fsync iflag=fullblock 2>"$work/dd"; then
    fail "cannot write to $disk: $(grep -v records "$work/dd" | head -n 1 | cut -c 1-150)"
  fi
  code=$(status)
  range=$(field Content-Range)
  blocks=$(sed -n 's/^\([0-9]*\)+[0-9]* records out.*/\1/p' "$work/dd")
  rest=$(sed -n 's/^\([0-9]*\) bytes.*/\1/p' "$work/dd")
  case $code in
    206) size=${range##*/} ;;
    200)
      if [ "$at" -gt 0 ]; then
        # It began at the first byte, and stands in the wrong place.
        at=0
        return 1
      fi
      size=$(field Content-Length)
      ;;
    416) # There is nothing behind the last block, if that is the size.
      size=${range##*/}
      [ "$((at * block))" = "$size" ] && return 0
      at=0
      return 1
      ;;
    *) return 1 ;;
  esac
  if [ "$unpack" != cat ]; then
    # It cannot go on in the middle, and its size is that of what was unpacked.
    size=$rest
    [ "$(cat "$work/curl")" = 0 ]
    return
  fi
  at=$((at + ${blocks:-0}))
  [ "$(cat "$work/curl")" = 0 ]
}

# Fetches and writes until everything is on the disk.
write() {
  at=0
  try=0
  while ! transfer; do
    code=$(status)
    case $code in
      409 | 412) fail "$code: the image was replaced by another version" ;;
    esac
    [ "${before:-0}" -ge "$at" ] || try=0
    before=$at
    try=$((try + 1))
    why="${code:-no answer} after $((at * block)) bytes: $(cat "$work/error" "$work/unpack" 2>/dev/null | head -n 1 | cut -c 1-150)"
    [ "$try" -lt "$tries" ] || fail "$why"
    say "$why; trying again"
    pause "$try"
  done
}

# The one file of an archive. What goes wrong within is found when the disk is read back.
untar() { zstd -dc | tar -xOf -; }

# The digest of what a disk has, read from the disk and not from memory where that is possible.
read_back() {
  if [ -b "$disk" ]; then
    sync
    blockdev --flushbufs "$disk" 2>/dev/null || true
    { echo 1 >/proc/sys/vm/drop_caches; } 2>/dev/null || true
  fi
  head -c "$size" "$disk" | sha256sum | cut -d ' ' -f 1
}

image=$(word image)
expected=$(word sha256 | tr A-F a-f)
[ -n "$image" ] || { say "sluice.image (expected: a URL on the command line, $cmdline)"; exit 2; }
disk=${1:-$(word disk)}
[ -n "$disk" ] || disk=$(only_disk) || fail "disk (expected: sluice.disk=DEVICE, because there is not just one)"
name=${image%%\?*}
case $name in
  *.tar.zst) unpack=untar ;;
  *.zst) unpack='zstd -dc' ;;
  *.gz) unpack='gzip -dc' ;;
  *.xz) unpack='xz -dc' ;;
  *) unpack='cat' ;;
esac

round=0
while :; do
  round=$((round + 1))
  say "writing ${name##*/} to $disk"
  write
  read=$(read_back)
  # The digest of a compressed image is not that of the disk; the server knows that one.
  if [ "$unpack" != cat ] || [ -z "$expected" ] || [ "$read" = "$expected" ]; then
    break
  fi
  [ "$round" -lt 2 ] || fail "the disk has $size bytes with SHA-256 $read, and the image has SHA-256 $expected"
  say "the disk has SHA-256 $read instead of $expected; writing it once more"
done

report "$(word complete)" --data-urlencode "sha256=$read" --data-urlencode "bytes=$size" ||
  fail "the server does not accept that the disk has $size bytes with SHA-256 $read"
say "installed: $size bytes, SHA-256 $read"
