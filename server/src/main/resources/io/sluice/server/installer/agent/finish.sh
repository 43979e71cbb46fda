# After the installation.
# shellcheck shell=sh disable=SC2154

# /run is small.
big=${SLUICE_BIG:-/tmp}

# take_kernel: copies the newest kernel of the root file system that is mounted, its initrd, and the words it is started with.
take_kernel() {
  take_newest=$(find "$run/mnt/boot" -maxdepth 1 \( -name 'vmlinuz*' -o -name 'vmlinux*' \) 2>/dev/null | sort -V | tail -n 1)
  [ -n "$take_newest" ] || return 1
  take_version=${take_newest##*/vmlinu[xz]}
  take_initrd=
  for take_each in "$run/mnt/boot/initrd.img$take_version" "$run/mnt/boot/initramfs$take_version.img" "$run/mnt/boot/initrd$take_version" "$run/mnt/boot/initrd.img"; do
    [ ! -e "$take_each" ] || { take_initrd=$take_each; break; }
  done
  cp -L "$take_newest" "$big/kernel" && { [ -z "$take_initrd" ] || cp -L "$take_initrd" "$big/initrd"; } || return 1
  # The words that the installed system starts its kernel with.
  cat "$run/mnt/boot/grub/grub.cfg" "$run/mnt/boot/grub2/grub.cfg" "$run"/mnt/boot/loader/entries/*.conf 2>/dev/null |
    sed -n 's/^[[:space:]]*\(linux\|linux16\|linuxefi\)[[:space:]]\{1,\}[^[:space:]]*[[:space:]]*//p; s/^options[[:space:]]*//p' | head -n 1 >"$run/kernel-words"
}

# start_installed: the installed kernel without the firmware; returns when that cannot be.
start_installed() {
  finish_root=$(find_root) || { say "kexec: no Linux on the disk"; return 1; }
  with_mount "$finish_root" take_kernel || { say "kexec: $finish_root has no kernel"; return 1; }
  finish_words=$(cat "$run/kernel-words")
  case $finish_words in
    *root=*[!\$]*) ;;
    *) finish_words="root=UUID=$(blkid -p -o value -s UUID "$dev/$finish_root") ro $(tr ' ' '\n' <"$cmdline" | grep '^console=' | tr '\n' ' ')" ;;
  esac
  # Variables of GRUB's language mean nothing here; consoles are those of this kernel.
  finish_words=$(echo "$finish_words" | tr ' ' '\n' | grep -v '\$' | tr '\n' ' ')$(tr ' ' '\n' <"$cmdline" | grep '^console=' | tr '\n' ' ')
  set -- --command-line="$finish_words"
  [ ! -e "$big/initrd" ] || set -- "$@" --initrd="$big/initrd"
  kexec -s -l "$big/kernel" "$@" 2>"$run/kexec" || kexec -c -l "$big/kernel" "$@" 2>"$run/kexec" || { say "kexec: $(first_line "$run/kexec")"; return 1; }
  sync
  kexec -e
}

# boot_next_disk: has the firmware start the disk the next time, and not ask the network again.
boot_next_disk() {
  [ -d "$sys/firmware/efi" ] || return 0
  mount -t efivarfs efivarfs "$sys/firmware/efi/efivars" 2>/dev/null || :
  next_entry=$(efibootmgr -v 2>/dev/null | sed -n 's/^Boot\([0-9A-F]\{4\}\).*HD(.*/\1/p' | head -n 1)
  [ -z "$next_entry" ] || efibootmgr -q -n "$next_entry" || :
}

restart() {
  sync
  reboot -f
}

# finish WHAT
finish() {
  case $1 in
    kexec)
      say "starting the installed kernel"
      start_installed
      say "starting the machine again instead"
      restart
      ;;
    poweroff)
      say "switching off"
      sync
      poweroff -f
      ;;
    stay)
      say "staying; switch the machine off or restart it"
      console_shells
      while :; do sleep 3600; done
      ;;
    *)
      say "restarting"
      restart
      ;;
  esac
}

# wait_for_another: after a failure, until the machine is set to be installed anew; then it starts again.
wait_for_another() {
  say "waiting; the machine restarts when it is to be installed again"
  console_shells
  while :; do
    sleep "${SLUICE_AGAIN:-30}"
    if ask "$(server_url)/api/v1/installations/job?$(identity)" && [ "$(status)" = 200 ]; then
      restart
    fi
  done
}
