"""The Security Token Service: its keys, its three operations, and its answers in XML."""

import base64
import hashlib
import re
import secrets
import threading
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from aws_signature import Claim, Key, Refused, verify

NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'
VERSION = '2011-06-15'
ACCOUNT = '000000000000'
CHAINED_LIMIT = 3600

# Of a request that is not good: what STS answers. A date too far off has the code that control sets.
ERRORS = {
    'unsigned': (403, 'MissingAuthenticationToken', 'Request is missing Authentication Token'),
    'malformed': (400, 'IncompleteSignature', None),
    'unsigned header': (400, 'IncompleteSignature', None),
    'scope': (403, 'SignatureDoesNotMatch', None),
    'unknown key': (403, 'InvalidClientTokenId', 'The security token included in the request is invalid.'),
    'wrong token': (403, 'InvalidClientTokenId', 'The security token included in the request is invalid.'),
    'body': (403, 'SignatureDoesNotMatch', None),
    'signature': (403, 'SignatureDoesNotMatch', None),
    'expired': (403, 'ExpiredToken', 'The security token included in the request is expired'),
    'query': (400, 'MalformedQueryString', None),
}
SKEW_CODES = {'SignatureDoesNotMatch': 403, 'RequestExpired': 400, 'RequestTimeTooSkewed': 403}


class Invalid(Exception):
    """A request that is good, for something that is not."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass
class Keys:
    """Every key that may sign: those for good, and those that were issued."""

    by_id: dict = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, key):
        with self.lock:
            self.by_id[key.access_key_id] = key

    def get(self, access_key_id):
        with self.lock:
            return self.by_id.get(access_key_id)

    def issue(self, expiration, role_arn=None, session_name=None):
        key = Key('ASIA' + base64.b32encode(secrets.token_bytes(10)).decode(),
                  base64.b64encode(secrets.token_bytes(30)).decode(),
                  base64.b64encode(secrets.token_bytes(430)).decode(),
                  expiration, role_arn, session_name)
        self.add(key)
        return key


@dataclass
class Call:
    """One call of STS: who asks for what, and what comes of it."""

    operation: str = ''
    version: str = ''
    parameters: dict = field(default_factory=dict)
    access_key_id: str | None = None
    signature: str = ''
    issued: Key | None = None

    def shown(self):
        told = {'operation': self.operation, 'parameters': self.parameters,
                'access_key_id': self.access_key_id, 'signature': self.signature, 'issued': None}
        if self.issued is not None:
            told['issued'] = {
                'AccessKeyId': self.issued.access_key_id,
                'Expiration': text_of(self.issued.expiration),
                'secret_sha256': hashlib.sha256(self.issued.secret_access_key.encode()).hexdigest(),
                'token_sha256': hashlib.sha256(self.issued.session_token.encode()).hexdigest()}
        return told


def text_of(time):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ')


class Sts:
    """Checks calls and answers them."""

    def __init__(self, keys, region):
        self.keys = keys
        self.region = region

    def check(self, request, call, now):
        """The key that has signed; notes in `call` what is asked for, and how well it was signed."""
        call.parameters = dict(parse_qsl(request.body.decode('latin-1'), keep_blank_values=True))
        call.operation = call.parameters.pop('Action', '')
        call.version = call.parameters.pop('Version', 'NO_VERSION_SPECIFIED')
        try:
            key = self.signer(request, call, now)
        except Refused as refused:
            call.signature = f'wrong: {refused}'
            raise
        call.signature = 'good'
        return key

    def signer(self, request, call, now):
        claim = Claim.of(request)
        call.access_key_id = claim.access_key_id
        if request.method != 'POST' or '?' in request.target:
            raise Refused('query', 'parameters belong in the body of a POST')
        key = self.keys.get(claim.access_key_id)
        verify(request, claim, key, 'sts', self.region, now)
        return key

    def answer(self, call, key, now, lifetime=None):
        """Status and XML; notes in `call` what is issued, for `lifetime` seconds where that is given."""
        try:
            return 200, self.carry_out(call, key, now, lifetime)
        except Invalid as invalid:
            return invalid.status, error(invalid.code, str(invalid))

    def carry_out(self, call, key, now, lifetime):
        operations = {'AssumeRole': self.assume_role, 'GetSessionToken': self.get_session_token,
                      'GetCallerIdentity': self.get_caller_identity}
        if call.operation not in operations or call.version != VERSION:
            raise Invalid('InvalidAction',
                          f'Could not find operation {call.operation} for version {call.version}')
        return result(call.operation, operations[call.operation](call, key, now, lifetime))

    def assume_role(self, call, key, now, lifetime):
        role = parameter(call, 'RoleArn', r'arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+')
        session = parameter(call, 'RoleSessionName', r'[\w+=,.@-]{2,64}')
        duration = seconds(call, default=3600, most=43200)
        if key.session_token is not None and duration > CHAINED_LIMIT:
            raise Invalid('ValidationError', 'The requested DurationSeconds exceeds the 1 hour session'
                          ' limit for roles assumed by role chaining')
        call.issued = self.keys.issue(end_of(now, duration, lifetime), role, session)
        return [('Credentials', credentials(call.issued)),
                ('AssumedRoleUser', [('AssumedRoleId', f'AROA{"A" * 17}:{session}'),
                                     ('Arn', arn_of(call.issued))]),
                ('PackedPolicySize', '6')]

    def get_session_token(self, call, key, now, lifetime):
        if key.session_token is not None:
            raise Invalid('AccessDenied', 'Cannot call GetSessionToken with session credentials', 403)
        duration = seconds(call, default=43200, most=129600)
        call.issued = self.keys.issue(end_of(now, duration, lifetime))
        return [('Credentials', credentials(call.issued))]

    def get_caller_identity(self, call, key, now, lifetime):
        del call, now, lifetime
        return [('Arn', arn_of(key)), ('UserId', key.access_key_id), ('Account', ACCOUNT)]


def parameter(call, name, pattern):
    value = call.parameters.get(name, '')
    if re.fullmatch(pattern, value) is None:
        raise Invalid('ValidationError', f"1 validation error detected: Value '{value}' at"
                      f" '{name[0].lower() + name[1:]}' failed to satisfy constraint: Member must satisfy"
                      f' regular expression pattern: {pattern}')
    return value


def seconds(call, default, most):
    text = call.parameters.get('DurationSeconds', str(default))
    if not text.isdecimal() or not 900 <= int(text) <= most:
        raise Invalid('ValidationError', f"1 validation error detected: Value '{text}' at"
                      " 'durationSeconds' failed to satisfy constraint: Member must have value between"
                      f' 900 and {most}')
    return int(text)


def end_of(now, duration, lifetime):
    return now + timedelta(seconds=duration if lifetime is None else lifetime)


def arn_of(key):
    if key.role_arn is None:
        return f'arn:aws:iam::{ACCOUNT}:user/base'
    partition, account = key.role_arn.split(':')[1], key.role_arn.split(':')[4]
    name = key.role_arn.rsplit('/', 1)[1]
    return f'arn:{partition}:sts::{account}:assumed-role/{name}/{key.session_name}'


def credentials(key):
    return [('AccessKeyId', key.access_key_id), ('SecretAccessKey', key.secret_access_key),
            ('SessionToken', key.session_token), ('Expiration', text_of(key.expiration))]


# --- answers --------------------------------------------------------------------------------------


def xml(elements, depth=1):
    text = ''
    for name, value in elements:
        inner = escape(value) if isinstance(value, str) else f'\n{xml(value, depth + 1)}{"  " * depth}'
        text += f'{"  " * depth}<{name}>{inner}</{name}>\n'
    return text


def result(operation, elements):
    body = xml([(f'{operation}Result', elements),
                ('ResponseMetadata', [('RequestId', str(uuid.uuid4()))])])
    return f'<{operation}Response xmlns="{NAMESPACE}">\n{body}</{operation}Response>\n'


def error(code, message):
    body = xml([('Error', [('Type', 'Sender'), ('Code', code), ('Message', message)]),
                ('RequestId', str(uuid.uuid4()))])
    return f'<ErrorResponse xmlns="{NAMESPACE}">\n{body}</ErrorResponse>\n'


def refusal(refused, skew_code):
    if refused.kind == 'skew':
        return SKEW_CODES[skew_code], error(skew_code, str(refused))
    status, code, message = ERRORS[refused.kind]
    return status, error(code, message or str(refused))
