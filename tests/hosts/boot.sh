#!/usr/bin/env bash
# boot.sh FOLDER WORK
# The machine of make_disk.sh, booted in software emulation, until it is off or this is killed. All that it writes is
# forgotten then. In the folder WORK: ssh.config, for `ssh -F WORK/ssh.config machine`, whose key and port are this
# run's, and what it says on its serial line, serial.log.
set -euo pipefail
folder=$(readlink -f "$1") work=$(readlink -f "$2")
readonly folder work

# Whoever takes it in the moment until qemu does makes qemu say so and end.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

rm -f "$work"/key{,.pub}
ssh-keygen -q -t ed25519 -N '' -C '' -f "$work/key"
port=$(free_port)
cat >"$work/ssh.config" <<TEXT
Host machine
    HostName 127.0.0.1
    Port $port
    User root
    IdentityFile $work/key
    IdentitiesOnly yes
    StrictHostKeyChecking no
    UserKnownHostsFile /dev/null
    LogLevel ERROR
    ConnectTimeout 60
    ServerAliveInterval 30
    ControlPath $work/ssh.socket
TEXT

# Not by KVM: that of the machines that build this does not take Debian's kernel, and a machine that is now fast and
# now slow finds now this and now that. The key comes as a credential, which systemd puts where sshd looks for it.
export TMPDIR=$work
exec nice -n 5 qemu-system-x86_64 -name machine -nodefaults -display none \
    -accel tcg,thread=multi,tb-size=512 -cpu max -smp 2 -m 2560 \
    -kernel "$folder/vmlinux" -initrd "$folder/initrd" \
    -append "console=ttyS0 root=/dev/vda rw quiet mitigations=off nokaslr net.ifnames=0 \
systemd.set_credential_binary=ssh.authorized_keys.root:$(base64 -w 0 "$work/key.pub")" \
    -drive "file=$folder/disk.img,if=virtio,format=raw,snapshot=on,cache=unsafe" \
    -netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22" -device virtio-net-pci,netdev=net,romfile= \
    -device virtio-rng-pci -serial "file:$work/serial.log" -monitor none
