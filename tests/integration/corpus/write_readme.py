import json,subprocess,os,sys
# write_readme.py AGENT
# Writes README.md beside it: what the agent's check-config says of each definition.
root=os.path.dirname(os.path.abspath(__file__))+'/'
agent=sys.argv[1]
what={
'account-place-holder.json':'a place holder in a registry and in a role',
'anchors.yml':'YAML with an anchor',
'app-mesh.json':'a proxy of App Mesh',
'awslogs-fargate.json':'the same on Fargate, with an execution role',
'awslogs.json':'the driver `awslogs` on a host without keys',
'awsvpc-sidecar.json':'two containers with one address',
'bind-mount.json':'a folder of the host',
'boto3-answer.json':"boto3's answer",
'cdk-synth.json':'what `cdk synth` prints',
'cli-skeleton-short.yaml':'a skeleton in YAML, most taken out',
'cli-skeleton.json':'a whole skeleton, hardly filled in',
'cloudformation-functions.json':'a template in JSON with functions in full',
'cloudformation-properties.yaml':'the properties of the resource alone',
'cloudformation.yaml':'a template in YAML with short functions',
'comment-keys.json':'remarks as keys',
'configured-at-launch.json':'a volume that is configured at launch',
'console-export.json':"the console's export, null for what was not set",
'containers-list.yaml':'a list of containers in YAML',
'crlf-and-bom.json':'Windows: a byte order mark and line ends',
'depends-on.json':'`dependsOn` with `SUCCESS` and `HEALTHY`',
'describe-answer.json':'the answer of `describe-task-definition`',
'describe-answer.yaml':'the same in YAML',
'describe-without-wrapper.json':'its `taskDefinition` alone',
'docker-volumes.json':"volumes of Docker's",
'ec2-links.json':'`links` in the mode `bridge`',
'efs-access-point.yaml':'an access point of EFS',
'efs.json':'a file system of EFS',
'empty-elements.json':'elements of lists that say nothing',
'empty-log-driver.json':'an empty log driver',
'empty-network-mode.json':'`networkMode: ""`',
'empty-pid-and-ipc-mode.yaml':'`pidMode` and `ipcMode` empty, as Go programs write them',
'empty-platform.json':'a platform of empty words',
'empty-port-words.json':'empty words of a port',
'empty-roles-and-texts.json':'roles and texts that may be empty',
'empty-sizes.json':'`cpu`, `memory`, `revision` empty',
'empty-source-path.json':'a volume without a path',
'entry-point.json':'an entry point with its command',
'environment-file.json':'an environment file',
'environment.json':'quotes, dollars, lines, other scripts in variables',
'family-place-holder.json':'a place holder in the family',
'fargate.json':'as it runs on Fargate',
'fault-injection.json':'fault injection',
'firelens.json':'a log router and its driver',
'flags-as-text.json':'true and false as text',
'health-check-without-cmd.json':'a health check without `CMD`',
'host-network.json':'the mode `host`',
'image-of-a-template.json':'a place holder of a template instead of an image',
'image-of-ecr-by-digest.json':'the same by its digest',
'image-of-ecr.json':'an image of a private registry of AWS',
'image-place-holder.json':'a place holder of a CI action instead of an image',
'javascript-sdk-answer.json':"the answer of the SDK for JavaScript",
'json-file-logs.json':"a log driver of Docker's",
'labels.json':'labels with dots, quotes and JSON',
'limits-and-controls.json':'`ulimits` and `systemControls`',
'limits-as-text.json':'limits as text',
'linux-parameters.json':'capabilities, devices, tmpfs, shared memory',
'names-and-hosts.json':'host name, name servers, hosts',
'none-network.yaml':'the mode `none`',
'numbers-as-text.json':'numbers as text',
'other-architecture.json':'for machines of another architecture',
'placement.json':'where ECS is to run it',
'plain.yaml':'YAML',
'port-range.json':'a range of ports, UDP, a port with a name',
'register-input.json':'the input of `register-task-definition`',
'repository-credentials-empty.json':'the same, as exported where there are none',
'repository-credentials.json':'credentials for a registry',
'restart-policy.json':'a restart policy',
'roles.json':'both roles',
'same-architecture.json':'for this architecture',
'schema.json':'`$schema`',
'secret-by-arn.json':'a secret by its ARN',
'secret-by-name.json':'a secret by its name',
'secret-json-key.json':'a key of a secret in JSON',
'secret-of-ssm.json':'a parameter of Systems Manager',
'secret-options.json':"a secret among a log driver's options",
'shared-processes.json':'shared processes and memory',
'ten-containers.json':'as many containers as ECS takes',
'terminal.json':'a terminal, a user, a folder, nothing writable',
'terraform-containers.json':"Terraform's `container_definitions`",
'terraform-network-mode.json':'`networkMode` in a container',
'terraform.two-containers.json':'two containers with links, no family',
'version-consistency.json':'`versionConsistency`',
'volumes-from.json':'volumes of another container',
'zero-health-check.json':'a health check of zeros',
'zero-max-swap.json':'no swap, no memory',
'zero-sizes.json':'`cpu`, `memory`, storage 0',
'zeros-of-a-container.json':'zeros of a container',
}
def told(f):
    out=[]
    def add(fields,w):
        fs=[x for x in fields if x]
        out.append((', '.join('`%s`'%x for x in fs)+': ' if fs else '')+w)
    for n in f['notices']: add(n['fields'],n['notice'])
    for r in f['replaced']: add([r['field']], r['now']+' instead of '+r['before'])
    if f['withoutEffect']: add(f['withoutEffect'],'changes nothing here')
    return '; '.join(out)
def table(folder, extra=[]):
    files=sorted(x for x in os.listdir(folder) if x.endswith(('.json','.yaml','.yml')) and x!='host.yaml')
    os.makedirs('/run/ecs-corpus/secrets',exist_ok=True); open('/run/ecs-corpus/app.env','w').write('A=b\n')
    p=subprocess.run([agent,'check-config','--json']+extra+[os.path.join(folder,x) for x in files],capture_output=True,text=True)
    j=json.loads(p.stdout)
    bad=[f for f in j['files'] if not f['runs']]
    if bad: print('BAD',json.dumps(bad,indent=1))
    rows='| file | what it is | what is told of it |\n|---|---|---|\n'
    for f in j['files']:
        n=os.path.basename(f['file'])
        rows+='| `%s` | %s | %s |\n'%(n,what[n],told(f))
    return rows
rows=table(root); rows2=table(root+'host/',['--host-file',root+'host/host.yaml'])
open(root+'README.md','w').write('''# Definitions as people deploy them

One of each shape in which task definitions are found in repositories, all of our own making. `corpus_test.cpp` runs all
of them at once, unchanged, and compares the last column with what `check-config --json` tells. Images are all one that
waits. In `host/` are those for which the host has to say something, with what it says (`host/host.yaml`).

'''+rows+'\n'+rows2)
print(open(root+'README.md').read()[:6000])
