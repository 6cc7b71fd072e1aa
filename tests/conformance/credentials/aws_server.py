#!/usr/bin/python3
"""A small AWS of one machine: STS, which issues keys, and an S3 of empty buckets, which takes them.

It serves nobody who has not signed well, as botocore computes it, and tells a test who has asked
for what. README.md beside this file says how it is driven.
"""

import argparse
import json
import select
import socketserver
import ssl
import sys
import threading
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aws_s3
import aws_sts
from aws_signature import Claim, Key, Refused, Request, check_signature

MOST_BODY = 1 << 20
HUGE_CHUNK = b' ' * 65536
HUGE_CHUNKS = 16384 # 1 GiB: whoever takes that much has no limit


@dataclass
class Behaviour:
    """How STS behaves; after `times` calls that were signed well it is as it should be again."""

    mode: str = 'ok'
    times: int | None = None
    lifetime: float | None = None
    clock: float = 0
    delay: float = 0
    skew_code: str = 'SignatureDoesNotMatch'


class Aws:
    """What the threads of all connections share."""

    def __init__(self, keys, region):
        self.keys = keys
        self.region = region
        self.sts = aws_sts.Sts(keys, region)
        self.behaviour = Behaviour()
        self.calls = []
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)

    def now(self):
        return datetime.now(timezone.utc) + timedelta(seconds=self.behaviour.clock)

    def note(self, call):
        with self.lock:
            self.calls.append(call)

    def noted(self):
        with self.lock:
            return [call.shown() for call in self.calls]

    def forget(self):
        with self.lock:
            self.calls.clear()

    def next_mode(self):
        with self.lock:
            mode, left = self.behaviour.mode, self.behaviour.times
            if left is not None:
                self.behaviour.times = left - 1
                if left <= 1:
                    self.behaviour.mode, self.behaviour.times = 'ok', None
            return mode

    def control(self, changes):
        """A change says for how many calls it is good; what it does not name stays."""
        with self.lock:
            behaviour = Behaviour(**{**asdict(self.behaviour), 'times': None, **changes})
            if behaviour.mode not in MODES or behaviour.skew_code not in aws_sts.SKEW_CODES:
                raise ValueError('no such mode or code')
            self.behaviour = behaviour
            self.changed.notify_all()

    def wait_while_held(self):
        with self.lock:
            self.changed.wait_for(lambda: self.behaviour.mode != 'hold')


# --- how STS may behave towards a call that is signed well ----------------------------------------


@dataclass(frozen=True)
class Asked:
    """A call that is signed well, and by which key."""

    request: Request
    call: aws_sts.Call
    key: Key


def ok(handler, asked):
    handler.send(*handler.carried_out(asked, handler.aws.behaviour.lifetime))


def expired(handler, asked):
    handler.send(*handler.carried_out(asked, lifetime=-60))


def truncated(handler, asked):
    """A document that ends in its middle, and a message that does not."""
    status, text = handler.carried_out(asked)
    handler.send(status, text[:len(text) // 2])


def cut(handler, asked):
    """A message that ends in its middle."""
    status, text = handler.carried_out(asked)
    handler.send(status, text[:len(text) // 2], length=len(text))
    handler.close_connection = True


def throttle(handler, asked):
    handler.send(400, aws_sts.error('Throttling', 'Rate exceeded'))


def denied(handler, asked):
    role = asked.call.parameters.get('RoleArn', '*')
    handler.send(403, aws_sts.error(
        'AccessDenied', f'User: {aws_sts.arn_of(asked.key)} is not authorized to perform:'
        f' sts:{asked.call.operation} on resource: {role}'))


def mismatch(handler, asked):
    """As if the secret were another. The answer repeats what was signed, a session token included."""
    try:
        another = replace(asked.key, secret_access_key='another')
        check_signature(asked.request, Claim.of(asked.request), another)
    except Refused as refused:
        handler.send(*aws_sts.refusal(refused, handler.aws.behaviour.skew_code))


def unavailable(handler, asked):
    handler.send(503, '<html><body><h1>503 Service Unavailable</h1></body></html>\n', 'text/html')


def garbage(handler, asked):
    handler.send(200, 'It works!\n')


def huge(handler, asked):
    handler.send(200, '', length=len(HUGE_CHUNK) * HUGE_CHUNKS)
    for _ in range(HUGE_CHUNKS):
        handler.wfile.write(HUGE_CHUNK)


def hang(handler, asked):
    """Until the other side gives up."""
    select.select([handler.connection], [], [])
    handler.close_connection = True


MODES = {function.__name__: function for function in
         (ok, expired, truncated, cut, throttle, denied, mismatch, unavailable, garbage, huge, hang)}
MODES['hold'] = ok # it waits before, until there is another mode


# --- HTTP -----------------------------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    """One connection. Who has not signed may drive the server and read what it has seen, no more."""

    protocol_version = 'HTTP/1.1'
    server_version = 'aws-server'
    disable_nagle_algorithm = True
    timeout = 60

    @property
    def aws(self):
        return self.server.aws

    def serve(self):
        length = int(self.headers.get('Content-Length', '0'))
        if length > MOST_BODY or 'Transfer-Encoding' in self.headers:
            self.close_connection = True
            self.send(413, 'Not that much, and its length has to be told.\n')
            return
        request = Request(self.command, self.path, self.headers, self.rfile.read(length))
        try:
            self.route(request)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = serve

    def route(self, request):
        own = {('POST', '/control'): self.control, ('GET', '/calls'): self.show_calls,
               ('DELETE', '/calls'): self.forget_calls}.get((request.method, request.target))
        if own is not None:
            own(request)
        elif request.target == '/' and request.method == 'POST' or request.target.startswith('/?'):
            self.serve_sts(request)
        else:
            self.serve_s3(request)

    def serve_sts(self, request):
        call = aws_sts.Call()
        try:
            key = self.aws.sts.check(request, call, self.aws.now())
        except Refused as refused:
            self.aws.note(call)
            self.send(*aws_sts.refusal(refused, self.aws.behaviour.skew_code))
            return
        self.aws.note(call)
        self.aws.wait_while_held()
        mode = self.aws.next_mode()
        time.sleep(self.aws.behaviour.delay)
        MODES[mode](self, Asked(request, call, key))

    def carried_out(self, asked, lifetime=None):
        return self.aws.sts.answer(asked.call, asked.key, self.aws.now(), lifetime)

    def serve_s3(self, request):
        call = aws_s3.Call(request.method, request.target)
        answer = aws_s3.answer(request, call, self.aws.keys, self.aws.region, self.aws.now())
        self.aws.note(call)
        self.send(*answer, 'application/xml')

    def control(self, request):
        try:
            self.aws.control(json.loads(request.body))
        except (TypeError, ValueError) as wrong:
            self.send(400, f'{wrong}\n', 'text/plain')
            return
        self.send_json(asdict(self.aws.behaviour))

    def show_calls(self, request):
        self.send_json(self.aws.noted())

    def forget_calls(self, request):
        self.aws.forget()
        self.send_json([])

    def send_json(self, value):
        self.send(200, json.dumps(value) + '\n', 'application/json')

    def send(self, status, text, content_type='text/xml', length=None):
        body = text.encode()
        self.send_response(status)
        self.send_header('Content-Type', content_type)
        self.send_header('Content-Length', str(len(body) if length is None else length))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def date_time_string(self, timestamp=None):
        return format_datetime(self.aws.now(), usegmt=True)

    def log_message(self, format, *arguments): # pylint: disable=redefined-builtin
        """Nothing: GET /calls tells more."""


class Server(ThreadingHTTPServer):
    """One address to listen on."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address, aws, context=None):
        self.aws = aws
        self.context = context
        super().__init__(address, Handler)

    def server_bind(self):
        # HTTPServer's own looks the address's name up.
        socketserver.TCPServer.server_bind(self)

    def get_request(self):
        connection, peer = super().get_request()
        if self.context is not None:
            # The handshake is left to the connection's own thread.
            connection = self.context.wrap_socket(connection, server_side=True,
                                                  do_handshake_on_connect=False)
        return connection, peer

    def handle_error(self, request, client_address):
        # A client that goes away, or that does not trust us, is no fault of ours.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


# --- command line ---------------------------------------------------------------------------------


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--address', action='append', default=[], help='listen on it; may be repeated')
    parser.add_argument('--port', type=int, default=0, help='of every address; 0: one that is free')
    parser.add_argument('--access-key-id', action='append', default=[], metavar='ID')
    parser.add_argument('--secret-access-key', action='append', default=[], metavar='SECRET')
    parser.add_argument('--region', default='us-east-1')
    parser.add_argument('--certificate', metavar='FILE', help='speak TLS with this one, and --key')
    parser.add_argument('--key', metavar='FILE')
    chosen = parser.parse_args()
    if len(chosen.access_key_id) != len(chosen.secret_access_key):
        parser.error('every --access-key-id has its --secret-access-key')
    return chosen


def tls(chosen):
    if chosen.certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chosen.certificate, chosen.key)
    return context


def main():
    chosen = arguments()
    keys = aws_sts.Keys()
    for access_key_id, secret in zip(chosen.access_key_id, chosen.secret_access_key):
        keys.add(Key(access_key_id, secret))
    aws, context, port = Aws(keys, chosen.region), tls(chosen), chosen.port
    servers = []
    for address in chosen.address or ['127.0.0.1']:
        servers.append(Server((address, port), aws, context))
        port = servers[-1].server_address[1]
    print('port', port, flush=True)
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == '__main__':
    main()
