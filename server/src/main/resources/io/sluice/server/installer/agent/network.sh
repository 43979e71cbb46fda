# Addresses: every card is asked for one at the same time, for as long as it takes.
# shellcheck shell=sh disable=SC2154

lib=${SLUICE_LIB:-/lib/sluice}

# cards: the names of all that could have a cable.
cards() {
  for cards_each in "$sys"/class/net/*; do
    cards_name=${cards_each##*/}
    [ -e "$cards_each/device" ] && echo "$cards_name"
  done
}

# network_up: begins to ask by each card that is not asking yet, and returns at once. A card that gets an address leaves $run/net/NAME; udhcpc
# goes on to renew it. To be called again: some cards are found late.
network_up() {
  mkdir -p "$run/net"
  for network_card in $(cards); do
    [ ! -e "$run/udhcpc-$network_card" ] || continue
    ip link set "$network_card" up 2>/dev/null || say "$network_card: cannot be switched on"
    udhcpc -i "$network_card" -s "$lib/lease.sh" -f -t 3 -T 2 -A 2 -S -R >"$run/udhcpc-$network_card" 2>&1 &
  done
}

# with_addresses: the cards that have one, the one that reached the server first.
with_addresses() {
  with_best=$(cat "$run/card" 2>/dev/null || :)
  [ -z "$with_best" ] || echo "$with_best"
  for with_each in "$run"/net/*; do
    [ -e "$with_each" ] || continue
    [ "${with_each##*/}" = "$with_best" ] || echo "${with_each##*/}"
  done
}

# identity: what the server knows this machine by, as a query.
identity() {
  identity_text=
  for identity_card in $(cards); do
    identity_text="$identity_text&mac=$(cat "$sys/class/net/$identity_card/address")"
  done
  for identity_of in uuid:product_uuid serial:product_serial; do
    identity_value=$(tr -dc 'A-Za-z0-9._:-' 2>/dev/null <"$sys/class/dmi/id/${identity_of#*:}")
    [ -z "$identity_value" ] || identity_text="$identity_text&${identity_of%:*}=$identity_value"
  done
  case $(uname -m) in aarch64) identity_arch=aarch64 ;; *) identity_arch=x86_64 ;; esac
  identity_platform=pcbios
  [ ! -d "$sys/firmware/efi" ] || identity_platform=efi
  echo "arch=$identity_arch&platform=$identity_platform$identity_text"
}
