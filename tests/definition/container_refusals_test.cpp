// The refusals of a container's own fields, with their exact words.

#include "tests/definition/refusal.hpp"

#include <gtest/gtest.h>

namespace agent::definition {
namespace {

/// Expects each of the cases as the only field of a container.
void expect_refusals(const std::vector<Case>& cases) {
    for (const auto& [fields, reason] : cases)
        EXPECT_EQ(fault(with_container(fields)),
                  "web.json: containerDefinitions[0]." + std::string(reason))
            << fields;
}

TEST(ContainerRefusals, OfPlainFields) {
    expect_refusals({
        {R"("Command": [])", "Command: unknown field"},
        {R"("command": "sh")", R"(command: expected a list, got "sh")"},
        {R"("command": ["sh", 5])", "command[1]: expected a string (quote it), got 5"},
        {R"("entryPoint": [["a"]])", "entryPoint[0]: expected a string, got a list"},
        {R"("command": ["a\u0000b"])", "command[0]: must not contain a NUL character"},
        {R"("essential": "True")", R"(essential: expected true or false, got "True")"},
        {R"("essential": 1)", "essential: expected true or false, got 1"},
        {R"("cpu": "256m")", R"(cpu: expected an integer from 0 to 2147483647, got "256m")"},
        {R"("cpu": -1)", "cpu: expected an integer from 0 to 2147483647, got -1"},
        {R"("cpu": 1.5)", "cpu: expected an integer from 0 to 2147483647, got 1.5"},
        {R"("cpu": 18446744073709551615)",
         "cpu: expected an integer from 0 to 2147483647, got 18446744073709551615"},
        {R"("memory": "-128")", R"(memory: expected an integer from 0 to 2147483647, got -128)"},
        {R"("memory": 3)",
         "memory: at least 4 MiB are needed (6 for Docker Engine 20.10 and newer), got 3"},
        {R"("environment": {"A": "b"})", "environment: expected a list, got an object"},
        {R"("environment": [{"value": "b"}])", "environment[0].name: required"},
        {R"("environment": [{"name": "", "value": "b"}])",
         "environment[0].name: must not be empty"},
        {R"("environment": [{"name": "A=B"}])", "environment[0].name: must not contain '='"},
        {R"("environment": [{"name": "A\u0000"}])",
         "environment[0].name: must not contain a NUL character"},
        {R"("environment": [{"name": "A", "value": "\u0000"}])",
         "environment[0].value: must not contain a NUL character"},
        {R"("environment": [{"name": "A", "value": 8080}])",
         "environment[0].value: expected a string (quote it), got a number"},
        {R"("environment": [{"name": "A", "value": true}])",
         "environment[0].value: expected a string (quote it), got a boolean"},
        {R"("dockerLabels": [])", "dockerLabels: expected an object, got a list"},
        {R"("dockerLabels": {"a": 1})", "dockerLabels.a: expected a string (quote it), got 1"},
        {R"("dockerLabels": {"": "x"})",
         "dockerLabels: a name must not be empty or contain a NUL character"},
        {R"("dockerLabels": {"com.amazonaws.ecs.cluster": "x"})",
         "dockerLabels.com.amazonaws.ecs.cluster: labels beginning with com.amazonaws.ecs. "
         "and the label ecs-node-agent are set by the agent"},
        {R"("dockerLabels": {"ecs-node-agent": "probe"})",
         "dockerLabels.ecs-node-agent: labels beginning with com.amazonaws.ecs. "
         "and the label ecs-node-agent are set by the agent"},
        {R"("metadataEnable": 1)", "metadataEnable: expected true or false, got 1"},
    });
}

TEST(ContainerRefusals, OfMoreFields) {
    expect_refusals({
        {R"("memoryReservation": 2)", "memoryReservation: at least 4 MiB are needed (6 for Docker "
                                      "Engine 20.10 and newer), got 2"},
        {R"("memory": 64, "memoryReservation": 65)",
         "memoryReservation: must not be greater than memory (64 MiB), got 65"},
        {R"("hostname": "a_b")",
         R"(hostname: expected at most 63 letters, digits, '-' and '.', got "a_b")"},
        {R"("workingDirectory": "srv")",
         R"(workingDirectory: expected an absolute path, got "srv")"},
        {R"("user": 1000)", "user: expected a string (quote it), got 1000"},
        {R"("privileged": "yes")", R"(privileged: expected true or false, got "yes")"},
        {R"("readonlyRootFilesystem": 1)", "readonlyRootFilesystem: expected true or false, got 1"},
        {R"("interactive": 1)", "interactive: expected true or false, got 1"},
        {R"("pseudoTerminal": 1)", "pseudoTerminal: expected true or false, got 1"},
        {R"("dnsServers": ["resolver"])",
         R"(dnsServers[0]: expected an IP address, got "resolver")"},
        {R"("extraHosts": [{"hostname": "a"}])", "extraHosts[0].ipAddress: required"},
        {R"("extraHosts": [{"hostname": "a", "ipAddress": "b"}])",
         R"(extraHosts[0].ipAddress: expected an IP address, got "b")"},
        {R"("extraHosts": [{"hostname": "a:b", "ipAddress": "::1"}])",
         R"(extraHosts[0].hostname: expected a host name, got "a:b")"},
        {R"("versionConsistency": "on")",
         R"(versionConsistency: expected "enabled" or "disabled", got "on")"},
        {R"("environmentFiles": [{"value": "arn:aws:s3:::bucket/app.env", "type": "s3"}])",
         "environmentFiles[0].value: expected the absolute path of a file on this host (only local "
         "files are read, nothing from S3), got \"arn:aws:s3:::bucket/app.env\""},
        {R"("environmentFiles": [{"value": "app.env"}])",
         "environmentFiles[0].value: expected the absolute path of a file on this host (only local "
         "files are read, nothing from S3), got \"app.env\""},
        {R"("environmentFiles": [{"value": "/a", "type": "ftp"}])",
         R"(environmentFiles[0].type: expected "s3", or nothing, got "ftp")"},
        {R"("environmentFiles": [{"type": "s3"}])", "environmentFiles[0].value: required"},
    });
    std::string files;
    for (int i = 0; i < 11; ++i)
        files += (i ? "," : "") + std::string(R"({"value": "/a"})");
    EXPECT_EQ(fault(with_container(R"("environmentFiles": [)" + files + "]")),
              "web.json: containerDefinitions[0].environmentFiles: at most 10 files, got 11");
}

TEST(ContainerRefusals, OfHowItLives) {
    constexpr std::string_view command_forms =
        R"(healthCheck.command: expected ["CMD-SHELL", "a command line"], ["CMD", "program", )"
        R"("arguments"...] or ["NONE"])";
    expect_refusals({
        {R"("startTimeout": 1)", "startTimeout: expected an integer from 2 to 86400, got 1"},
        {R"("stopTimeout": 1)", "stopTimeout: expected an integer from 2 to 86400, got 1"},
        {R"("stopTimeout": 86401)", "stopTimeout: expected an integer from 2 to 86400, got 86401"},
        {R"("healthCheck": {"interval": [5]})",
         "healthCheck.interval: expected an integer from 5 to 300, got a list"},
        {R"("healthCheck": {"command": ["CMD"]})", command_forms},
        {R"("healthCheck": {"command": ["CMD-SHELL", "a", "b"]})", command_forms},
        {R"("healthCheck": {"command": ["NONE", "a"]})", command_forms},
        {R"("healthCheck": {"command": ["NONE"], "interval": 4})",
         "healthCheck.interval: expected an integer from 5 to 300, got 4"},
        {R"("healthCheck": {"command": ["NONE"], "timeout": 121})",
         "healthCheck.timeout: expected an integer from 2 to 120, got 121"},
        {R"("healthCheck": {"command": ["NONE"], "retries": 11})",
         "healthCheck.retries: expected an integer from 1 to 10, got 11"},
        {R"("healthCheck": {"command": ["NONE"], "startPeriod": 301})",
         "healthCheck.startPeriod: expected an integer from 0 to 300, got 301"},
        {R"("restartPolicy": {"restartAttemptPeriod": 60})", "restartPolicy.enabled: required"},
        {R"("restartPolicy": {"enabled": true, "restartAttemptPeriod": 1801})",
         "restartPolicy.restartAttemptPeriod: expected an integer from 1 to 1800, got 1801"},
        {R"("restartPolicy": {"enabled": true, "ignoredExitCodes": [256]})",
         "restartPolicy.ignoredExitCodes[0]: expected an integer from 0 to 255, got 256"},
    });
    std::string codes = "0";
    for (int i = 1; i <= 50; ++i)
        codes += ',' + std::to_string(i);
    EXPECT_EQ(fault(with_container(R"("restartPolicy": {"enabled": true, "ignoredExitCodes": [)" +
                                   codes + "]}")),
              "web.json: containerDefinitions[0].restartPolicy.ignoredExitCodes: at most 50 exit "
              "codes, got 51");
}

TEST(ContainerRefusals, OfLogsAndLimits) {
    constexpr std::string_view limits =
        R"(ulimits[0].name: expected "core", "cpu", "data", "fsize", "locks", "memlock", )"
        R"("msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending" or )"
        R"("stack", got "files")";
    const std::string options =
        R"(dockerSecurityOptions[0]: expected "no-new-privileges", "apparmor:profile", )"
        R"("label:value", "seccomp=unconfined" or "seccomp={...}" with the text of a profile, got )";
    const auto userns = options + "\"userns=host\"";
    const auto seccomp = options + "\"seccomp=/etc/profile.json\"";
    expect_refusals({
        {R"("logConfiguration": {"options": {}})", "logConfiguration.logDriver: required"},
        {R"("logConfiguration": {"logDriver": "a b"})",
         "logConfiguration.logDriver: expected the name of a log driver such as \"json-file\", got "
         "\"a b\""},
        {R"("ulimits": [{"name": "files", "softLimit": 1, "hardLimit": 1}])", limits},
        {R"("ulimits": [{"name": "core", "hardLimit": 1}])", "ulimits[0].softLimit: required"},
        {R"("ulimits": [{"name": "core", "softLimit": 2, "hardLimit": 1}])",
         "ulimits[0].softLimit: must not be greater than hardLimit (1), got 2"},
        {R"("ulimits": [{"name": "core", "softLimit": -1, "hardLimit": 1}])",
         "ulimits[0].softLimit: must not be greater than hardLimit (1), got -1"},
        {R"("ulimits": [{"name": "core", "softLimit": 1, "hardLimit": 1},
                        {"name": "core", "softLimit": 1, "hardLimit": 1}])",
         R"(ulimits[1].name: a second limit "core")"},
        {R"("systemControls": [{"namespace": "vm.swappiness", "value": "1"}])",
         "systemControls[0].namespace: expected a kernel parameter that a container can have of "
         "its "
         "own: net.*, fs.mqueue.*, kernel.msg*, kernel.sem or kernel.shm*, got \"vm.swappiness\""},
        {R"("systemControls": [{"namespace": "net.core.somaxconn"}])",
         "systemControls[0].value: required"},
        {R"("systemControls": [{"namespace": "net.a", "value": "1"},
                               {"namespace": "net.a", "value": "2"}])",
         R"(systemControls[1].namespace: a second parameter "net.a")"},
        {R"("dockerSecurityOptions": ["userns=host"])", userns},
        {R"("dockerSecurityOptions": ["seccomp=/etc/profile.json"])", seccomp},
    });
}

TEST(ContainerRefusals, OfLinuxParameters) {
    expect_refusals({
        {R"("linuxParameters": {"swap": 1})", "linuxParameters.swap: unknown field"},
        {R"("linuxParameters": {"capabilities": {"add": ["CAP_TIME"]}})",
         "linuxParameters.capabilities.add[0]: expected ALL or a capability such as NET_ADMIN, "
         "without CAP_, got \"CAP_TIME\""},
        {R"("linuxParameters": {"capabilities": {"drop": ["CAP_ALL"]}})",
         "linuxParameters.capabilities.drop[0]: expected ALL or a capability such as NET_ADMIN, "
         "without CAP_, got \"CAP_ALL\""},
        {R"("linuxParameters": {"devices": [{"containerPath": "/dev/a"}]})",
         "linuxParameters.devices[0].hostPath: required"},
        {R"("linuxParameters": {"devices": [{"hostPath": "null"}]})",
         R"(linuxParameters.devices[0].hostPath: expected an absolute path, got "null")"},
        {R"("linuxParameters": {"devices": [{"hostPath": "/dev/null", "permissions": ["rwm"]}]})",
         "linuxParameters.devices[0].permissions[0]: expected \"read\", \"write\" or \"mknod\", "
         "got "
         "\"rwm\""},
        {R"("linuxParameters": {"sharedMemorySize": -1})",
         "linuxParameters.sharedMemorySize: expected an integer from 1 to 2147483647, got -1"},
        {R"("linuxParameters": {"tmpfs": [{"containerPath": "/a"}]})",
         "linuxParameters.tmpfs[0].size: required"},
        {R"("linuxParameters": {"tmpfs": [{"size": 1}]})",
         "linuxParameters.tmpfs[0].containerPath: required"},
        {R"("linuxParameters": {"tmpfs": [{"containerPath": "/", "size": 1}]})",
         "linuxParameters.tmpfs[0].containerPath: must not be the container's root"},
        {R"("linuxParameters": {"tmpfs": [{"containerPath": "/a", "size": 1,
                                           "mountOptions": ["ro,size=9"]}]})",
         "linuxParameters.tmpfs[0].mountOptions[0]: expected one mount option of tmpfs such as "
         "\"noexec\" or \"mode=1777\", got \"ro,size=9\""},
        {R"("linuxParameters": {"tmpfs": [{"containerPath": "/a", "size": 1},
                                          {"containerPath": "/a/", "size": 1}]})",
         R"(linuxParameters.tmpfs[1].containerPath: a second mount at "/a/")"},
        {R"("linuxParameters": {"maxSwap": 1})",
         "linuxParameters.maxSwap: needs a memory of the container"},
        {R"("memory": 64, "linuxParameters": {"maxSwap": -1})",
         "linuxParameters.maxSwap: expected an integer from 0 to 2147483647, got -1"},
        {R"("linuxParameters": {"swappiness": 101})",
         "linuxParameters.swappiness: expected an integer from 0 to 100, got 101"},
    });
}

// What may be a password stands in no error and so in no log.
TEST(ContainerRefusals, DoNotRepeatSecrets) {
    for (const auto* fields :
         {R"("environment": [{"name": "A", "value": 20171}])",
          R"("logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": 20171}})",
          R"("logConfiguration": {"logDriver": "splunk", "options": 20171})"}) {
        const auto reason = fault(with_container(fields));
        EXPECT_TRUE(reason.ends_with(", got a number")) << reason;
    }
    EXPECT_EQ(fault(with_container(R"("environment": "PASSWORD=x")")),
              "web.json: containerDefinitions[0].environment: expected a list, got a string");
    EXPECT_EQ(fault(with_task(R"("volumes": [{"name": "v", "dockerVolumeConfiguration":
                                 {"driverOpts": {"o": ["password=x"], "p": 1}}}])")),
              "web.json: volumes[0].dockerVolumeConfiguration.driverOpts.o: expected a string, got "
              "a list");
}

} // namespace
} // namespace agent::definition
