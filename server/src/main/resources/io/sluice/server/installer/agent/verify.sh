# The proof: what the disk has, read from the disk and not from memory.
# shellcheck shell=sh disable=SC2154

# digest: SHA-256 of standard input, by the quickest there is.
digest() {
  if command -v openssl >/dev/null; then
    openssl dgst -sha256 -r | cut -d ' ' -f 1
  else
    sha256sum | cut -d ' ' -f 1
  fi
}

# read_disk BYTES: the beginning of the disk, past all caches.
read_disk() {
  : >"$run/dd-rest"
  if [ -b "$disk" ]; then
    blockdev --flushbufs "$disk" 2>/dev/null || :
    { echo 3 >/proc/sys/vm/drop_caches; } 2>/dev/null || :
  fi
  # What is left behind the last whole block may be less than a sector, which only the cache can read.
  read_blocks=$(($1 / block))
  { [ "$read_blocks" -eq 0 ] || dd if="$disk" bs="$block" ${direct:+iflag="${direct#,}"} count="$read_blocks" status=progress 2>>"$run/dd"; } &&
    dd if="$disk" bs="$block" iflag=skip_bytes,count_bytes skip=$((read_blocks * block)) count=$(($1 % block)) 2>>"$run/dd-rest" ||
    echo "cannot read $disk: $(cat "$run/dd" "$run/dd-rest" | tr '\r' '\n' | grep -v -e records -e copied | first_line), behind $(tr '\r' '\n' <"$run/dd" | sed -n 's/^\([0-9]*\) bytes.*/\1/p' | tail -n 1) bytes" >"$run/unreadable"
}

# read_back BYTES: prints the digest of what the disk has. 1 when it cannot be read, with the reason in $run/reason.
read_back() {
  rm -f "$run/unreadable"
  read_disk "$1" | digest >"$run/read"
  if [ -e "$run/unreadable" ]; then
    mv "$run/unreadable" "$run/reason"
    return 1
  fi
  cat "$run/read"
}

# first_difference BYTES: the offset of the first byte that is not the image's; empty when there is none this time.
# What cmp calls a byte is a char in some locales.
first_difference() {
  fetched "$(job .image.url)" | cmp -n "$1" - "$disk" 2>&1 | sed -n 's/.* differ: [a-z]* \([0-9]*\).*/\1/p' | awk '{ printf("%.0f\n", $1 - 1) }'
}
