// A tool server as hosts of AI models start it: JSON-RPC, a message a line, on its standard streams. Its one tool asks AWS
// who it is, with the credentials that the SDK's default chain finds.
'use strict';

const readline = require('node:readline');
const { GetCallerIdentityCommand, STSClient } = require('@aws-sdk/client-sts');

const sts = new STSClient({ region: 'us-east-1', endpoint: process.env.AWS_SERVER });

const methods = {
  initialize: () => ({
    protocolVersion: '2025-06-18',
    capabilities: { tools: {} },
    serverInfo: { name: 'aws-tools', version: '1.0.0' },
  }),
  'tools/list': () => ({ tools: [{ name: 'who_am_i', inputSchema: { type: 'object' } }] }),
  'tools/call': async () => {
    try {
      const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
      return { content: [{ type: 'text', text: Arn }] };
    } catch (error) {
      return { content: [{ type: 'text', text: `${error.name}: ${error.message}` }], isError: true };
    }
  },
};

async function serve() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { id, method } = JSON.parse(line);
    if (id === undefined) continue; // a notification
    console.log(JSON.stringify({ jsonrpc: '2.0', id, result: await methods[method]() }));
  }
}

serve();
