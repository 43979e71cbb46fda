#!/bin/sh
# shellcheck disable=SC2154
# Called by udhcpc with what it has heard: $1 is what happened, the environment has the lease.
run=${SLUICE_RUN:-/run/sluice}
case $1 in
  deconfig)
    rm -f "$run/net/$interface"
    ip -4 address flush dev "$interface"
    ip link set "$interface" up
    ;;
  bound | renew)
    ip -4 address replace "$ip/${mask:-24}" dev "$interface"
    # Each card has routes of its own; requests name the card that they leave by.
    metric=$((100 + $(cat "/sys/class/net/$interface/ifindex")))
    for each in $router; do
      ip route replace default via "$each" dev "$interface" metric "$metric" 2>/dev/null && break
    done
    for each in $dns; do
      grep -qx "nameserver $each" /etc/resolv.conf 2>/dev/null || echo "nameserver $each" >>/etc/resolv.conf
    done
    [ -z "$domain" ] || grep -q '^search' /etc/resolv.conf 2>/dev/null || echo "search $domain" >>/etc/resolv.conf
    echo "$ip" >"$run/net/$interface"
    ;;
esac
