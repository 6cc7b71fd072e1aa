#!/usr/bin/python3
"""What aws_server.py takes for well signed, and what it does not: the tests of credentials rest on it."""

import hashlib
import http.client
import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from datetime import datetime, timedelta, timezone
from email.message import Message
from urllib.parse import urlencode

import boto3
import botocore.exceptions
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from aws_signature import Claim, Key, Refused, Request, check_signature

HERE = os.path.dirname(os.path.abspath(__file__))
BASE = Credentials('AKIABASE', 'base/secret+key')
ROLE = 'arn:aws:iam::000000000000:role/some/path/web'
ONE_TRY = Config(parameter_validation=False, retries={'total_max_attempts': 1}, read_timeout=2,
                 s3={'addressing_style': 'path'})


class AwsServerTest(unittest.TestCase):
    """The real program, on a port of its own."""

    OPTIONS = ()
    SCHEME = 'http'

    def setUp(self):
        self.process = subprocess.Popen(
            ['setpriv', '--pdeathsig', 'KILL', '/usr/bin/python3', HERE + '/aws_server.py',
             '--access-key-id', BASE.access_key, '--secret-access-key', BASE.secret_key,
             *self.OPTIONS], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end)
        self.port = int(re.fullmatch(r'port (\d+)\n', self.process.stdout.readline()).group(1))

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def client(self, service, keys=BASE):
        return boto3.client(service, 'us-east-1', endpoint_url=f'{self.SCHEME}://127.0.0.1:{self.port}',
                            aws_access_key_id=keys.access_key, aws_secret_access_key=keys.secret_key,
                            aws_session_token=keys.token, config=ONE_TRY, verify=False)

    def assume(self, role=ROLE, session='task-1', keys=BASE, **more):
        issued = self.client('sts', keys).assume_role(
            RoleArn=role, RoleSessionName=session, **more)['Credentials']
        return Credentials(issued['AccessKeyId'], issued['SecretAccessKey'], issued['SessionToken'])

    def send(self, method, target, body=None, headers=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=5)
        self.addCleanup(connection.close)
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def control(self, **changes):
        status, text = self.send('POST', '/control', json.dumps(changes))
        self.assertEqual(status, 200, text)

    def calls(self):
        return json.loads(self.send('GET', '/calls')[1])

    def last(self):
        return self.calls()[-1]

    def refused(self, code, operation, *arguments, **more):
        with self.assertRaises(botocore.exceptions.ClientError) as raised:
            operation(*arguments, **more)
        self.assertIn(raised.exception.response['Error']['Code'], (code, str(code)))
        return raised.exception.response['Error'].get('Message', '')


def signed(method, url, body, keys=BASE, signer=SigV4Auth, service='sts', region='us-east-1', **headers):
    """The headers of a request that botocore has signed, which a test then spoils."""
    request = AWSRequest(method=method, url=url, data=body,
                         headers={name.replace('_', '-'): value for name, value in headers.items()})
    signer(keys, service, region).add_auth(request)
    return dict(request.headers.items())


class Sts(AwsServerTest):
    FORM = urlencode({'Action': 'GetCallerIdentity', 'Version': '2011-06-15'})

    def setUp(self):
        super().setUp()
        self.url = f'http://127.0.0.1:{self.port}/'

    def expect(self, status, code, reason, headers, body=FORM, target='/', method='POST'):
        answered, text = self.send(method, target, body, headers)
        self.assertEqual((answered, re.search('<Code>(.*)</Code>', text).group(1)), (status, code), text)
        self.assertRegex(self.last()['signature'], '^wrong: .*' + reason)
        return text

    def test_issues_keys_for_a_role_which_then_speak_for_it(self):
        keys = self.assume()
        call = self.last()
        self.assertEqual((call['operation'], call['signature']), ('AssumeRole', 'good'))
        self.assertEqual(call['parameters'], {'RoleArn': ROLE, 'RoleSessionName': 'task-1'})
        self.assertEqual(call['access_key_id'], 'AKIABASE')
        self.assertEqual(call['issued']['AccessKeyId'], keys.access_key)
        self.assertEqual(call['issued']['secret_sha256'],
                         hashlib.sha256(keys.secret_key.encode()).hexdigest())
        self.assertEqual(call['issued']['token_sha256'], hashlib.sha256(keys.token.encode()).hexdigest())
        self.assertEqual(self.client('sts', keys).get_caller_identity()['Arn'],
                         'arn:aws:sts::000000000000:assumed-role/web/task-1')
        self.assertEqual(self.last()['signature'], 'good')

    def test_issues_keys_that_last_as_long_as_was_asked_for(self):
        for asked, lasting in ((900, 900), (None, 3600)):
            more = {} if asked is None else {'DurationSeconds': asked}
            answer = self.client('sts').assume_role(RoleArn=ROLE, RoleSessionName='me', **more)
            left = answer['Credentials']['Expiration'] - datetime.now(timezone.utc)
            self.assertAlmostEqual(left.total_seconds(), lasting, delta=5)

    def test_refuses_what_sts_refuses_to_issue(self):
        self.refused('ValidationError', self.assume, role='web'.rjust(20, 'x'))
        self.refused('ValidationError', self.assume, session='a b')
        self.refused('ValidationError', self.assume, DurationSeconds=899)
        chained = self.assume(role=ROLE + '2', keys=self.assume())
        self.assertIn('role/some/path/web2', self.last()['parameters']['RoleArn'])
        self.refused('ValidationError', self.assume, keys=chained, DurationSeconds=3601)
        self.refused('AccessDenied', self.client('sts', chained).get_session_token)
        self.assertEqual(self.last()['signature'], 'good')

    def test_knows_its_operations_and_their_version(self):
        for form in (self.FORM.replace('2011', '2010'), self.FORM.replace('Caller', 'Caller2')):
            status, text = self.send('POST', '/', form, signed('POST', self.url, form))
            self.assertEqual(status, 400)
            self.assertIn('<Code>InvalidAction</Code>', text)

    def test_issues_a_session_of_the_base_key_itself(self):
        issued = self.client('sts').get_session_token()['Credentials']
        keys = Credentials(issued['AccessKeyId'], issued['SecretAccessKey'], issued['SessionToken'])
        self.assertEqual(self.client('sts', keys).get_caller_identity()['Arn'],
                         'arn:aws:iam::000000000000:user/base')

    def test_takes_what_was_signed(self):
        headers = signed('POST', self.url, self.FORM, content_type='application/x-www-form-urlencoded')
        self.assertEqual(self.send('POST', '/', self.FORM, headers)[0], 200)

    def test_refuses_a_body_that_is_another(self):
        headers = signed('POST', self.url, self.FORM)
        text = self.expect(403, 'SignatureDoesNotMatch', 'The request signature', headers, self.FORM + '&a=b')
        self.assertIn("The Canonical String for this request should have been\n'POST\n/\n\n", text)

    def test_refuses_a_header_that_is_another(self):
        headers = signed('POST', self.url, self.FORM, x_amz_note='one')
        headers['x-amz-note'] = 'two'
        self.expect(403, 'SignatureDoesNotMatch', 'The request signature', headers)

    def test_refuses_a_header_that_is_not_signed(self):
        headers = signed('POST', self.url, self.FORM)
        self.expect(400, 'IncompleteSignature', 'x-amz-note is not signed', {**headers, 'x-amz-note': 'one'})
        headers = signed('POST', self.url, self.FORM, other='one')
        del headers['other']
        self.expect(400, 'IncompleteSignature', 'other is signed and absent', headers)

    def test_refuses_a_wrong_secret_and_a_key_that_nobody_has(self):
        headers = signed('POST', self.url, self.FORM, Credentials('AKIABASE', 'another'))
        self.expect(403, 'SignatureDoesNotMatch', 'The request signature', headers)
        headers = signed('POST', self.url, self.FORM, Credentials('AKIANOBODY', 'base/secret+key'))
        self.expect(403, 'InvalidClientTokenId', 'nobody has the key AKIANOBODY', headers)

    def test_refuses_a_signature_for_elsewhere(self):
        headers = signed('POST', self.url, self.FORM, service='iam')
        self.expect(403, 'SignatureDoesNotMatch', 'correct service', headers)
        headers = signed('POST', self.url, self.FORM, region='eu-west-1')
        self.expect(403, 'SignatureDoesNotMatch', 'valid region', headers)

    def test_refuses_a_token_that_is_missing_or_not_signed_or_not_the_keys(self):
        keys, other = self.assume(), self.assume()
        without = Credentials(keys.access_key, keys.secret_key)
        self.expect(403, 'InvalidClientTokenId', 'no session token',
                    signed('POST', self.url, self.FORM, without))
        unsigned = {**signed('POST', self.url, self.FORM, without), 'X-Amz-Security-Token': keys.token}
        self.expect(400, 'IncompleteSignature', 'x-amz-security-token is not signed', unsigned)
        mixed = Credentials(keys.access_key, keys.secret_key, other.token)
        self.expect(403, 'InvalidClientTokenId', "another key's", signed('POST', self.url, self.FORM, mixed))
        base = Credentials(BASE.access_key, BASE.secret_key, other.token)
        self.expect(403, 'InvalidClientTokenId', 'not temporary', signed('POST', self.url, self.FORM, base))

    def test_refuses_parameters_in_the_query_and_requests_without_a_signature(self):
        target = '/?' + self.FORM
        headers = signed('POST', self.url[:-1] + target, '')
        self.expect(400, 'MalformedQueryString', 'in the body', headers, '', target)
        headers = signed('GET', self.url[:-1] + target, '')
        self.expect(400, 'MalformedQueryString', 'in the body', headers, '', target, 'GET')
        self.expect(403, 'MissingAuthenticationToken', 'no Authorization', {})
        self.expect(400, 'IncompleteSignature', 'version 4', {'Authorization': 'Basic QTpC'})

    def test_refuses_a_wrong_hash_of_the_body(self):
        headers = signed('POST', self.url, self.FORM, x_amz_content_sha256='0' * 64)
        self.expect(403, 'SignatureDoesNotMatch', 'not the hash', headers)
        headers = signed('POST', self.url, self.FORM,
                         x_amz_content_sha256=hashlib.sha256(self.FORM.encode()).hexdigest())
        self.assertEqual(self.send('POST', '/', self.FORM, headers)[0], 200)

    def test_refuses_a_date_that_is_too_far_off(self):
        headers = signed('POST', self.url, self.FORM)
        for clock, reason in ((310, 'Signature expired'), (-310, 'Signature not yet current')):
            self.control(clock=clock)
            self.expect(403, 'SignatureDoesNotMatch', reason, headers)
        self.control(skew_code='RequestExpired')
        self.expect(400, 'RequestExpired', 'Signature not yet current', headers)
        self.control(clock=290)
        self.assertEqual(self.send('POST', '/', self.FORM, headers)[0], 200)

    def test_refuses_keys_whose_time_is_up(self):
        self.control(lifetime=-1)
        keys = self.assume()
        self.refused('ExpiredToken', self.client('sts', keys).get_caller_identity)


class Modes(AwsServerTest):
    def test_errors_of_sts_are_given_for_some_calls_only(self):
        self.control(mode='throttle', times=2)
        for _ in range(2):
            self.refused('Throttling', self.assume)
        self.assume()
        self.assertEqual([call['issued'] is None for call in self.calls()], [True, True, False])

    def test_denied_names_who_asked_for_what(self):
        self.control(mode='denied')
        self.assertIn('user/base is not authorized to perform: sts:AssumeRole on resource: ' + ROLE,
                      self.refused('AccessDenied', self.assume))

    def test_a_mismatch_repeats_the_session_token(self):
        keys = self.assume()
        self.control(mode='mismatch', times=1)
        self.assertIn(keys.token, self.refused('SignatureDoesNotMatch', self.assume, keys=keys))
        self.assertEqual(self.last()['signature'], 'good')

    def test_calls_are_held_until_they_are_let_go(self):
        self.control(mode='hold')
        asking = threading.Thread(target=self.assume)
        asking.start()
        while not self.calls():
            time.sleep(0.01)
        self.assertIsNone(self.last()['issued'])
        self.control(mode='ok')
        asking.join()
        self.assertIsNotNone(self.last()['issued'])

    def test_unavailable_is_no_answer_of_sts(self):
        self.control(mode='unavailable')
        self.refused('503', self.assume)

    def test_garbage_and_truncated_documents_are_no_xml(self):
        for mode in ('garbage', 'truncated'):
            self.control(mode=mode, times=1)
            with self.assertRaises(botocore.parsers.ResponseParserError):
                self.assume()

    def test_messages_that_are_cut_or_never_come(self):
        self.control(mode='cut', times=1)
        with self.assertRaises((botocore.exceptions.HTTPClientError, botocore.exceptions.IncompleteReadError,
                                botocore.parsers.ResponseParserError)):
            self.assume()
        self.control(mode='hang', times=1)
        with self.assertRaises(botocore.exceptions.ReadTimeoutError):
            self.assume()
        self.assume()

    def test_expired_keys_are_well_formed(self):
        self.control(mode='expired', times=1)
        answer = self.client('sts').assume_role(RoleArn=ROLE, RoleSessionName='me')
        self.assertLess(answer['Credentials']['Expiration'], datetime.now(timezone.utc))

    def test_a_huge_body_has_no_end_for_who_has_a_limit(self):
        self.control(mode='huge', times=1)
        headers = signed('POST', f'http://127.0.0.1:{self.port}/', Sts.FORM)
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=5)
        connection.request('POST', '/', Sts.FORM, headers)
        self.assertEqual(len(connection.getresponse().read(64 << 20)), 64 << 20)
        connection.close()
        self.assume()

    def test_clock_delay_and_lifetime(self):
        self.control(clock=120, delay=0.3, lifetime=7)
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=5)
        connection.request('GET', '/calls')
        date = connection.getresponse().headers['Date']
        connection.close()
        told = datetime.strptime(date, '%a, %d %b %Y %H:%M:%S GMT').replace(tzinfo=timezone.utc)
        self.assertAlmostEqual((told - datetime.now(timezone.utc)).total_seconds(), 120, delta=3)
        begun = datetime.now(timezone.utc)
        answer = self.client('sts').assume_role(RoleArn=ROLE, RoleSessionName='me')
        self.assertGreaterEqual(datetime.now(timezone.utc) - begun, timedelta(seconds=0.3))
        left = answer['Credentials']['Expiration'] - datetime.now(timezone.utc)
        self.assertAlmostEqual(left.total_seconds(), 127, delta=3)

    def test_control_refuses_what_it_does_not_know(self):
        for wrong in ('{"mode": "kind"}', '{"moods": 1}', 'no JSON', '{"skew_code": "x"}'):
            self.assertEqual(self.send('POST', '/control', wrong)[0], 400, wrong)
        self.assume()
        self.send('DELETE', '/calls')
        self.assertEqual(self.calls(), [])


class S3(AwsServerTest):
    def test_has_every_bucket_and_no_object(self):
        s3 = self.client('s3', self.assume())
        s3.head_bucket(Bucket='shop')
        self.assertEqual(self.last(), {'method': 'HEAD', 'path': '/shop', 'role': ROLE, 'signature': 'good',
                                       'access_key_id': s3._request_signer._credentials.access_key})
        self.assertEqual(s3.list_objects_v2(Bucket='shop', Prefix='a b/ü')['KeyCount'], 0)
        self.refused('NoSuchKey', s3.get_object, Bucket='shop', Key='a b/+ü')
        self.assertEqual(self.last()['signature'], 'good')
        self.client('s3').head_bucket(Bucket='shop')
        self.assertIsNone(self.last()['role'])

    def test_takes_an_unsigned_body_and_no_wrong_hash(self):
        url, keys = f'http://127.0.0.1:{self.port}/shop/key', self.assume()
        headers = signed('GET', url, '', keys, SigV4Auth, 's3', x_amz_content_sha256='UNSIGNED-PAYLOAD')
        self.assertEqual(self.send('GET', '/shop/key', '', headers)[0], 404)
        headers = signed('GET', url, '', keys, SigV4Auth, 's3', x_amz_content_sha256='0' * 64)
        self.assertEqual(self.send('GET', '/shop/key', '', headers)[0], 400)
        headers = signed('GET', url, '', keys, SigV4Auth, 's3')
        self.assertEqual(self.send('GET', '/shop/key', '', headers)[0], 400)
        self.assertRegex(self.last()['signature'], 'wrong: S3 wants')

    def test_encodes_a_query_as_the_signer_should_have(self):
        url = f'http://127.0.0.1:{self.port}/shop/?delimiter=%2F&location&prefix=a%20b'
        headers = signed('GET', url.replace('location', 'location='), '', BASE, S3SigV4Auth, 's3')
        for query in ('prefix=a%20b&location&delimiter=/', 'delimiter=%2f&location=&prefix=a+b'):
            self.assertEqual(self.send('GET', '/shop/?' + query, '', headers)[0], 200, self.calls())

    def test_refuses_other_paths_and_secrets(self):
        headers = signed('GET', f'http://127.0.0.1:{self.port}/shop/key', '', BASE, S3SigV4Auth, 's3')
        self.assertEqual(self.send('GET', '/shop/kez', '', headers)[0], 403)
        self.assertRegex(self.last()['signature'], 'wrong: The request signature')
        self.refused('SignatureDoesNotMatch', self.client('s3', Credentials('AKIABASE', 'no')).list_buckets)
        self.refused('InvalidAccessKeyId', self.client('s3', Credentials('AKIANO', 'no')).list_buckets)
        self.assertEqual(self.send('GET', '/shop/key')[0], 403)


class Tls(AwsServerTest):
    SCHEME = 'https'

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        certificate, key = folder.name + '/certificate', folder.name + '/key'
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj',
                        '/CN=sts', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out',
                        certificate], check=True, stderr=subprocess.DEVNULL)
        self.OPTIONS = ('--certificate', certificate, '--key', key)
        super().setUp()
        self.trusted = ssl.create_default_context(cafile=certificate)

    def test_speaks_tls_with_its_certificate(self):
        headers = signed('POST', f'https://127.0.0.1:{self.port}/', Sts.FORM)
        connection = http.client.HTTPSConnection('127.0.0.1', self.port, timeout=5, context=self.trusted)
        connection.request('POST', '/', Sts.FORM, headers)
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()


class Addresses(AwsServerTest):
    OPTIONS = ('--address', '127.0.0.1', '--address', '127.0.0.2')

    def test_listens_on_all_of_them(self):
        connection = http.client.HTTPConnection('127.0.0.2', self.port, timeout=5)
        connection.request('GET', '/calls')
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()


class Signature(unittest.TestCase):
    def test_agrees_with_the_example_that_aws_has_published(self):
        headers = Message()
        headers['Host'] = 'iam.amazonaws.com'
        headers['Content-Type'] = 'application/x-www-form-urlencoded; charset=utf-8'
        headers['X-Amz-Date'] = '20150830T123600Z'
        headers['Authorization'] = (
            'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, '
            'SignedHeaders=content-type;host;x-amz-date, '
            'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7')
        request = Request('GET', '/?Action=ListUsers&Version=2010-05-08', headers, b'')
        secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
        check_signature(request, Claim.of(request), Key('AKIDEXAMPLE', secret))
        with self.assertRaises(Refused):
            check_signature(request, Claim.of(request), Key('AKIDEXAMPLE', secret.lower()))


if __name__ == '__main__':
    sys.dont_write_bytecode = True
    unittest.main()
