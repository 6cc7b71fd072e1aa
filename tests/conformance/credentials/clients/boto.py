#!/usr/bin/python3
"""boto3 (Python): one line of JSON with the keys that it finds, and whom STS takes it for with them.

`boto.py refresh`: the keys of one session, and those that it has when the first are over.
"""

import hashlib
import json
import os
import sys
import time
from datetime import datetime, timezone

import boto3


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def keys_of(session):
    credentials = session.get_credentials()
    frozen = credentials.get_frozen_credentials()
    sts = session.client('sts', endpoint_url=os.environ['AWS_SERVER'])
    return {'access_key_id': frozen.access_key, 'secret_sha256': sha256(frozen.secret_key),
            'token_sha256': sha256(frozen.token), 'method': credentials.method,
            'expiration': credentials._expiry_time.strftime('%Y-%m-%dT%H:%M:%SZ'),
            'caller': sts.get_caller_identity()['Arn']}


def refreshed():
    session = boto3.Session(region_name='us-east-1')
    first = keys_of(session)
    end = datetime.fromisoformat(first['expiration'])
    while datetime.now(timezone.utc) <= end:
        time.sleep(0.1)
    return {'first': first, 'second': keys_of(session)}


try:
    if sys.argv[1:] == ['refresh']:
        found = refreshed()
    else:
        found = keys_of(boto3.Session(region_name='us-east-1'))
except Exception as error: # whatever it says
    found = {'error': str(error)}
print(json.dumps(found))
