// AWS SDK for JavaScript v3: one line of JSON with the keys that one of its providers finds, and whom STS takes it for
// with them. `v3.js PROVIDER refresh`: the keys of one client, and those that it has when the first are over.
'use strict';

const { createHash } = require('node:crypto');
const { setTimeout } = require('node:timers/promises');
const { GetCallerIdentityCommand, STSClient } = require('@aws-sdk/client-sts');
const providers = require('@aws-sdk/credential-providers');

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const withoutFraction = (date) => date.toISOString().replace('.000Z', 'Z');

async function keysOf(client) {
  const keys = await client.config.credentials();
  const { Arn } = await client.send(new GetCallerIdentityCommand({}));
  return {
    access_key_id: keys.accessKeyId,
    secret_sha256: sha256(keys.secretAccessKey),
    token_sha256: sha256(keys.sessionToken),
    expiration: withoutFraction(keys.expiration),
    caller: Arn,
  };
}

async function main(provider, mode) {
  const credentials = providers[provider]();
  const client = new STSClient({ region: 'us-east-1', endpoint: process.env.AWS_SERVER, credentials });
  const first = await keysOf(client);
  if (mode !== 'refresh') {
    return first;
  }
  while (Date.now() <= Date.parse(first.expiration)) {
    await setTimeout(100);
  }
  return { first, second: await keysOf(client) };
}

main(...process.argv.slice(2))
  .catch((error) => ({ error: `${error.name}: ${error.message}` }))
  .then((found) => console.log(JSON.stringify(found)));
