# Shared by the checks that power on machines; sourced after lib.sh. A network of its own in a namespace, with the server, dnsmasq
# and machines in QEMU on one bridge.

ns=sluice-$$
gateway=10.99.0.1
machines=() # names of those that run

need ip iproute2; need dnsmasq dnsmasq-base; need qemu-system-x86_64 qemu-system-x86; need curl curl; need python3 python3
[ -e /usr/lib/ipxe/qemu/pxe-virtio.rom ] || { echo "FAILED: iPXE for QEMU is missing (Debian package: ipxe-qemu)" >&2; exit 1; }
[ -e /usr/share/OVMF/OVMF_CODE_4M.fd ] || { echo "FAILED: OVMF is missing (Debian package: ovmf)" >&2; exit 1; }

within() { ip netns exec "$ns" "$@"; }

network() {
  ip netns add "$ns"
  within ip link set lo up
  within ip link add br0 type bridge forward_delay 0
  within ip address add "$gateway/24" dev br0
  within ip link set br0 up
}

# Ends what runs in the namespace, and takes it down.
no_network() {
  local pid
  for pid in $(ip netns pids "$ns" 2>/dev/null); do kill -KILL "$pid" 2>/dev/null || true; done
  ip netns delete "$ns" 2>/dev/null || true
}
trap 'no_network; finish' EXIT

# dhcp FILE: dnsmasq with this configuration, in the foreground of the namespace.
dhcp() {
  # Not by the function: $! would be a shell, and outlived by what it runs.
  ip netns exec "$ns" dnsmasq --keep-in-foreground --conf-file="$1" --pid-file= --dhcp-leasefile="$work/leases" --log-facility="$work/dnsmasq.log" --user=root &
  dnsmasq=$!
  children+=("$dnsmasq")
}

# card NAME: a tap on the bridge.
card() {
  within ip tuntap add "$1" mode tap
  within ip link set "$1" master br0 up
}

# power_on NAME bios|uefi|secure MAC DISK [QEMU OPTION...]: starts a machine with one card; its serial port goes to $work/NAME.serial. DISK
# is what -drive takes, without if=; empty for no disk. A machine that was on before keeps its UEFI variables. Sets $machine.
power_on() {
  local name=$1 firmware=$2 mac=$3 disk=$4
  shift 4
  local options=(-name "$name" -accel tcg -display none -monitor "unix:$work/$name.monitor,server=on,wait=off" -serial "file:$work/$name.serial")
  within ip link show "t-$name" >/dev/null 2>&1 || card "t-$name"
  case $firmware in
    bios) options+=(-machine "q35,graphics=off" -m "${memory:-640}") ;;
    uefi | secure)
      local code=/usr/share/OVMF/OVMF_CODE_4M.fd vars=/usr/share/OVMF/OVMF_VARS_4M.fd board=q35
      if [ "$firmware" = secure ]; then
        code=/usr/share/OVMF/OVMF_CODE_4M.ms.fd vars=/usr/share/OVMF/OVMF_VARS_4M.ms.fd board=q35,smm=on
        options+=(-global driver=cfi.pflash01,property=secure,value=on)
      fi
      [ -e "$work/$name.vars" ] || cp "$vars" "$work/$name.vars"
      options+=(-machine "$board" -m "${memory:-1024}" -drive "if=pflash,format=raw,readonly=on,file=$code" -drive "if=pflash,format=raw,file=$work/$name.vars")
      ;;
  esac
  options+=(-netdev "tap,id=net,ifname=t-$name,script=no,downscript=no" -device "virtio-net-pci,netdev=net,mac=$mac${card_options:-},bootindex=1")
  [ -z "$disk" ] || options+=(-drive "if=none,id=disk,$disk" -device virtio-blk-pci,drive=disk,bootindex=2,serial="disk-$name")
  ip netns exec "$ns" qemu-system-x86_64 "${options[@]}" "$@" >"$work/$name.qemu" 2>&1 &
  machine=$!
  children+=("$machine")
}

# power_off PID
power_off() {
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

says() { # NAME TEXT: whether a machine's console has it
  grep -aq -- "$2" "$work/$1.serial" || { tail -c 1500 "$work/$1.serial" 2>/dev/null | tr -d '\r' | tail -n 15; cat "$work/$1.qemu"; return 1; }
}

# The installer and the installed system have a lease each; the newer one counts.
address_of() { sort -rn "$work/leases" | awk -v mac="$1" '$2 == mac { print $3; exit }'; }
