#!/usr/bin/env bash
# make_disk.sh RELEASE FOLDER
# The machine that the package is installed in, as FOLDER/disk.img (ext4) with FOLDER/vmlinux and FOLDER/initrd: the
# release's kernel, systemd, Docker Engine and ssh server, and what FOLDER/depends names, since a machine of these tests
# has no network beyond it. It is kept until its packages or this script change.
set -euo pipefail
release=$1 folder=$(readlink -f "$2")
readonly release folder
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=tests/packaging/bootstrap.sh
. tests/packaging/bootstrap.sh

list=$(sort -u - "$folder/depends" <<TEXT | paste -sd,
apt
busybox-static
ca-certificates
dbus
docker-cli
docker.io
iproute2
iptables
linux-image-cloud-amd64
nftables
openssh-server
procps
python3
systemd
systemd-sysv
udev
TEXT
)
key="$release $list $(sha256sum <tests/hosts/make_disk.sh)"
if [[ -f $folder/disk.img && $(cat "$folder/disk.key" 2>/dev/null) == "$key" ]]; then
    exit 0
fi

# The kernel as its own decompressor would leave it in memory, which takes that long to do in emulation. Where it is in
# the file, its header says (Documentation/arch/x86/boot.rst).
number() { od -A n -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '; } # file, place, bytes
unpack_kernel() { # bzImage
    local begin length
    begin=$((($(number "$1" $((0x1f1)) 1) + 1) * 512 + $(number "$1" $((0x248)) 4)))
    # The last four bytes are the size of what is packed.
    length=$(($(number "$1" $((0x24c)) 4) - 4))
    head -c $((begin + length)) "$1" | tail -c +$((begin + 1)) | zstd -dc
}

# What a machine has of its own: a name, its disk, its address in qemu's user network, and a door for us. Timers that
# would work at a time of theirs are off.
settle() { # root
    local unit
    printf 'machine\n' >"$1/etc/hostname"
    printf '127.0.0.1 localhost machine\n' >"$1/etc/hosts"
    printf '/dev/vda / ext4 defaults,noatime 0 1\n' >"$1/etc/fstab"
    printf '[Match]\nName=eth0\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n' \
        >"$1/etc/systemd/network/eth0.network"
    ln -s /usr/lib/systemd/system/systemd-networkd.service "$1/etc/systemd/system/multi-user.target.wants/"
    for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
        fstrim.timer getty@tty1.service systemd-networkd-wait-online.service; do
        ln -sf /dev/null "$1/etc/systemd/system/$unit"
    done
    printf 'UsePAM no\nUseDNS no\nPermitRootLogin prohibit-password\n' >"$1/etc/ssh/sshd_config.d/tests.conf"
    # Kept over a reboot, and over one that does not end well.
    printf '[Journal]\nStorage=persistent\nSyncIntervalSec=5s\n' >"$1/etc/systemd/journald.conf"
}

rm -rf "$folder"/disk.{img,key} "$folder"/{vmlinux,initrd} "$folder"/disk.??????
tree=$(mktemp -d "$folder/disk.XXXXXX")
trap 'rm -rf "$tree"' EXIT
chmod 0755 "$tree"
bootstrap "$release" "$list" "$tree" "$folder/disk.log"
rm -rf "$tree"/var/lib/apt/lists/*_*
settle "$tree"
unpack_kernel "$tree"/boot/vmlinuz-* >"$folder/vmlinux"
cp "$tree"/boot/initrd.img-* "$folder/initrd"
truncate -s 8G "$folder/disk.img"
mke2fs -q -t ext4 -F -d "$tree" "$folder/disk.img"
printf '%s' "$key" >"$folder/disk.key"
