# Writing the image to the disk, in the form that is quickest here.
# shellcheck shell=sh disable=SC2154

block=1048576
# Past the page cache: what is sent is on the disk as quickly as it takes it, and memory stays free.
direct=${SLUICE_DIRECT-,direct}
# Two runs of blocks of a map are fetched as one when what is between them costs less than another request does.
gap=${SLUICE_GAP:-4194304}

# stage NAME: what is being done now, for reports, which leave out none.
stage() {
  echo "$1" >>"$run/stages"
  echo 0 >"$run/before"
  : >"$run/dd"
  report_now
}

# clear_disk DISK BYTES: makes the part of a disk read as zeros that the image will have, if the disk can do that by itself. The rest, if it
# can be, is discarded, and what would be left of a second partition table is overwritten.
clear_disk() {
  clear_queue=$sys/block/$1/queue
  clear_size=$(($(cat "$sys/block/$1/size") * 512))
  if [ "$clear_size" -ge $((block * 2)) ]; then
    dd if=/dev/zero of="$dev/$1" bs=512 seek=$((clear_size / 512 - 34)) count=34 conv=notrunc,fsync 2>/dev/null || :
  fi
  if [ "$(cat "$clear_queue/discard_max_bytes" 2>/dev/null || echo 0)" -gt 0 ]; then
    blkdiscard -f "$dev/$1" 2>"$run/discard" || say "discard: $(first_line "$run/discard")"
  fi
  [ "$(cat "$clear_queue/write_zeroes_max_bytes" 2>/dev/null || echo 0)" -gt 0 ] || return 1
  blkdiscard -f -z -l "$2" "$dev/$1" 2>"$run/discard"
}

# choose_form CLEARED: mapped, zst or raw, and says why. CLEARED is y when the disk is zeros.
choose_form() {
  if [ "$1" = y ] && [ -n "$(job .image.bmap)" ]; then
    echo "mapped the disk is zeros, so only the blocks that the image has are sent"
    return 0
  fi
  form_speed=$(cat "$sys/class/net/$(cat "$run/card" 2>/dev/null)/speed" 2>/dev/null || echo -1)
  if [ -n "$(job .image.zst)" ] && [ "$form_speed" -gt 0 ] && [ "$form_speed" -le 1000 ]; then
    echo "zst the link has $form_speed Mbit/s"
    return 0
  fi
  echo "raw the link is quick, or nobody knows"
}

# get_map: fetches the block map, and makes $run/ranges of it: FIRST and LAST byte of each run, those that are near each other joined.
get_map() {
  fetch "$(job .image.bmap)" >"$run/bmap" || return 1
  sed -n 's|.*<BlockSize> *\([0-9]*\).*|size \1|p; s|.*<Range[^>]*> *\([0-9]*\)-\([0-9]*\) *<.*|\1 \2|p; s|.*<Range[^>]*> *\([0-9]*\) *<.*|\1 \1|p' "$run/bmap" |
    awk -v total="$(job .image.size)" -v gap="$gap" '
      $1 == "size" { size = $2; next }
      { first = $1 * size; last = ($2 + 1) * size - 1; if (last >= total) last = total - 1 }
      open && first - end <= gap { end = last; next }
      { if (open) printf("%.0f %.0f\n", begin, end); begin = first; end = last; open = 1 }
      END { if (open) printf("%.0f %.0f\n", begin, end) }' >"$run/ranges"
  [ -s "$run/ranges" ]
}

# to_disk OFFSET: writes standard input to the disk.
to_disk() {
  dd of="$disk" bs="$block" "oflag=seek_bytes$direct" iflag=fullblock seek="$1" conv=notrunc status=progress 2>>"$run/dd"
}

# stream FORM: writes the image once. 1 when that was of no use, with the reason in $run/reason.
stream() {
  : >"$run/reason"
  case $1 in
    mapped)
      if ! get_map; then
        echo "the block map: $(first_line "$run/fetch-error")" >"$run/reason"
        return 1
      fi
      stream_sent=0
      awk '{ n += $2 - $1 + 1 } END { printf("%.0f\n", n) }' "$run/ranges" >"$run/total"
      while read -r stream_first stream_last; do
        fetched "$(job .image.url)" "$stream_first" "$stream_last" | to_disk "$stream_first" || { broken; return 1; }
        arrived || return 1
        stream_sent=$((stream_sent + stream_last - stream_first + 1))
        echo "$stream_sent" >"$run/before"
        : >"$run/dd"
      done <"$run/ranges"
      ;;
    zst)
      { fetched "$(job .image.zst)" | zstd -qdc 2>"$run/unpack" | to_disk 0; } || { broken; return 1; }
      arrived || return 1
      if [ -s "$run/unpack" ]; then
        echo "the compressed image: $(first_line "$run/unpack")" >"$run/reason"
        return 1
      fi
      ;;
    *)
      fetched "$(job .image.url)" | to_disk 0 || { broken; return 1; }
      arrived || return 1
      ;;
  esac
  # What the disk keeps for itself is written, too.
  dd if=/dev/null of="$disk" conv=notrunc,fsync 2>"$run/sync" || { echo "cannot write to $disk: $(first_line "$run/sync")" >"$run/reason"; return 1; }
}

# broken: the disk took no more.
broken() { echo "cannot write to $disk: $(tr '\r' '\n' <"$run/dd" | grep -v -e records -e copied | first_line)" >"$run/reason"; }

# arrived: whether the last fetch was whole.
arrived() {
  [ "$(cat "$run/fetched")" = 0 ] && return 0
  first_line "$run/fetch-error" >"$run/reason"
  [ -s "$run/reason" ] || echo "the transfer ended early" >"$run/reason"
  return 1
}

# written: how many bytes of the image are on their way to the disk.
written() {
  written_now=$(tr '\r' '\n' <"$run/dd" 2>/dev/null | sed -n 's/^\([0-9]*\) bytes.*/\1/p' | tail -n 1)
  echo $(($(cat "$run/before" 2>/dev/null || echo 0) + ${written_now:-0}))
}
