#!/bin/sh
# shellcheck disable=SC2046,SC2086 # as in use
# What entrypoints on ECS do with curl, jq, grep and sed: one line of JSON with what each has got. The pipelines are as
# unguarded as those in use, but for the wait, which all have in some way.
file=$ECS_CONTAINER_METADATA_FILE
tries=0
until grep -q '"MetadataFileStatus": "READY"' $file || [ $tries -ge 10 ]; do
    tries=$((tries + 1))
    sleep 1
done

gateway=$(ip route | sed -n 's/^default via \([0-9.]*\).*/\1/p')
tasks=$gateway:51678/v1/tasks

# A host of cgroup v2 does not tell a container its id: then its file does.
ID=$(basename $(cat /proc/1/cpuset))
[ ${#ID} -eq 64 ] || ID=$(jq -r .ContainerID $file)

exec jq --null-input --compact-output '$ARGS.named' \
    --arg introspected_ports "$(curl -s $tasks?dockerid=$ID | jq -c .Containers[0].Ports[])" \
    --arg short_id_ports "$(curl -s $tasks?dockerid=$(echo $ID | cut -c1-12) | jq -c .Containers[0].Ports[])" \
    --arg introspected_task "$(curl -s $tasks?dockerid=$ID | grep -oE 'arn:[^"]+')" \
    --arg introspected_cluster "$(curl -s $gateway:51678/v1/metadata | jq -r .Cluster)" \
    --arg file_container "$(cat $file | grep ContainerID | sed 's/.*: "\(.*\)",/\1/g')" \
    --arg file_host_port "$(grep HostPort $file | cut -d: -f2 | tr -d ' ,')" \
    --arg file_image "$(jq -r .ImageName $file)" \
    --arg v3_container "$(curl -s $ECS_CONTAINER_METADATA_URI | jq -r .DockerId)" \
    --arg v3_family "$(curl -s $ECS_CONTAINER_METADATA_URI/task | jq -r .Family)" \
    --arg v4_task "$(curl -s ${ECS_CONTAINER_METADATA_URI_V4}/task | jq -r .TaskARN | cut -d/ -f3)" \
    --arg v4_address "$(curl -s $ECS_CONTAINER_METADATA_URI_V4 | jq -r .Networks[0].IPv4Addresses[0])" \
    --arg v4_stats_container "$(curl -s $ECS_CONTAINER_METADATA_URI_V4/stats | jq -r .id)"
