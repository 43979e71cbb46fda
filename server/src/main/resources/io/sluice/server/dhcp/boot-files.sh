#!/bin/sh
# Puts iPXE from the distribution's package into a folder. Called by `sluice boot-files`.
#
#   boot-files.sh FOLDER [FROM]
#
# FROM is a folder with iPXE's files; without it the package ipxe that is installed, else the package fetched for the occasion.
set -eu

folder=$1
from=${2:-}
say() { printf 'sluice: %s\n' "$*" >&2; }

version='of that folder'
work=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
if [ -n "$from" ]; then
  [ -d "$from" ] || { say "--from: $from (expected: a folder with iPXE's files)"; exit 1; }
elif [ -e /usr/lib/ipxe/undionly.kpxe ]; then
  from=/usr/lib/ipxe
  version="of the package ipxe $(dpkg-query -W -f '${Version}' ipxe 2>/dev/null || :)"
elif command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
  work=$(mktemp -d)
  # apt fetches as a user of its own.
  chmod 755 "$work"
  say "fetching the package ipxe"
  (cd "$work" && apt-get -qq download ipxe) || { say "ipxe: cannot be fetched (expected: the package ipxe; apt update, or --from FOLDER)"; exit 1; }
  dpkg-deb -x "$work"/ipxe_*.deb "$work/tree"
  from=$work/tree/usr/lib/ipxe
  version="of the package $(cd "$work" && echo ipxe_*.deb)"
else
  say "/usr/lib/ipxe: not found (expected: iPXE; on Debian: apt install ipxe, elsewhere --from FOLDER)"
  exit 1
fi

mkdir -p "$folder"
put() { # NAME WHAT FILE...: the first of the files that is there
  name=$1
  what=$2
  shift 2
  for file in "$@"; do
    if [ -e "$from/$file" ]; then
      cp "$from/$file" "$folder/.$name.new$$"
      chmod 644 "$folder/.$name.new$$"
      mv "$folder/.$name.new$$" "$folder/$name"
      printf '%-18s %s  %s\n' "$name" "$(sha256sum "$folder/$name" | cut -c 1-64)" "$what"
      found=y
      return 0
    fi
  done
  printf '%-18s %-64s  %s\n' "$name" 'not there' "$what"
}
found=
say "iPXE $version goes to $folder"
put undionly.kpxe "BIOS" undionly.kpxe
put snponly.efi "UEFI, by the firmware's own driver of the card" snponly.efi ipxe-snponly-x86_64.efi
put ipxe.efi "UEFI, by iPXE's own drivers, where the firmware's does not work" ipxe.efi
put snponly-arm64.efi "UEFI on aarch64; Debian 12 has none" arm64-efi/snponly.efi snponly-arm64.efi ipxe-arm64.efi
[ -n "$found" ] || { say "$from: no file of iPXE (expected: undionly.kpxe, snponly.efi)"; exit 1; }
