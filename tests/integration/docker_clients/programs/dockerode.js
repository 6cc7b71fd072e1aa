// A day in the life of a container by dockerode; what was seen of it as one line of JSON.
'use strict';

const { PassThrough } = require('node:stream');
const Docker = require('dockerode');

const image = process.env.IMAGE;
const docker = new Docker({ socketPath: process.env.DOCKER_SOCKET });

function collect(container, stream) {
  const seen = { out: '', err: '' };
  const [out, err] = [new PassThrough(), new PassThrough()];
  out.on('data', (bytes) => (seen.out += bytes));
  err.on('data', (bytes) => (seen.err += bytes));
  container.modem.demuxStream(stream, out, err);
  return new Promise((done) => stream.on('end', () => done(seen)));
}

async function main() {
  const container = await docker.createContainer({
    Image: image,
    Cmd: ['sh', '-c', 'read line; echo "got $line"; echo problem >&2; sleep 30'],
    OpenStdin: true,
    StdinOnce: true,
  });
  const attached = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
  await container.start();
  attached.write('a line\n');
  const exec = await container.exec({ Cmd: ['sh', '-c', 'echo in; exit 4'], AttachStdout: true, AttachStderr: true });
  const executed = await collect(container, await exec.start({}));
  const { ExitCode } = await exec.inspect();
  const attachment = collect(container, attached);
  await container.kill({ signal: 'KILL' });
  const { StatusCode } = await container.wait();
  const logs = String(await container.logs({ stdout: true, stderr: false }));
  const { Config } = await container.inspect();
  await container.remove({ force: true });
  return {
    executed,
    exec_code: ExitCode,
    attachment: await attachment,
    code: StatusCode,
    logs: logs.slice(8),
    command: Config.Cmd,
    told: (Config.Env ?? []).some((entry) => entry.startsWith('ECS_CONTAINER_METADATA_URI_V4=')),
  };
}

main().then(
  (seen) => console.log(JSON.stringify(seen)),
  (error) => {
    console.log(JSON.stringify({ error: String(error) }));
    process.exitCode = 1;
  },
);
