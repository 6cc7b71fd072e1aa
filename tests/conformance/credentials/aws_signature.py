"""AWS signature version 4 as a server sees it: computed again, by botocore, from what arrived."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.message import Message
from urllib.parse import parse_qsl

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ALLOWED_SKEW = timedelta(minutes=5)
TIMESTAMP = '%Y%m%dT%H%M%SZ'
UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'


class Refused(Exception):
    """Why a request is not good. `kind` is a key of the services' tables of errors."""

    def __init__(self, kind, detail):
        super().__init__(detail)
        self.kind = kind


@dataclass(frozen=True)
class Key:
    """What somebody signs with: for good, or with a token until its end."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    expiration: datetime | None = None
    role_arn: str | None = None
    session_name: str | None = None


@dataclass(frozen=True)
class Request:
    """A request as it arrived."""

    method: str
    target: str
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Claim:
    """What the Authorization header says."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple
    signature: str

    PATTERN = re.compile(
        r'AWS4-HMAC-SHA256 Credential=([^/,\s]+)/(\d{8})/([^/,\s]+)/([^/,\s]+)/aws4_request,\s*'
        r'SignedHeaders=([a-z0-9;-]+),\s*Signature=([0-9a-f]{64})')

    @classmethod
    def of(cls, request):
        header = request.headers.get('Authorization')
        if header is None:
            raise Refused('unsigned', 'there is no Authorization header')
        found = cls.PATTERN.fullmatch(header.strip())
        if found is None:
            raise Refused('malformed', 'the Authorization header is none of version 4')
        *scope, names, signature = found.groups()
        return cls(*scope, tuple(names.split(';')), signature)


def verify(request, claim, key, service, region, now):
    """Raises Refused unless `key`, which the claim names, has signed the request for this service."""
    if claim.service != service:
        raise Refused('scope', f"Credential should be scoped to correct service: '{service}'.")
    if claim.region != region:
        raise Refused('scope', f"Credential should be scoped to a valid region, not '{claim.region}'.")
    if key is None:
        raise Refused('unknown key', f'nobody has the key {claim.access_key_id}')
    check_headers(request, claim)
    check_token(request, key)
    check_date(request, claim, now)
    check_body(request, service)
    check_signature(request, claim, key)
    if key.expiration is not None and now >= key.expiration:
        raise Refused('expired', f'the key has expired at {key.expiration.isoformat()}')


def check_headers(request, claim):
    present = {name.lower() for name in request.headers}
    needed = {'host'} | {name for name in present if name.startswith('x-amz-')}
    for name in sorted(needed - set(claim.signed_headers)):
        raise Refused('unsigned header', f'the header {name} is not signed')
    for name in sorted(set(claim.signed_headers) - present):
        raise Refused('unsigned header', f'the header {name} is signed and absent')


def check_token(request, key):
    token = request.headers.get('X-Amz-Security-Token')
    if token == key.session_token:
        return
    if token is None:
        raise Refused('wrong token', 'the key is temporary and there is no session token')
    if key.session_token is None:
        raise Refused('wrong token', 'the key is not temporary and there is a session token')
    raise Refused('wrong token', "the session token is another key's, or nobody's")


def check_date(request, claim, now):
    text = request.headers.get('X-Amz-Date', '')
    try:
        date = datetime.strptime(text, TIMESTAMP).replace(tzinfo=timezone.utc)
    except ValueError:
        raise Refused('malformed', f"X-Amz-Date is no date: '{text}'") from None
    if text[:8] != claim.date:
        raise Refused('scope', f"Date in Credential scope does not match: '{claim.date}', '{text}'")
    if date < now - ALLOWED_SKEW:
        raise Refused('skew', f'Signature expired: {text} is now earlier than '
                      f'{(now - ALLOWED_SKEW).strftime(TIMESTAMP)} ({now.strftime(TIMESTAMP)} - 5 min.)')
    if date > now + ALLOWED_SKEW:
        raise Refused('skew', f'Signature not yet current: {text} is still later than '
                      f'{(now + ALLOWED_SKEW).strftime(TIMESTAMP)} ({now.strftime(TIMESTAMP)} + 5 min.)')


def check_body(request, service):
    told = request.headers.get('X-Amz-Content-SHA256')
    if told is None and service == 's3':
        raise Refused('malformed', 'S3 wants the header x-amz-content-sha256')
    if told is None or (told == UNSIGNED_PAYLOAD and service == 's3'):
        return
    if told != hashlib.sha256(request.body).hexdigest():
        raise Refused('body', 'x-amz-content-sha256 is not the hash of the body')


def check_signature(request, claim, key):
    signer, copy = signer_of(claim, key), as_signed(request, claim)
    canonical = signer.canonical_request(copy)
    to_sign = signer.string_to_sign(copy, canonical)
    if hmac.compare_digest(signer.signature(to_sign, copy), claim.signature):
        return
    # So does AWS explain it: with the session token, since that is one of the signed headers.
    raise Refused('signature', 'The request signature we calculated does not match the signature you'
                  ' provided. Check your AWS Secret Access Key and signing method. Consult the service'
                  f" documentation for details.\n\nThe Canonical String for this request should have been"
                  f"\n'{canonical}'\n\nThe String-to-Sign should have been\n'{to_sign}'\n")


def signer_of(claim, key):
    """botocore's signer, which signs exactly the headers that it is given."""
    base = S3SigV4Auth if claim.service == 's3' else SigV4Auth

    class Signer(base):
        def headers_to_sign(self, request):
            return request.headers

    return Signer(Credentials(key.access_key_id, key.secret_access_key, key.session_token),
                  claim.service, claim.region)


def as_signed(request, claim):
    """The request with the headers that were signed; its query is encoded anew, as AWS does it."""
    path, _, query = request.target.partition('?')
    copy = AWSRequest(method=request.method, url='http://' + request.headers['Host'] + path,
                      params=parse_qsl(query, keep_blank_values=True), data=request.body)
    for name in claim.signed_headers:
        for value in request.headers.get_all(name):
            copy.headers.add_header(name, value)
    copy.context['timestamp'] = request.headers['X-Amz-Date']
    return copy
