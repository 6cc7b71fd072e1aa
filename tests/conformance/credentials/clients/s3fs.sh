#!/bin/sh
# s3fs: mounts a bucket, lists it, and writes one line of JSON: what it has seen, or what the log says. To be run in a
# mount namespace of its own, so that nothing stays mounted.
work=$(mktemp -d -p "$HOME")
mkdir "$work/bucket"
s3fs mounted "$work/bucket" -f -o ecs -o "url=$AWS_SERVER" -o use_path_request_style -o retries=1 >"$work/log" 2>&1 &
until mountpoint -q "$work/bucket" || ! kill -0 $! 2>/dev/null; do
    sleep 0.05
done
# A mount that has ended meanwhile is an empty folder.
if seen=$(ls -A "$work/bucket" 2>&1) && mountpoint -q "$work/bucket"; then
    jq --null-input --compact-output --arg seen "$seen" '$ARGS.named'
    umount "$work/bucket"
    wait
else
    wait
    jq --null-input --compact-output --rawfile error "$work/log" '$ARGS.named'
fi
rm -r "$work"
