// AWS SDK for JavaScript v2: one line of JSON with the keys that it finds, and whom STS takes it for with them.
'use strict';

process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1';
const { createHash } = require('node:crypto');
const AWS = require('aws-sdk');

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

async function main() {
  const credentials = new AWS.RemoteCredentials();
  await credentials.getPromise();
  const sts = new AWS.STS({ region: 'us-east-1', endpoint: process.env.AWS_SERVER, credentials });
  const { Arn } = await sts.getCallerIdentity().promise();
  return {
    access_key_id: credentials.accessKeyId,
    secret_sha256: sha256(credentials.secretAccessKey),
    token_sha256: sha256(credentials.sessionToken),
    expiration: credentials.expireTime.toISOString().replace('.000Z', 'Z'),
    caller: Arn,
  };
}

main()
  .catch((error) => ({ error: `${error.statusCode ?? error.code}: ${error.message}` }))
  .then((found) => console.log(JSON.stringify(found)));
