#!/bin/sh
# Makes a disk image with a real Debian that boots by BIOS and by UEFI, and that cloud-init makes a machine of its own: GRUB, a
# kernel for virtual machines, cloud-init, an SSH server. Needs no loop device and no mount.
#
#   debian-image.sh OUT [SIZE_MIB]
#
# Needs mmdebstrap, sfdisk, mkfs.ext4, mkfs.vfat, mcopy and grub-mkimage with its i386-pc and x86_64-efi modules. As root, or as a
# user who may make user namespaces. DEBIAN_SUITE (bookworm) is what is installed.
set -eu

out=${1:?OUT (expected: the file of the image)}
size=${2:-1024}
suite=${DEBIAN_SUITE:-bookworm}
grub=/usr/lib/grub

for each in mmdebstrap:mmdebstrap sfdisk:fdisk mkfs.ext4:e2fsprogs mkfs.vfat:dosfstools mcopy:mtools grub-mkimage:grub-common; do
  command -v "${each%:*}" >/dev/null || { echo "${each%:*}: not found (on Debian: apt install ${each#*:})" >&2; exit 1; }
done
for each in i386-pc:grub-pc-bin x86_64-efi:grub-efi-amd64-bin; do
  [ -d "$grub/${each%:*}" ] || { echo "$grub/${each%:*}: not found (on Debian: apt install ${each#*:})" >&2; exit 1; }
done

work=$(mktemp -d "${TMPDIR:-/tmp}/sluice-image-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# In a user namespace another user writes there.
chmod 777 "$work"

disk=$work/disk
truncate -s "${size}M" "$disk"
sfdisk -q "$disk" <<'EOF'
label: gpt
start=1MiB, size=2MiB, type=21686148-6449-6E6F-744E-656564454649, name="bios"
size=32MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="esp"
type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="root"
EOF
bios_start=$((1 * 1024 * 1024))
root_start=$((35 * 1024 * 1024))
# The last MiB is for the second partition table.
root_kib=$(((size - 36) * 1024))
chmod 666 "$disk"
uuid=$(cat /proc/sys/kernel/random/uuid)

# Runs in the tree that is installed, before it becomes a file system.
cat >"$work/finish" <<EOF
#!/bin/sh
set -eu
cd "\$1"
rm -f etc/hostname etc/ssh/ssh_host_*
# Each machine makes its own, and asks by DHCP under that; the one of D-Bus would be taken instead.
: >etc/machine-id
rm -f var/lib/dbus/machine-id
printf 'UUID=%s / ext4 errors=remount-ro 0 1\n' $uuid >etc/fstab
# Ports of both kinds of machine; the serial port is /dev/console.
console='console=tty0 console=ttyS0,115200'
cp boot/vmlinuz-* boot/vmlinuz
cp boot/initrd.img-* boot/initrd.img
mkdir -p boot/grub
cat >boot/grub/grub.cfg <<END
set timeout=0
search --no-floppy --fs-uuid --set=root $uuid
linux /boot/vmlinuz root=UUID=$uuid ro \$console
initrd /boot/initrd.img
boot
END
rm -f boot/vmlinuz-* boot/initrd.img-*
# Only what the server hands out, and nothing that waits for a cloud.
cat >etc/cloud/cloud.cfg.d/90-sources.cfg <<END
datasource_list: [NoCloud, None]
END
# What mmdebstrap has mounted there is no part of it.
umount -R proc sys dev 2>/dev/null || true
mkfs.ext4 -q -F -U $uuid -L root -d . -E offset=$root_start,lazy_itable_init=0 "$disk" ${root_kib}k
EOF
chmod 755 "$work/finish"

mode=unshare
[ "$(id -u)" != 0 ] || mode=root
set -- mmdebstrap --mode=$mode --variant=minbase --quiet \
  --aptopt='Apt::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --include=linux-image-cloud-amd64,initramfs-tools,cloud-init,cloud-guest-utils,openssh-server,systemd-sysv,dbus,netplan.io,udev,e2fsprogs,fdisk,sudo,iproute2 \
  --customize-hook="$work/finish \"\$1\"" "$suite" /dev/null
# What root mounts is seen by nobody else, and ends with it.
[ $mode != root ] || set -- unshare --mount "$@"
"$@" >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }

cat >"$work/early.cfg" <<EOF
search --no-floppy --fs-uuid --set=root $uuid
set prefix=(\$root)/boot/grub
configfile (\$root)/boot/grub/grub.cfg
EOF
modules='part_gpt ext2 search search_fs_uuid configfile linux normal serial terminal echo boot'
# shellcheck disable=SC2086
grub-mkimage -O x86_64-efi -o "$work/bootx64.efi" -c "$work/early.cfg" -p /boot/grub $modules fat
# shellcheck disable=SC2086
grub-mkimage -O i386-pc -o "$work/core.img" -c "$work/early.cfg" -p /boot/grub $modules biosdisk

truncate -s 32M "$work/esp"
mkfs.vfat -F 16 -n ESP "$work/esp" >/dev/null
MTOOLS_SKIP_CHECK=1
export MTOOLS_SKIP_CHECK
mmd -i "$work/esp" ::EFI ::EFI/BOOT
mcopy -i "$work/esp" "$work/bootx64.efi" ::EFI/BOOT/BOOTX64.EFI
dd if="$work/esp" of="$disk" bs=1M seek=3 conv=notrunc,sparse status=none

# What grub-setup does: the boot sector loads the first sector of core.img, and that one the others.
number() { # VALUE BYTES: little-endian
  value=$1
  for _ in $(seq "$2"); do
    # shellcheck disable=SC2059
    printf "\\$(printf %o $((value % 256)))"
    value=$((value / 256))
  done
}
sector=$((bios_start / 512))
cp "$grub/i386-pc/boot.img" "$work/boot.img"
number $sector 8 | dd of="$work/boot.img" bs=1 seek=92 conv=notrunc status=none
# The jump that is only right for floppies and old BIOSes.
printf '\220\220' | dd of="$work/boot.img" bs=1 seek=102 conv=notrunc status=none
number $((sector + 1)) 8 | dd of="$work/core.img" bs=1 seek=500 conv=notrunc status=none
dd if="$work/boot.img" of="$disk" bs=1 count=440 conv=notrunc status=none
dd if="$work/core.img" of="$disk" bs=512 seek=$sector conv=notrunc status=none

mv "$disk" "$out"
chmod 644 "$out"
