#!/usr/bin/env python3
"""Writes README.md beside it: what the agent's check-config says of each definition.

    write_readme.py <agent>

The exit status is 1 where one of them would not run.
"""

import json
import os
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).parent
HOST_FILE = FOLDER / "host" / "host.yaml"
WHAT = {
    "account-place-holder.json": "a place holder in a registry and in a role",
    "anchors.yml": "YAML with an anchor",
    "app-mesh.json": "a proxy of App Mesh",
    "awslogs-fargate.json": "the same on Fargate, with an execution role",
    "awslogs.json": "the driver `awslogs` on a host without keys",
    "awsvpc-sidecar.json": "two containers with one address",
    "bind-mount.json": "a folder of the host",
    "boto3-answer.json": "boto3's answer",
    "capabilities-by-linux-names.json": "capabilities with `CAP_`",
    "cdk-synth.json": "what `cdk synth` prints",
    "cli-skeleton-short.yaml": "a skeleton in YAML, most taken out",
    "cli-skeleton.json": "a whole skeleton, hardly filled in",
    "cloudformation-functions.json": "a template in JSON with functions in full",
    "cloudformation-properties.yaml": "the properties of the resource alone",
    "cloudformation.yaml": "a template in YAML with short functions",
    "comment-keys.json": "remarks as keys",
    "configured-at-launch.json": "a volume that is configured at launch",
    "console-export.json": "the console's export, null for what was not set",
    "container-name-place-holder.json": "a place holder in a container's name",
    "containers-list.yaml": "a list of containers in YAML",
    "crlf-and-bom.json": "Windows: a byte order mark and line ends",
    "depends-on.json": "`dependsOn` with `SUCCESS` and `HEALTHY`",
    "describe-answer.json": "the answer of `describe-task-definition`",
    "describe-answer.yaml": "the same in YAML",
    "describe-without-wrapper.json": "its `taskDefinition` alone",
    "docker-volumes.json": "volumes of Docker's",
    "ec2-links.json": "`links` in the mode `bridge`",
    "efs-access-point.yaml": "an access point of EFS",
    "efs.json": "a file system of EFS",
    "empty-elements.json": "elements of lists that say nothing",
    "empty-image-by-overrides.json": 'the same of `""`',
    "empty-log-driver.json": "an empty log driver",
    "empty-network-mode.json": '`networkMode: ""`',
    "empty-pid-and-ipc-mode.yaml": "`pidMode` and `ipcMode` empty, as Go programs write them",
    "empty-platform.json": "a platform of empty words",
    "empty-port-words.json": "empty words of a port",
    "empty-roles-and-texts.json": "roles and texts that may be empty",
    "empty-sizes.json": "`cpu`, `memory`, `revision` empty",
    "empty-source-path.json": "a volume without a path",
    "entry-point.json": "an entry point with its command",
    "environment-file-lines.json": "an environment file with lines that are none",
    "environment-file.json": "an environment file",
    "environment.json": "quotes, dollars, lines, other scripts in variables",
    "family-place-holder.json": "a place holder in the family",
    "fargate.json": "as it runs on Fargate",
    "fault-injection.json": "fault injection",
    "firelens.json": "a log router and its driver",
    "flags-as-text.json": "true and false as text",
    "health-check-without-cmd.json": "a health check without `CMD`",
    "health-check-without-command.json": "a health check without a command",
    "host-network.json": "the mode `host`",
    "image-by-overrides.json": "no image, the overrides beside it have one",
    "image-of-a-template.json": "a place holder of a template instead of an image",
    "image-of-ecr-by-digest.json": "the same by its digest",
    "image-of-ecr.json": "an image of a private registry of AWS",
    "image-place-holder.json": "a place holder of a CI action instead of an image",
    "image-variable.json": "variables of a shell in an image",
    "javascript-sdk-answer.json": "the answer of the SDK for JavaScript",
    "json-file-logs.json": "a log driver of Docker's",
    "label-place-holder.json": "a place holder in a label's name",
    "labels.json": "labels with dots, quotes and JSON",
    "limits-and-controls.json": "`ulimits` and `systemControls`",
    "limits-as-text.json": "limits as text",
    "linux-parameters.json": "capabilities, devices, tmpfs, shared memory",
    "names-and-hosts.json": "host name, name servers, hosts",
    "network-mode-place-holder.json": "a place holder instead of a network mode",
    "none-network.yaml": "the mode `none`",
    "numbers-as-text.json": "numbers as text",
    "other-architecture.json": "for machines of another architecture",
    "placement.json": "where ECS is to run it",
    "plain.yaml": "YAML",
    "port-range.json": "a range of ports, UDP, a port with a name",
    "register-input.json": "the input of `register-task-definition`",
    "repository-credentials-empty.json": "the same, as exported where there are none",
    "repository-credentials.json": "credentials for a registry",
    "restart-policy.json": "a restart policy",
    "roles.json": "both roles",
    "same-architecture.json": "for this architecture",
    "schema.json": "`$schema`",
    "secret-by-arn.json": "a secret by its ARN",
    "secret-by-name.json": "a secret by its name",
    "secret-json-key.json": "a key of a secret in JSON",
    "secret-of-ssm.json": "a parameter of Systems Manager",
    "secret-options.json": "a secret among a log driver's options",
    "shared-processes.json": "shared processes and memory",
    "ten-containers.json": "as many containers as ECS takes",
    "terminal.json": "a terminal, a user, a folder, nothing writable",
    "terraform-containers.json": "Terraform's `container_definitions`",
    "terraform-network-mode.json": "`networkMode` in a container",
    "terraform-volume.json": "a mount of a volume that is declared elsewhere",
    "terraform.two-containers.json": "two containers with links, no family",
    "two-variables-of-one-name.json": "two variables of one name",
    "version-consistency.json": "`versionConsistency`",
    "volumes-from.json": "volumes of another container",
    "without-family.json": "an object without a family",
    "zero-health-check-without-command.json": "a health check of zeros and no command",
    "zero-health-check.json": "a health check of zeros",
    "zero-max-swap.json": "no swap, no memory",
    "zero-restart-policy.json": "a restart policy of zeros",
    "zero-sizes.json": "`cpu`, `memory`, storage 0",
    "zeros-of-a-container.json": "zeros of a container",
}
# As corpus_test.cpp has them.
SECRETS = {
    "secrets/db.json": '{"username": "shop", "password": "p"}',
    "secrets/all.env": "API_KEY=a\nTOKEN=t\nsplunk-token=s\n",
}
ENVIRONMENT_FILES = {"app.env": "STAGE=test\n", "lines.env": "STAGE=test\nno equals sign\n=1\n# a remark\n"}
HEAD = """# Definitions as people deploy them

One of each shape in which task definitions are found in repositories, all of our own making. `corpus_test.cpp` runs all
of them at once, unchanged, and compares the last column with what `check-config --json` tells; `write_readme.py` writes
this page. Images are all one that waits. In `host/` are those for which the host has to say something, with what it says
(`host/host.yaml`), and overrides beside some.
"""
TABLE_HEAD = "\n| file | what it is | what is told of it |\n|---|---|---|\n"


def definitions(folder):
    """Overrides are no definitions: each is read with the one that it is beside."""
    return sorted(
        file
        for file in folder.iterdir()
        if file.suffix in (".json", ".yaml", ".yml") and ".overrides." not in file.name and file != HOST_FILE
    )


def replacement_in(replaced):
    """What stands there now may be a secret; then it is not told."""
    return (f"{replaced['now']} instead of " if replaced["now"] else "filled in for ") + replaced["before"]


def told_of(file):
    told = []

    def add(fields, what):
        names = ", ".join(f"`{field}`" for field in fields if field)
        told.append(f"{names}: {what}" if names else what)

    for notice in file["notices"]:
        add(notice["fields"], notice["notice"])
    for each in file["replaced"]:
        add([each["field"]], replacement_in(each))
    if file["withoutEffect"]:
        add(file["withoutEffect"], "changes nothing here")
    return "; ".join(told)


def checked(agent):
    """By the file's name. What definitions and the host file name has to be there, as corpus_test.cpp makes it."""
    here = pathlib.Path("/run/ecs-corpus")
    for folder in ("logs", "efs", "database", "secrets"):
        (here / folder).mkdir(parents=True, exist_ok=True)
    for name, text in {**ENVIRONMENT_FILES, **SECRETS}.items():
        (here / name).write_text(text, encoding="utf-8")
        (here / name).chmod(0o600)
    files = [str(file) for folder in (FOLDER, HOST_FILE.parent) for file in definitions(folder)]
    ended = subprocess.run(
        [agent, "check-config", "--json", "--host-file", HOST_FILE, *files], capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        sys.exit(ended.stdout + ended.stderr)
    return {os.path.basename(file["file"]): file for file in json.loads(ended.stdout)["files"]}


def main():
    answers = checked(sys.argv[1])
    page = HEAD
    for folder in (FOLDER, HOST_FILE.parent):
        page += TABLE_HEAD
        for file in definitions(folder):
            page += f"| `{file.name}` | {WHAT[file.name]} | {told_of(answers[file.name])} |\n"
    (FOLDER / "README.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
