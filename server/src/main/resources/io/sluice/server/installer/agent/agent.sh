#!/bin/sh
# shellcheck disable=SC2154
# Installs this machine: asks the server for its job, writes the image to the disk that is meant, reads it back, and says what came of it.
lib=${SLUICE_LIB:-/lib/sluice}
for each in say network job disk fetch write verify report repair seed rescue finish; do
  # shellcheck disable=SC1090
  . "$lib/$each.sh"
done

# failed REASON: says so, to the server and to whoever looks at the screen. Returns.
failed() {
  stop_reporter
  say "failed: $1"
  tell fail --data-urlencode "reason=$1" || :
  send_log
}

# on_disk: chooses the disk and brings the image onto it, proved. 1 with the reason in $run/reason.
on_disk() {
  size=$(job .image.size)
  expected=$(job .image.sha256)
  # Those that were found while the network came up are all.
  [ -z "${settling-}" ] || wait "$settling" || :
  name=$(job .image.name)
  disk=$(choose_disk "$(job .disk)" "$size") || { echo "$disk" >"$run/reason"; return 1; }
  echo "$disk" >"$run/disk"
  say "the disk is $disk of: $(list_disks)"
  disk=$dev/$disk
  stage discard
  cleared=n
  if clear_disk "${disk##*/}" "$size"; then cleared=y; fi
  form=$(choose_form "$cleared")
  echo "$size" >"$run/total"
  for _ in 1 2; do
    say "writing $name to $disk, ${form%% *}: ${form#* }"
    stage write
    if ! stream "${form%% *}"; then
      # Another form may be had where this one cannot.
      case ${form%% *}:$(first_line "$run/reason") in raw:* | *:"cannot write"* | *:409* | *:412*) return 1 ;; esac
      say "$(first_line "$run/reason")"
      form="raw the other form cannot be had"
      echo "$size" >"$run/total"
      continue
    fi
    stage verify
    echo "$size" >"$run/total"
    read=$(read_back "$size") || return 1
    [ "$read" != "$expected" ] || return 0
    say "the disk has SHA-256 $read instead of $expected"
    form="raw the whole image, once more"
  done
  at=$(first_difference "$size")
  echo "the first wrong byte is at ${at:-no offset any more}: the disk has SHA-256 $read and the image $expected" >"$run/reason"
  return 1
}

# made_ready: what the disk needs to be started from, and what the machine becomes. 1 with the reason in $run/reason.
made_ready() {
  stage repair
  second_table || { echo "the second partition table cannot be written: $(first_line "$run/sgdisk")" >"$run/reason"; return 1; }
  reread
  last=$(partitions "${disk##*/}" | tail -n 1)
  seed_to=$(job .seed.to)
  stage seed
  get_seed || { echo "the seed cannot be fetched: $(first_line "$run/fetch-error")" >"$run/reason"; return 1; }
  [ -s "$run/seed-list" ] || seed_to=none
  # Its partition takes the end of the disk before another grows.
  if [ "$seed_to" = cidata ]; then seed_cidata || return 1; fi
  if [ "$(job .grow)" != no ]; then
    grow "$last" || { echo "the last partition cannot be grown: $(first_line "$run/resize2fs" "$run/e2fsck" "$run/sfdisk")" >"$run/reason"; return 1; }
  fi
  if [ "$seed_to" = nocloud ]; then
    if seed_root=$(find_root); then
      seed_nocloud "$seed_root" || return 1
    elif [ "$(job .seed.required)" = yes ]; then
      echo "no Linux on the disk that could take the seed" >"$run/reason"
      return 1
    else
      say "no Linux on the disk that could take a seed; it has none"
    fi
  fi
  if [ "$(job .boot_entry)" != no ]; then
    boot_entry || { echo "the firmware takes no boot entry: $(first_line "$run/efibootmgr")" >"$run/reason"; return 1; }
  fi
}

install_machine() {
  echo 0 >"$run/total"
  stage disk
  start_reporter
  if ! on_disk || ! made_ready; then
    failed "$(head -n 1 "$run/reason" | cut -c 1-1000)"
    return 1
  fi
  stop_reporter
  stage finish
  progress_once
  tell complete --data-urlencode "sha256=$read" --data-urlencode "bytes=$size" || {
    failed "the server does not accept that $disk has $size bytes with SHA-256 $read"
    return 1
  }
  say "installed $name on $disk: $size bytes, SHA-256 $read"
  send_log
}

main() {
  mkdir -p "$run"
  [ -n "$(word server)" ] || { say "sluice.server (expected: a URL on the command line)"; return 1; }
  settle_disks &
  settling=$!
  : >"$run/asks-for-addresses"
  network_up
  rescue_ssh
  if ! get_job; then
    sleep 10
    boot_next_disk
    restart
  fi
  if install_machine; then
    finish "$(job .afterwards)"
  else
    wait_for_another
  fi
}

[ -n "${SLUICE_SOURCED-}" ] || main
