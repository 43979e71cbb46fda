#!/bin/sh
# Builds the installer from the distribution's own packages: a kernel and an initramfs with the agent. Called by `sluice installer build`.
#
# The environment says what is wanted:
#   OUT            the folder that gets vmlinuz and initramfs
#   ARCH           x86_64 or aarch64
#   SUITE, MIRROR  what mmdebstrap is given; empty for what this host uses
#   KERNEL         the package of the kernel; empty for the suite's
#   MODULES        names of more modules
#   PACKAGES       names of more packages, with commas between them, from any component
#   FILES          a folder whose content goes into the initramfs; empty for none
#   SSH_KEYS       a file of public keys that a rescue shell lets in; empty for no shell
#   IMAGE, SERVER  the file of a disk image for UEFI HTTP Boot with Secure Boot, empty for none, and the URL it asks
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

say() { printf 'sluice: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
need() { command -v "$1" >/dev/null 2>&1 || fail "$1: not found (expected: the program; on Debian: apt install $2)"; }

need mmdebstrap mmdebstrap
need setsid util-linux
[ "$(id -u)" = 0 ] || need newuidmap uidmap
case $ARCH in
  x86_64) deb=amd64 ;;
  aarch64) deb=arm64 ;;
esac
host=$(dpkg --print-architecture 2>/dev/null || echo unknown)
if [ "$deb" != "$host" ]; then
  need "qemu-$ARCH-static" qemu-user-static
  need arch-test arch-test
  [ -e "/proc/sys/fs/binfmt_misc/qemu-$ARCH" ] ||
    fail "binfmt_misc: does not know qemu-$ARCH, so programs of $ARCH cannot run here (expected: its module in the kernel; on Debian: apt install binfmt-support qemu-user-static)"
fi
[ -z "$IMAGE" ] || { need mcopy mtools; need mkfs.vfat dosfstools; }

# Known before minutes are spent.
mkdir -p "$OUT" || exit 1
[ -w "$OUT" ] || fail "$OUT: cannot be written to (expected: a folder of the user who builds)"

id=debian
codename=bookworm
if [ -e /etc/os-release ]; then
  id=$(sed -n 's/^ID=//p' /etc/os-release | tr -d '"')
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release | tr -d '"')
fi
case $id in debian | ubuntu) ;; *) id=debian codename=bookworm ;; esac
suite=${SUITE:-$codename}
case $suite in
  focal | jammy | noble | plucky | questing) id=ubuntu ;;
  bullseye | bookworm | trixie | forky | sid | stable | testing | unstable) id=debian ;;
esac
case $id in
  ubuntu) kernel=${KERNEL:-linux-image-generic} components=main,universe others=restricted,multiverse ;;
  *) kernel=${KERNEL:-linux-image-$deb} components=main others=contrib,non-free,non-free-firmware ;;
esac
[ -z "$PACKAGES" ] || components=$components,$others

work=$(mktemp -d "${TMPDIR:-/var/tmp}/sluice-installer-XXXXXX")
child=
cleanup() {
  if [ -n "$child" ]; then
    # All that it has started, too: it waits for that before it ends.
    kill -TERM "-$child" 2>/dev/null || :
    wait "$child" 2>/dev/null || :
  fi
  rm -rf --one-file-system "$work"
  rm -f "$OUT"/*.new$$ "${IMAGE:-$OUT/none}.new$$"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# In a user namespace another user writes there.
chmod 777 "$work"
TMPDIR=$work
export TMPDIR

packages=$kernel,initramfs-tools,busybox,udhcpc,udev,kmod,curl,ca-certificates,jq,zstd,xz-utils,openssl,fdisk,gdisk,e2fsprogs,dosfstools,efibootmgr,kexec-tools,iproute2,diffutils
[ -z "$PACKAGES" ] || packages=$packages,$PACKAGES
extra_programs=
if [ -n "$SSH_KEYS" ]; then
  packages=$packages,dropbear-bin
  extra_programs=dropbear
fi
if [ -n "$IMAGE" ]; then
  case $deb in
    amd64) packages=$packages,shim-signed,grub-efi-amd64-signed ;;
    arm64) packages=$packages,shim-signed,grub-efi-arm64-signed ;;
  esac
fi
printf "extra_programs='%s'\nextra_modules='%s'\n" "$extra_programs" "$MODULES" >"$work/settings"

# Runs with the tree as $1, where chroot may be used.
cat >"$work/inside" <<'EOF'
set -eu
tree=$1
mkdir "$tree/sluice" "$tree/sluice/conf" "$tree/sluice/conf/hooks" "$tree/sluice/conf/scripts" "$tree/sluice/conf/conf.d" "$tree/sluice/agent"
cp "$WORK/settings" "$tree/sluice/"
cp "$HERE"/agent/*.sh "$tree/sluice/agent/"
cp "$HERE/initramfs/initramfs.conf" "$tree/sluice/conf/"
cp "$HERE/initramfs/hook" "$tree/sluice/conf/hooks/sluice"
cp "$HERE/initramfs/script" "$tree/sluice/conf/scripts/sluice"
: >"$tree/sluice/conf/modules"
chmod 755 "$tree/sluice/conf/hooks/sluice"
if [ -n "$FILES" ]; then cp -a "$FILES" "$tree/sluice/files"; fi
if [ -n "$SSH_KEYS" ]; then
  mkdir -p "$tree/sluice/files/root/.ssh"
  cp "$SSH_KEYS" "$tree/sluice/files/root/.ssh/authorized_keys"
  chmod 700 "$tree/sluice/files/root/.ssh"
  chmod 600 "$tree/sluice/files/root/.ssh/authorized_keys"
fi
version=$(ls "$tree/lib/modules" | sort -V | tail -n 1)
[ -n "$version" ] || { echo "sluice: $KERNEL_PACKAGE: has no kernel" >&2; exit 1; }
# The same packages give the same bytes.
SOURCE_DATE_EPOCH=$(stat -c %Y "$tree/boot/vmlinuz-$version")
export SOURCE_DATE_EPOCH
echo "sluice: making the initramfs of $version" >&2
chroot "$tree" mkinitramfs -d /sluice/conf -o /sluice/initramfs "$version"
cp "$tree/boot/vmlinuz-$version" "$WORK/vmlinuz"
cp "$tree/sluice/initramfs" "$WORK/initramfs"
echo "$version" >"$WORK/version"
for each in usr/lib/shim/shimx64.efi.signed usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed usr/lib/shim/shimaa64.efi.signed usr/lib/grub/arm64-efi-signed/grubaa64.efi.signed; do
  if [ -e "$tree/$each" ]; then cp "$tree/$each" "$WORK/"; fi
done
EOF

mode=unshare
[ "$(id -u)" != 0 ] || mode=root
say "fetching $kernel and the agent's programs from $suite; this takes a minute or two"
export WORK="$work" HERE="$here" FILES SSH_KEYS KERNEL_PACKAGE="$kernel"
# The kernel's package would make an initramfs that nobody uses.
export INITRD=No
set -- --mode=$mode --variant=minbase --architectures="$deb" --components=$components \
  --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --include="$packages" --customize-hook="sh '$work/inside' \"\$1\"" "$suite" /dev/null
[ -z "$MIRROR" ] || set -- "$@" "$MIRROR"
# follow: keeps what mmdebstrap says, and shows the parts it is in.
follow() {
  follow_start=$(date +%s)
  while IFS= read -r follow_line; do
    printf '%s\n' "$follow_line" >>"$work/log"
    case $follow_line in
      'sluice: '*) say "$(($(date +%s) - follow_start)) s: ${follow_line#sluice: }" ;;
      'I: running apt-get update'* | 'I: downloading '* | 'I: extracting '* | 'I: installing '*) say "$(($(date +%s) - follow_start)) s: ${follow_line#I: }" ;;
    esac
  done
}
mkfifo "$work/said"
follow <"$work/said" &
follower=$!
# In the background and a group of its own, so that a signal is obeyed at once; what root mounts for it nobody else sees, and it is gone with it.
set -- mmdebstrap "$@"
[ "$mode" != root ] || set -- unshare --mount "$@"
setsid "$@" >"$work/said" 2>&1 &
child=$!
status=0
wait "$child" || status=$?
child=
wait "$follower" || :
if [ "$status" -ne 0 ]; then
  grep -E '^(E|Err|W): ?|^mkinitramfs|rror:|[Ff]ailed to|not found|not in the tree' "$work/log" | grep -v -e 'E: setup failed' -e 'mmdebstrap failed to run' | cut -c 1-300 | tail -n 8 >&2 || tail -n 8 "$work/log" >&2
  fail "the packages: cannot be had or used (expected: $kernel and the others in $suite; the lines above say why)"
fi

# put FROM TO: a server that reads the old file goes on with it.
put() {
  mkdir -p "$(dirname "$2")"
  cp "$1" "$2.new$$"
  chmod 644 "$2.new$$"
  mv "$2.new$$" "$2"
  say "$2: $(wc -c <"$2") bytes"
}

if [ -n "$IMAGE" ]; then
  case $ARCH in
    x86_64) short=x64 boot=BOOTX64.EFI grub=grubx64.efi ;;
    aarch64) short=aa64 boot=BOOTAA64.EFI grub=grubaa64.efi ;;
  esac
  if [ ! -e "$work/shim$short.efi.signed" ] || [ ! -e "$work/$grub.signed" ]; then
    fail "shim-signed: not in $suite (expected: a distribution with signed loaders)"
  fi
  cat >"$work/grub.cfg" <<EOF
set timeout=0
menuentry sluice {
  linux /vmlinuz boot=sluice sluice.server=$SERVER console=tty0 console=ttyS0,115200
  initrd /initramfs
}
EOF
  mib=$((($(cat "$work/vmlinuz" "$work/initramfs" "$work/shim$short.efi.signed" "$work/$grub.signed" | wc -c) >> 20) + 6))
  truncate -s "${mib}M" "$work/image"
  # The same bytes each time.
  SOURCE_DATE_EPOCH=0
  export SOURCE_DATE_EPOCH MTOOLS_SKIP_CHECK=1
  mkfs.vfat --invariant -n SLUICE "$work/image" >/dev/null
  mmd -i "$work/image" ::EFI ::EFI/BOOT ::EFI/debian ::EFI/ubuntu
  mcopy -i "$work/image" "$work/shim$short.efi.signed" "::EFI/BOOT/$boot"
  mcopy -i "$work/image" "$work/$grub.signed" "::EFI/BOOT/$grub"
  mcopy -i "$work/image" "$work/grub.cfg" ::EFI/debian/grub.cfg
  mcopy -i "$work/image" "$work/grub.cfg" ::EFI/ubuntu/grub.cfg
  mcopy -i "$work/image" "$work/vmlinuz" ::vmlinuz
  mcopy -i "$work/image" "$work/initramfs" ::initramfs
  put "$work/image" "$IMAGE"
fi
put "$work/vmlinuz" "$OUT/vmlinuz"
put "$work/initramfs" "$OUT/initramfs"
say "the installer of $(cat "$work/version") is there"
