"""An S3 whose buckets all exist and are empty: enough to see how somebody signs."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from aws_signature import Claim, Refused, verify

# Of a request that is not good: what S3 answers.
ERRORS = {
    'unsigned': (403, 'AccessDenied'),
    'malformed': (400, 'InvalidRequest'),
    'unsigned header': (403, 'AccessDenied'),
    'scope': (400, 'AuthorizationHeaderMalformed'),
    'unknown key': (403, 'InvalidAccessKeyId'),
    'wrong token': (400, 'InvalidToken'),
    'skew': (403, 'RequestTimeTooSkewed'),
    'body': (400, 'XAmzContentSHA256Mismatch'),
    'signature': (403, 'SignatureDoesNotMatch'),
    'expired': (400, 'ExpiredToken'),
}


@dataclass
class Call:
    """One request, and the role whose keys have signed it."""

    method: str
    path: str
    access_key_id: str | None = None
    role: str | None = None
    signature: str = ''

    def shown(self):
        return dict(vars(self))


def answer(request, call, keys, region, now):
    """Status and XML; notes in `call` who has signed, and how well."""
    try:
        claim = Claim.of(request)
        call.access_key_id = claim.access_key_id
        key = keys.get(claim.access_key_id)
        verify(request, claim, key, 's3', region, now)
    except Refused as refused:
        call.signature = f'wrong: {refused}'
        status, code = ERRORS[refused.kind]
        return status, error(code, str(refused))
    call.role, call.signature = key.role_arn, 'good'
    return content(request)


def content(request):
    bucket, _, name = request.target.partition('?')[0].lstrip('/').partition('/')
    if name:
        return 404, error('NoSuchKey', 'The specified key does not exist.')
    if request.method not in ('GET', 'HEAD'):
        return 501, error('NotImplemented', 'Buckets stay empty.')
    return 200, (f'<?xml version="1.0" encoding="UTF-8"?>\n'
                 f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
                 f'<Name>{escape(bucket)}</Name><Prefix></Prefix><KeyCount>0</KeyCount>'
                 f'<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>\n')


def error(code, message):
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
            f'<Message>{escape(message)}</Message></Error>\n')
