# Which disk: a rule of words that must all hold, over what the kernel says of each disk.
# shellcheck shell=sh disable=SC2154

# disks: one line for each that could be meant: NAME, bytes, transport, serial, wwn, model, with tabs between them; - where there is none.
disks() {
  for disks_each in "$sys"/block/*; do
    disks_name=${disks_each##*/}
    case $disks_name in loop* | ram* | zram* | sr* | fd* | dm-* | md* | nbd* | mtdblock* | *boot[0-9] | *rpmb) continue ;; esac
    disks_size=$(cat "$disks_each/size" 2>/dev/null || echo 0)
    [ "$disks_size" -gt 0 ] || continue
    [ "$(cat "$disks_each/removable" 2>/dev/null)" != 1 ] || continue
    [ "$(cat "$disks_each/ro" 2>/dev/null)" != 1 ] || continue
    # One path of several to a disk that has a name of its own.
    [ "$(cat "$disks_each/hidden" 2>/dev/null)" != 1 ] || continue
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$disks_name" "$((disks_size * 512))" "$(transport "$disks_name")" \
      "$(said "$disks_each/serial" "$disks_each/device/serial" || udev_says "$disks_name" ID_SERIAL_SHORT)" \
      "$(said "$disks_each/wwid" "$disks_each/device/wwid" || udev_says "$disks_name" ID_WWN)" \
      "$(said "$disks_each/device/model" || udev_says "$disks_name" ID_MODEL)"
  done
}

# settle_disks: waits until the kernel has found no other disk for three seconds: controllers find theirs one after the other, and "only" must
# not mean the first that is there. Half a minute at most; as long where there is none.
settle_disks() {
  settle_quiet=0
  settle_before=
  settle_turn=0
  while [ "$settle_quiet" -lt 3 ] && [ "$settle_turn" -lt 30 ]; do
    sleep 1
    settle_turn=$((settle_turn + 1))
    settle_now=$(disks | cut -f 1,2)
    if [ -n "$settle_now" ] && [ "$settle_now" = "$settle_before" ]; then settle_quiet=$((settle_quiet + 1)); else settle_quiet=0; fi
    settle_before=$settle_now
  done
}

# said FILE...: the first that says something, without spaces around it.
said() {
  for said_file in "$@"; do
    [ -r "$said_file" ] || continue
    said_text=$(tr -s ' \t\n' ' ' <"$said_file" 2>/dev/null | sed 's/^ //; s/ $//')
    [ -z "$said_text" ] || { echo "$said_text"; return 0; }
  done
  return 1
}

udev_says() {
  udev_value=$(udevadm info --query=property --name="$dev/$1" 2>/dev/null | sed -n "s/^$2=//p")
  echo "${udev_value:--}"
}

# transport NAME: how a disk is connected.
transport() {
  transport_path=$(readlink -f "$sys/block/$1")
  case $1:$transport_path in
    nvme*) echo nvme ;;
    mmcblk*) echo mmc ;;
    vd*) echo virtio ;;
    *:*/usb[0-9]*) echo usb ;;
    *:*/ata[0-9]*) echo sata ;;
    *:*/end_device-*) echo sas ;;
    *:*/session[0-9]*) echo iscsi ;;
    *:*/rport-*) echo fc ;;
    *:*/virtio[0-9]*) echo virtio ;;
    *) echo scsi ;;
  esac
}

# bytes TEXT: of 100G and the like; K, M, G, T and P are powers of 1000.
bytes() {
  echo "$1" | awk '{
    n = $1; unit = toupper(substr(n, length(n))); f = index("KMGTP", unit)
    if (f > 0) n = substr(n, 1, length(n) - 1)
    if (n !~ /^[0-9]+(\.[0-9]+)?$/) exit 1
    for (i = 0; i < f; i++) n *= 1000
    printf("%.0f\n", n)
  }'
}

# like TEXT GLOB: in either case of letters.
like() {
  like_text=$(echo "$1" | tr '[:upper:]' '[:lower:]')
  # shellcheck disable=SC2254
  case $like_text in $(echo "$2" | tr '[:upper:]' '[:lower:]')) return 0 ;; esac
  return 1
}

# holds_something NAME: whether a disk has partitions, a file system or anything else than zeros at its start.
holds_something() {
  for holds_part in "$sys/block/$1/$1"*; do
    [ ! -e "$holds_part/partition" ] || return 0
  done
  [ -z "$(blkid -p -o value -s TYPE -s PTTYPE "$dev/$1" 2>/dev/null)" ] || return 0
  [ "$(dd if="$dev/$1" bs=1M count=1 2>/dev/null | tr -d '\0' | wc -c)" -ne 0 ]
}

# has_id NAME GLOB: whether one of its names in /dev/disk/by-id is meant.
has_id() {
  for has_link in "$dev"/disk/by-id/*; do
    [ "$(basename "$(readlink "$has_link" 2>/dev/null)")" = "$1" ] || continue
    like "${has_link##*/}" "$2" && return 0
  done
  return 1
}

# fits WORD NAME BYTES TRANSPORT SERIAL WWN MODEL: whether a disk is meant by a word of the rule.
fits() {
  case $1 in
    only | smallest | largest) ;;
    empty) ! holds_something "$2" ;;
    /dev/*) [ "$1" = "/dev/$2" ] || [ "$(basename "$(readlink -f "$dev/${1#/dev/}")")" = "$2" ] ;;
    'size>='*) fits_size=$(bytes "${1#size>=}") && [ "$3" -ge "$fits_size" ] ;;
    'size<='*) fits_size=$(bytes "${1#size<=}") && [ "$3" -le "$fits_size" ] ;;
    transport=*) [ "$4" = "${1#transport=}" ] ;;
    serial=*) like "$5" "${1#serial=}" ;;
    wwn=*) like "$6" "${1#wwn=}" || like "${6#0x}" "${1#wwn=}" ;;
    model=*) like "$7" "${1#model=}" ;;
    by-id=*) has_id "$2" "${1#by-id=}" ;;
    *) return 1 ;;
  esac
}

# choose_disk RULE LEAST-BYTES: prints the name of the disk; or why there is none, with a list of what was seen, and returns 1.
choose_disk() {
  disks >"$run/disks"
  : >"$run/meant"
  choose_pick=only
  while IFS='	' read -r choose_name choose_size choose_by choose_serial choose_wwn choose_model; do
    choose_fits=y
    set -f
    for choose_word in $(echo "$1" | tr ',' ' '); do
      set +f
      case $choose_word in only | smallest | largest) choose_pick=$choose_word ;; esac
      fits "$choose_word" "$choose_name" "$choose_size" "$choose_by" "$choose_serial" "$choose_wwn" "$choose_model" || choose_fits=
    done
    set +f
    [ -z "$choose_fits" ] || [ "$choose_size" -lt "$2" ] || printf '%s %s\n' "$choose_size" "$choose_name" >>"$run/meant"
  done <"$run/disks"
  case $choose_pick in
    smallest) sort -n "$run/meant" >"$run/sorted" ;;
    largest) sort -rn "$run/meant" >"$run/sorted" ;;
    *) cat "$run/meant" >"$run/sorted" ;;
  esac
  choose_count=$(wc -l <"$run/sorted")
  if [ "$choose_pick" != only ] && [ "$choose_count" -gt 1 ]; then
    # Two of the same size are two that are meant.
    choose_best=$(head -n 1 "$run/sorted" | cut -d ' ' -f 1)
    choose_count=$(grep -c "^$choose_best " "$run/sorted")
  fi
  if [ "$choose_count" -eq 1 ]; then
    head -n 1 "$run/sorted" | cut -d ' ' -f 2
    return 0
  fi
  echo "$choose_count disks for the rule '$1' and $(human "$2") (expected: one); there are: $(list_disks)"
  return 1
}

# list_disks: what was seen, in a line.
list_disks() {
  [ -s "$run/disks" ] || { echo none; return 0; }
  while IFS='	' read -r list_name list_size list_by list_serial _ list_model; do
    printf '%s%s (%s, %s, %s, serial %s)' "${list_more-}" "$list_name" "$(human "$list_size")" "$list_by" "$list_model" "$list_serial"
    list_more=', '
  done <"$run/disks"
  list_more=
  echo
}
