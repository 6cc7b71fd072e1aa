#pragma once
// A task definition with every field that is honoured, each at a value that is not its default.

#include <string_view>

namespace agent::definition {

constexpr std::string_view every_field = R"({
  "family": "web", "revision": 7, "networkMode": "bridge", "pidMode": "task", "ipcMode": "host",
  "cpu": "512", "memory": "1 GB", "taskRoleArn": "arn:aws:iam::123456789012:role/app",
  "executionRoleArn": "ecsTaskExecutionRole", "metadataEnable": true,
  "x-ecs-node-agent": {"run": "once", "replaceUnhealthy": true, "serviceName": "shop", "associations": [
    {"type": "elastic-inference", "name": "dev1", "value": "val", "containers": ["side"]}]},
  "tags": [{"key": "stage", "value": "test"}],
  "volumes": [
    {"name": "spare", "host": {"sourcePath": "/srv/spare"}},
    {"name": "data", "host": {}},
    {"name": "kept", "dockerVolumeConfiguration": {"scope": "shared"}},
    {"name": "made", "dockerVolumeConfiguration": {"scope": "shared", "autoprovision": true,
      "driver": "local", "driverOpts": {"type": "tmpfs", "device": "tmpfs"},
      "labels": {"team": "a"}}}],
  "containerDefinitions": [
    {"name": "app", "image": "registry.example:5000/team/app:1.2", "command": ["serve"],
     "entryPoint": ["/init"], "essential": false, "cpu": 256, "memory": 128,
     "memoryReservation": 64,
     "environment": [{"name": "A", "value": "1"}],
     "environmentFiles": [{"value": "file:///etc/app.env", "type": "s3"}],
     "secrets": [{"name": "PASSWORD", "valueFrom": "/shop/db"}],
     "repositoryCredentials": {"credentialsParameter": "login"},
     "portMappings": [
       {"containerPort": 80, "hostPort": 8080, "protocol": "udp", "name": "web",
        "appProtocol": "http"},
       {"containerPortRange": "9000-9010"}],
     "mountPoints": [{"sourceVolume": "data", "containerPath": "/data", "readOnly": true}],
     "volumesFrom": [{"sourceContainer": "side", "readOnly": true}],
     "links": ["side:database"],
     "dependsOn": [{"containerName": "side", "condition": "HEALTHY"}],
     "startTimeout": 20, "stopTimeout": 10,
     "healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 10, "timeout": 3, "retries": 2,
                     "startPeriod": 15},
     "restartPolicy": {"enabled": true, "ignoredExitCodes": [0, 3], "restartAttemptPeriod": 60},
     "logConfiguration": {"logDriver": "json-file", "options": {"max-size": "1m"},
       "secretOptions": [{"name": "tag", "valueFrom": "/shop/tag"}]},
     "ulimits": [{"name": "nofile", "softLimit": 100, "hardLimit": 200}],
     "user": "1000:1000", "workingDirectory": "/srv", "hostname": "app.example",
     "privileged": true, "readonlyRootFilesystem": true,
     "linuxParameters": {
       "capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]},
       "devices": [{"hostPath": "/dev/null", "containerPath": "/dev/nothing",
                    "permissions": ["read", "mknod"]}],
       "initProcessEnabled": true, "sharedMemorySize": 16,
       "tmpfs": [{"containerPath": "/scratch", "size": 8, "mountOptions": ["noexec"]}],
       "maxSwap": 32, "swappiness": 10},
     "dnsServers": ["192.0.2.53"], "dnsSearchDomains": ["example"],
     "extraHosts": [{"hostname": "db", "ipAddress": "192.0.2.1"}],
     "dockerLabels": {"team": "a"},
     "systemControls": [{"namespace": "net.core.somaxconn", "value": "1000"}],
     "dockerSecurityOptions": ["no-new-privileges"],
     "resourceRequirements": [{"type": "GPU", "value": "2"}],
     "interactive": true, "pseudoTerminal": true, "metadataEnable": false},
    {"name": "side", "image": "busybox",
     "healthCheck": {"command": ["CMD", "/bin/true"]}},
    {"name": "third", "image": "busybox",
     "healthCheck": {"command": ["CMD", "/bin/true"]}}]})";

} // namespace agent::definition
