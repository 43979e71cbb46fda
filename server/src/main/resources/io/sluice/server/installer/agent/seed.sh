# What the machine becomes: documents of the server, put where cloud-init looks for them.
# shellcheck shell=sh disable=SC2154

# get_seed: fetches each into $run/seed.
get_seed() {
  rm -rf "$run/seed"
  mkdir -m 700 "$run/seed"
  jq -r '.seed.files // {} | to_entries[] | "\(.key) \(.value)"' "$run/job.json" >"$run/seed-list"
  while read -r seed_name seed_url; do
    case $seed_name in */* | .*) return 1 ;; esac
    fetch "$seed_url" >"$run/seed/$seed_name" || return 1
  done <"$run/seed-list"
}

is_root() { [ -e "$run/mnt/etc/os-release" ] || [ -L "$run/mnt/etc/os-release" ]; }

# find_root: the partition with the installed system; prints its name.
find_root() {
  for find_name in $(partitions "${disk##*/}" | cut -d ' ' -f 1) "${disk##*/}"; do
    case $(blkid -p -o value -s TYPE "$dev/$find_name" 2>/dev/null) in
      ext[234] | xfs | btrfs)
        if with_mount "$find_name" is_root; then
          echo "$find_name"
          return 0
        fi
        ;;
    esac
  done
  return 1
}

put_nocloud() {
  seed_folder=$run/mnt/var/lib/cloud/seed/nocloud
  mkdir -p "$seed_folder" && chmod 700 "$seed_folder" || return 1
  for seed_each in "$run"/seed/*; do
    cp "$seed_each" "$seed_folder/" && chmod 600 "$seed_folder/${seed_each##*/}" || return 1
  done
  sync
}

# seed_nocloud NAME: into the root file system that is there.
seed_nocloud() {
  seed_root=$1
  with_mount "$seed_root" put_nocloud || { echo "$seed_root: cannot take the seed: $(first_line "$run/mount")" >"$run/reason"; return 1; }
  say "$seed_root has the seed: $(cut -d ' ' -f 1 "$run/seed-list" | tr '\n' ' ')"
}

# add_cidata: makes the partition, in whichever table the disk has. sgdisk would turn one of DOS into GPT, over the boot loader behind it.
add_cidata() {
  case $(blkid -p -o value -s PTTYPE "$disk" 2>/dev/null) in
    gpt) sgdisk -n 0:-4M:0 -t 0:0700 -c 0:CIDATA "$disk" ;;
    dos) echo "$(($(cat "$sys/block/${disk##*/}/size") - 8192)), 8192, c" | sfdisk -q --append --no-reread --no-tell-kernel "$disk" ;;
    *) echo "the disk has no partition table" && false ;;
  esac >"$run/sgdisk" 2>&1
}

# seed_cidata: onto a partition of its own at the end of the disk, of 4 MiB.
seed_cidata() {
  if ! add_cidata; then
    echo "no partition CIDATA can be made: $(first_line "$run/sgdisk")" >"$run/reason"
    return 1
  fi
  reread
  seed_part=$(partitions "${disk##*/}" | tail -n 1 | cut -d ' ' -f 1)
  mkfs.vfat -n CIDATA "$dev/$seed_part" >"$run/mkfs" 2>&1 || { echo "$seed_part: $(first_line "$run/mkfs")" >"$run/reason"; return 1; }
  with_mount "$seed_part" put_cidata || { echo "$seed_part: cannot take the seed: $(first_line "$run/mount")" >"$run/reason"; return 1; }
  say "$seed_part has the seed: $(cut -d ' ' -f 1 "$run/seed-list" | tr '\n' ' ')"
}

put_cidata() { cp "$run"/seed/* "$run/mnt/" && sync; }
