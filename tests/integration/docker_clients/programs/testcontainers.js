// A test's container by testcontainers: started, waited for, asked, stopped; one line of JSON.
'use strict';

const { GenericContainer, Wait } = require('testcontainers');

async function main() {
  const container = await new GenericContainer(process.env.IMAGE)
    .withCommand(['sh', '-c', 'echo ready to serve; httpd -f -p 8080 -h /www'])
    .withExposedPorts(8080)
    .withEnvironment({ SAID: 'by the test' })
    .withCopyContentToContainer([{ content: 'copied', target: '/tmp/copied' }])
    .withWaitStrategy(Wait.forLogMessage('ready to serve'))
    .start();
  const page = await (await fetch(`http://127.0.0.1:${container.getMappedPort(8080)}/`)).text();
  const { output, exitCode } = await container.exec(['sh', '-c', 'echo $SAID; cat /tmp/copied; exit 3']);
  const told = (await container.exec(['sh', '-c', 'echo $ECS_CONTAINER_METADATA_URI_V4'])).output.trim() !== '';
  await container.stop();
  return { page, output, exitCode, told };
}

main().then(
  (seen) => console.log(JSON.stringify(seen)),
  (error) => {
    console.log(JSON.stringify({ error: String(error) }));
    process.exitCode = 1;
  },
);
