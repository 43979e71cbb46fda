# What a disk needs that is larger than its image: the second partition table at its end, the last partition grown, an entry of the firmware.
# shellcheck shell=sh disable=SC2154

# partitions DISK: one line for each, in the order of the disk: NAME NUMBER START SECTORS.
partitions() {
  for partitions_each in "$sys/block/$1/$1"*; do
    [ -e "$partitions_each/partition" ] || continue
    echo "${partitions_each##*/} $(cat "$partitions_each/partition") $(cat "$partitions_each/start") $(cat "$partitions_each/size")"
  done | sort -n -k 3
}

# reread: the kernel looks at the partitions again.
reread() {
  udevadm settle --timeout=10 2>/dev/null || :
  partx -u "$disk" 2>/dev/null || partx -a "$disk" 2>/dev/null || blockdev --rereadpt "$disk" 2>/dev/null || :
  udevadm settle --timeout=10 2>/dev/null || :
}

# second_table: where GPT has its copy, at the end of the disk.
second_table() {
  [ "$(blkid -p -o value -s PTTYPE "$disk" 2>/dev/null)" = gpt ] || return 0
  sgdisk -e "$disk" >"$run/sgdisk" 2>&1
}

# grow LINE: a partition as partitions says it, and an ext file system in it.
grow() {
  grow_line=$1
  [ -n "$grow_line" ] || return 0
  grow_name=${grow_line%% *}
  grow_number=$(echo "$grow_line" | cut -d ' ' -f 2)
  # Partition tables of DOS have logical ones inside another.
  if [ "$grow_number" -gt 4 ] && [ "$(blkid -p -o value -s PTTYPE "$disk")" = dos ]; then
    say "$grow_name: is a logical partition, and stays as it is"
    return 0
  fi
  # A partition of another kind is not made larger: what is behind its end is left to who knows it.
  grow_type=$(blkid -p -o value -s TYPE "$dev/$grow_name")
  case $grow_type in
    ext[234] | xfs | btrfs | f2fs | LVM2_member | crypto_LUKS) ;;
    *)
      say "$grow_name: stays as it is: ${grow_type:-what it has} is not grown"
      return 0
      ;;
  esac
  echo ', +' | sfdisk -q -N "$grow_number" --no-reread --no-tell-kernel "$disk" >"$run/sfdisk" 2>&1 || return 1
  reread
  case $grow_type in
    ext[234])
      e2fsck -fp "$dev/$grow_name" >"$run/e2fsck" 2>&1
      [ $? -le 2 ] && resize2fs "$dev/$grow_name" >"$run/resize2fs" 2>&1 || return 1
      say "$grow_name and its file system have the whole disk now"
      ;;
    *) say "$grow_name has the whole disk now; its file system is grown by the installed system" ;;
  esac
}

# with_mount NAME COMMAND...: runs a command with a file system mounted at $run/mnt.
with_mount() {
  with_name=$1
  shift
  mkdir -p "$run/mnt"
  mount "$dev/$with_name" "$run/mnt" 2>"$run/mount" || return 1
  with_status=0
  "$@" || with_status=$?
  umount "$run/mnt" || with_status=1
  return "$with_status"
}

# loader: the path of the boot loader on the EFI partition that is mounted, as firmware writes it.
loader() {
  for loader_each in "$run"/mnt/EFI/*/shimx64.efi "$run"/mnt/EFI/*/shimaa64.efi "$run"/mnt/EFI/*/grubx64.efi "$run"/mnt/EFI/*/grubaa64.efi \
    "$run"/mnt/EFI/systemd/systemd-boot*.efi "$run"/mnt/EFI/[Bb][Oo][Oo][Tt]/[Bb][Oo][Oo][Tt]*.[Ee][Ff][Ii]; do
    if [ -e "$loader_each" ]; then
      # shellcheck disable=SC1003
      echo "${loader_each#"$run/mnt"}" | tr / '\\\\'
      return 0
    fi
  done
  return 1
}

find_loader() { loader >"$run/loader"; }

# boot_entry: the disk first in the firmware's order, the network after it. Only where the machine was started by UEFI.
boot_entry() {
  [ -d "$sys/firmware/efi" ] || return 0
  [ -e "$sys/firmware/efi/efivars/BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c" ] ||
    mount -t efivarfs efivarfs "$sys/firmware/efi/efivars" 2>/dev/null || :
  entry_part=$(sfdisk -J "$disk" 2>/dev/null | jq -r '.partitiontable.partitions[] | select((.type | ascii_upcase) == "C12A7328-F81F-11D2-BA4B-00A0C93EC93B" or .type == "ef") | .node' | head -n 1)
  if [ -z "$entry_part" ]; then
    say "the disk has no EFI partition, so the firmware gets no entry"
    return 0
  fi
  with_mount "${entry_part##*/}" find_loader || { say "the EFI partition has no boot loader, so the firmware gets no entry"; return 0; }
  # An entry of an installation before this one would lead to the same disk.
  for entry_old in $(efibootmgr 2>/dev/null | sed -n 's/^Boot\([0-9A-F]\{4\}\)[* ] Sluice\b.*/\1/p'); do
    efibootmgr -q -b "$entry_old" -B 2>/dev/null || :
  done
  entry_number=$(cat "$sys/class/block/${entry_part##*/}/partition")
  efibootmgr -q -c -d "$disk" -p "$entry_number" -L "Sluice $(job .machine)" -l "$(cat "$run/loader")" 2>"$run/efibootmgr" || return 1
  say "the firmware starts $(cat "$run/loader") of $entry_part first"
}
