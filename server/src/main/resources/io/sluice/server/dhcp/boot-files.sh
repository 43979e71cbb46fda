#!/bin/sh
# Puts iPXE from the distribution's package into folders. Called by `sluice boot-files`.
#
#   boot-files.sh [--from FOLDER] FOLDER...
#
# --from is a folder with iPXE's files; without it the package ipxe that is installed, else the package fetched for the occasion.
set -eu

from=
if [ "$1" = --from ]; then
  from=$2
  shift 2
fi
say() { printf 'sluice: %s\n' "$*" >&2; }

work=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
if [ -n "$from" ]; then
  [ -d "$from" ] || { say "--from: $from (expected: a folder with iPXE's files)"; exit 1; }
  version=-
elif [ -e /usr/lib/ipxe/undionly.kpxe ]; then
  from=/usr/lib/ipxe
  version=$(dpkg-query -W -f '${Version}' ipxe 2>/dev/null) || version=-
elif command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
  work=$(mktemp -d)
  # apt fetches as a user of its own.
  chmod 755 "$work"
  say "fetching the package ipxe"
  (cd "$work" && apt-get -qq download ipxe) || { say "ipxe: cannot be fetched (expected: the package ipxe; apt update, or --from FOLDER)"; exit 1; }
  dpkg-deb -x "$work"/ipxe_*.deb "$work/tree"
  from=$work/tree/usr/lib/ipxe
  version=$(dpkg-deb -f "$work"/ipxe_*.deb Version)
else
  say "/usr/lib/ipxe: not found (expected: iPXE; on Debian: apt install ipxe, elsewhere --from FOLDER)"
  exit 1
fi

# into FOLDER FILE NAME: by a rename, so that nobody loads half of one; what is the same stays.
into() {
  cmp -s "$2" "$1/$3" && return
  cp "$2" "$1/.$3.new$$"
  chmod 644 "$1/.$3.new$$"
  mv "$1/.$3.new$$" "$1/$3"
}

found=
# put NAME WHAT FILE...: the first of the files that is there.
put() {
  name=$1
  what=$2
  shift 2
  for file in "$@"; do
    if [ -e "$from/$file" ]; then
      # The folders are in a list that has one on each line.
      printf '%s\n' "$folders" | while IFS= read -r folder; do into "$folder" "$from/$file" "$name"; done
      printf '%-18s %s  %s  %s\n' "$name" "$version" "$(sha256sum "$from/$file" | cut -c 1-64)" "$what"
      found=y
      return 0
    fi
  done
  printf '%-18s not in the package  %s\n' "$name" "$what"
}

folders=
for folder in "$@"; do
  mkdir -p "$folder"
  folders="${folders:+$folders
}$folder"
  say "iPXE of $from goes to $folder"
done
put undionly.kpxe "BIOS" undionly.kpxe
put snponly.efi "UEFI, by the firmware's own driver of the card" snponly.efi ipxe-snponly-x86_64.efi
put ipxe.efi "UEFI, by iPXE's own drivers, where the firmware's does not work" ipxe.efi ipxe-x86_64.efi
put snponly-arm64.efi "UEFI on aarch64" arm64-efi/snponly.efi snponly-arm64.efi ipxe-arm64.efi
[ -n "$found" ] || { say "$from: no file of iPXE (expected: undionly.kpxe, snponly.efi)"; exit 1; }
