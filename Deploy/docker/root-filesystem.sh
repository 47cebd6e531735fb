#!/bin/sh
# Puts together all the files of the image, owned and dated so that the same program gives the same layer.
# Usage: root-filesystem.sh PROGRAM DIRECTORY; beside PROGRAM is the PROGRAM.d of link.sh. SOURCE_DATE_EPOCH is the time of all files, in seconds since 1970.
set -eu

program=${1:?usage: root-filesystem.sh PROGRAM DIRECTORY}
root=${2:?usage: root-filesystem.sh PROGRAM DIRECTORY}
time=${SOURCE_DATE_EPOCH:?is the time of all files, in seconds since 1970}
# The customary number for "nonroot"; no user of the host has it.
user=65532

umask 022
mkdir -p "$root/etc/ssl/certs" "$root/etc/chat-broker" "$root/usr/bin" "$root/var/lib" "$root/tmp"
chmod 1777 "$root/tmp"
install -d -m 0700 -o "$user" -g "$user" "$root/var/lib/chat-broker"

strip --strip-all --remove-section=.comment -o "$root/usr/bin/chat-broker" "$program"
chmod 0755 "$root/usr/bin/chat-broker"

# So that tools show a name; there is no shell to log in with.
printf 'root:x:0:0:root:/:/nonexistent\nchat-broker:x:%s:%s:chat-broker:/var/lib/chat-broker:/nonexistent\n' \
  "$user" "$user" >"$root/etc/passwd"
printf 'root:x:0:\nchat-broker:x:%s:\n' "$user" >"$root/etc/group"
# Names come from /etc/hosts, which the container engine writes, and from DNS.
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
# For tokens' keys by https, and for traces.
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"

# Which packages of Debian are inside, where scanners of images look for it: those of the linked libraries' archives.
cp /etc/os-release "$root/etc/os-release"
status=$root/var/lib/dpkg/status.d
mkdir -p "$status"
packages=$(tr ' \\' '\n\n' <"$program.d" | grep '^/' | sort -u | xargs readlink -f | xargs dpkg --search 2>/dev/null |
  cut -d : -f 1 | sort -u)
[ -n "$packages" ] || {
  echo "no package of the system owns what $program was linked from: see $program.d" >&2
  exit 70
}
for package in $packages ca-certificates; do
  dpkg --status "$package" >"$status/$package"
done

find "$root" -exec touch --no-dereference --date="@$time" {} +
