// The tasks of the trials. A container's name is used once in all of them; most end at once when
// they are told to.

#include "tests/integration/definition_fields.hpp"

namespace integration {

namespace {

constexpr auto many = R"({
  "family": "many", "revision": 7,
  "taskRoleArn": "arn:aws:iam::111122223333:role/app", "executionRoleArn": "pull",
  "tags": [{"key": "project", "value": "fields"}, {"key": "stage", "value": "trial"}],
  "x-ecs-node-agent": {"serviceName": "shop", "associations": [
    {"type": "elastic-inference", "name": "dev1", "value": "val", "containers": ["app"]}]},
  "volumes": [
    {"name": "pages", "host": {"sourcePath": "@dir@/pages"}},
    {"name": "plain", "host": {}},
    {"name": "sized", "dockerVolumeConfiguration": {
      "scope": "task", "driver": "local", "labels": {"team": "blue"},
      "driverOpts": {"type": "tmpfs", "device": "tmpfs", "o": "size=3m"}}},
    {"name": "ecs-int-shared", "dockerVolumeConfiguration": {
      "scope": "shared", "autoprovision": true, "labels": {"team": "red"}}}],
  "containerDefinitions": [
    {"name": "seed", "image": "@image@", "essential": false,
     "command": ["sh", "-c", "sleep 1; exit 4"]},
    {"name": "app", "image": "@image@",
     "entryPoint": ["sh", "-c"], "command": [@loop@, "zeroth", "first word"],
     "dependsOn": [{"containerName": "seed", "condition": "COMPLETE"}],
     "environment": [{"name": "GREETING", "value": "hello"}, {"name": "NOTHING"}],
     "environmentFiles": [{"value": "@dir@/first.env", "type": "s3"},
                          {"value": "file://@dir@/second.env"}],
     "secrets": [{"name": "PASSWORD", "valueFrom":
       "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbC123:password::"}],
     "workingDirectory": "/www/below", "hostname": "front.shop", "cpu": 64, "memory": 48,
     "memoryReservation": 24, "dockerLabels": {"colour": "blue"},
     "dnsServers": ["192.0.2.53"], "dnsSearchDomains": ["shop.example"],
     "extraHosts": [{"hostname": "warehouse", "ipAddress": "192.0.2.7"}],
     "ulimits": [{"name": "nofile", "softLimit": 777, "hardLimit": 888}],
     "systemControls": [{"namespace": "net.ipv4.ip_default_ttl", "value": "77"},
                        {"namespace": "kernel.msgmax", "value": "4444"}],
     "dockerSecurityOptions": ["no-new-privileges", "seccomp=unconfined", "label:disable"],
     "healthCheck": {"command": ["CMD-SHELL", "echo $GREETING"], "interval": 5, "timeout": 4,
                     "retries": 2, "startPeriod": 1},
     "logConfiguration": {"logDriver": "json-file", "options": {
       "max-size": "1m", "tag": "shop", "mode": "non-blocking"},
       "secretOptions": [{"name": "labels", "valueFrom": "/shop/labels"}]},
     "mountPoints": [{"sourceVolume": "pages", "containerPath": "/pages", "readOnly": true},
                     {"sourceVolume": "plain", "containerPath": "/plain"},
                     {"sourceVolume": "sized", "containerPath": "/sized"},
                     {"sourceVolume": "ecs-int-shared", "containerPath": "/shared"}],
     "linuxParameters": {
       "capabilities": {"add": ["NET_ADMIN"], "drop": ["CHOWN"]},
       "devices": [{"hostPath": "/dev/loop-control", "containerPath": "/dev/loops",
                    "permissions": ["read", "mknod"]}],
       "sharedMemorySize": 11, "maxSwap": 16, "swappiness": 33,
       "tmpfs": [{"containerPath": "/scratch", "size": 5,
                  "mountOptions": ["noexec", "mode=0711"]}]}},
    {"name": "user", "image": "@image@", "command": ["sh", "-c", @loop@], "user": "1234:5678",
     "repositoryCredentials": {"credentialsParameter": "shop/registry"},
     "interactive": true, "readonlyRootFilesystem": true, "metadataEnable": false,
     "linuxParameters": {"initProcessEnabled": true}},
    {"name": "terminal", "image": "@image@", "command": ["sh", "-c", @loop@],
     "pseudoTerminal": true},
    {"name": "web", "image": "@image@", "links": ["app:main", "terminal"],
     "command": ["sh", "-c", "httpd -p 80 -h /www; "@loop@],
     "portMappings": [
       {"containerPort": 80, "hostPort": 28180, "name": "page", "appProtocol": "http2"},
       {"containerPort": 53, "protocol": "udp"}, {"containerPortRange": "9000-9002"}],
     "volumesFrom": [{"sourceContainer": "app", "readOnly": true}]}]})";

constexpr auto restarts = R"({
  "family": "restarts",
  "containerDefinitions": [
    {"name": "fickle", "image": "@image@",
     "command": ["sh", "-c", "[ -e /second ] || { >/second; sleep 1.2; exit 3; }; "@loop@],
     "restartPolicy": {"enabled": true, "ignoredExitCodes": [0, 42], "restartAttemptPeriod": 1}},
    {"name": "content", "image": "@image@", "essential": false,
     "command": ["sh", "-c", "sleep 1.2; exit 42"],
     "restartPolicy": {"enabled": true, "ignoredExitCodes": [0, 42], "restartAttemptPeriod": 1}},
    {"name": "short", "image": "@image@", "essential": false, "command": ["sh", "-c", "exit 3"],
     "restartPolicy": {"enabled": true, "restartAttemptPeriod": 60}},
    {"name": "settled", "image": "@image@", "essential": false,
     "command": ["sh", "-c", "sleep 1.2; exit 3"],
     "restartPolicy": {"enabled": false, "restartAttemptPeriod": 1}}]})";

constexpr auto joint = R"({
  "family": "joint", "networkMode": "awsvpc", "pidMode": "task", "ipcMode": "task",
  "cpu": "0.25 vCPU", "memory": "0.125 GB", "metadataEnable": false,
  "containerDefinitions": [
    {"name": "left", "image": "@image@", "command": ["sh", "-c", @loop@]},
    {"name": "right", "image": "@image@", "command": ["sh", "-c", @loop@],
     "metadataEnable": true}]})";

constexpr auto hosted = R"({
  "family": "hosted", "networkMode": "host", "pidMode": "host", "ipcMode": "host",
  "containerDefinitions": [
    {"name": "hosted", "image": "@image@", "command": ["sh", "-c", @loop@]}]})";

constexpr auto lonely = R"({
  "family": "lonely", "networkMode": "none", "ipcMode": "none",
  "containerDefinitions": [
    {"name": "lonely", "image": "@image@", "command": ["sh", "-c", @loop@]}]})";

constexpr auto stubborn = R"({
  "family": "stubborn",
  "containerDefinitions": [
    {"name": "stubborn", "image": "@image@", "stopTimeout": 2,
     "command": ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]}]})";

// What follows does not stay up, and is not tried again.

constexpr auto once = R"({
  "family": "once", "x-ecs-node-agent": {"run": "once"},
  "containerDefinitions": [
    {"name": "sprint", "image": "@image@", "command": ["sh", "-c", "exit 0"]}]})";

constexpr auto late = R"({
  "family": "late", "x-ecs-node-agent": {"run": "once"},
  "containerDefinitions": [
    {"name": "slow", "image": "@image@", "essential": false, "startTimeout": 2,
     "command": ["sh", "-c", @loop@]},
    {"name": "waiting", "image": "@image@", "command": ["sh", "-c", @loop@],
     "dependsOn": [{"containerName": "slow", "condition": "COMPLETE"}]}]})";

constexpr auto frail = R"({
  "family": "frail", "x-ecs-node-agent": {"run": "once", "replaceUnhealthy": true},
  "containerDefinitions": [
    {"name": "frail", "image": "@image@", "command": ["sh", "-c", @loop@],
     "healthCheck": {"command": ["CMD", "false"], "interval": 5, "retries": 1}}]})";

// Not every machine that runs these tests has all the rights to give.
constexpr auto strong = R"({
  "family": "strong", "x-ecs-node-agent": {"run": "once"},
  "containerDefinitions": [
    {"name": "strong", "image": "@image@", "command": ["sh", "-c", "exit 0"],
     "privileged": true}]})";

// Without credentials it is created only: the host file has no other driver stand for this one.
constexpr auto cloud = R"({
  "family": "cloud", "x-ecs-node-agent": {"run": "once"},
  "containerDefinitions": [
    {"name": "cloud", "image": "@image@", "command": ["sh", "-c", "exit 0"],
     "logConfiguration": {"logDriver": "awslogs", "options": {
       "awslogs-region": "eu-west-1", "awslogs-group": "shop",
       "awslogs-stream-prefix": "front"}}}]})";

constexpr auto undriven = R"({
  "family": "undriven", "x-ecs-node-agent": {"run": "once"},
  "volumes": [{"name": "far", "dockerVolumeConfiguration": {"driver": "ecs-int-nobody"}}],
  "containerDefinitions": [
    {"name": "undriven", "image": "@image@", "command": ["sh", "-c", "exit 0"],
     "mountPoints": [{"sourceVolume": "far", "containerPath": "/far"}]}]})";

// The engine has no runtime for GPUs.
constexpr auto gpus = R"({
  "family": "gpus", "x-ecs-node-agent": {"run": "once"},
  "containerDefinitions": [
    {"name": "gpus", "image": "@image@", "command": ["sh", "-c", "exit 0"],
     "resourceRequirements": [{"type": "GPU", "value": "1"}]}]})";

std::string replaced(std::string text, const std::string& word, const std::string& by) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size()))
        text.replace(at, word.size(), by);
    return text;
}

} // namespace

std::map<std::string, std::string> field_tasks(const std::string& directory) {
    const auto loop = runs_until_told();
    std::map<std::string, std::string> files{
        {"many.json", many},     {"restarts.json", restarts}, {"joint.json", joint},
        {"hosted.json", hosted}, {"lonely.json", lonely},     {"stubborn.json", stubborn},
        {"once.json", once},     {"late.json", late},         {"strong.json", strong},
        {"cloud.json", cloud},   {"undriven.json", undriven}, {"gpus.json", gpus},
        {"frail.json", frail}};
    for (auto& [file, text] : files) {
        text = replaced(text, "\"@loop@", loop + '"');
        text = replaced(text, "@loop@", '"' + loop + '"');
        text = replaced(text, "@image@", demo_image);
        text = replaced(text, "@dir@", directory);
    }
    return files;
}

} // namespace integration
