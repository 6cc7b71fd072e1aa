// aws-crt, the C code below the SDKs for C++ and others: one line of JSON with the key that it signs with, and whom STS
// takes it for. It shows no secret and no end.
'use strict';

const { createHash } = require('node:crypto');
const { auth, http } = require('aws-crt');

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const body = 'Action=GetCallerIdentity&Version=2011-06-15';

async function signedRequest(host) {
  const headers = new http.HttpHeaders([
    ['Host', host],
    ['Content-Type', 'application/x-www-form-urlencoded'],
    ['Content-Length', String(body.length)],
  ]);
  const provider = auth.AwsCredentialsProvider.newDefault();
  return auth.aws_sign_request(new http.HttpRequest('POST', '/', headers), {
    algorithm: auth.AwsSigningAlgorithm.SigV4,
    signature_type: auth.AwsSignatureType.HttpRequestViaHeaders,
    provider,
    region: 'us-east-1',
    service: 'sts',
    date: new Date(),
    signed_body_value: sha256(body),
    signed_body_header: auth.AwsSignedBodyHeaderType.XAmzContentSha256,
  });
}

async function main() {
  const server = new URL(process.env.AWS_SERVER);
  const { headers } = await signedRequest(server.host);
  const answer = await fetch(server, { method: 'POST', body, headers: withoutHost(headers) });
  const text = await answer.text();
  return {
    access_key_id: /Credential=([^/]*)/.exec(headers.get('Authorization'))[1],
    token_sha256: sha256(headers.get('X-Amz-Security-Token')),
    caller: (/<Arn>(.*)<\/Arn>/.exec(text) ?? [text, text])[1],
  };
}

// fetch sets these two itself, to the same.
function withoutHost(headers) {
  return Object.fromEntries([...headers].filter(([name]) => !/^(host|content-length)$/i.test(name)));
}

main()
  .catch((error) => ({ error: String(error) }))
  .then((found) => console.log(JSON.stringify(found)));
