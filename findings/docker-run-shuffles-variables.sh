#!/usr/bin/env bash
# Docker's client 20.10.24 sends the variables of `docker create --env …` (and of `docker run`) in another order each time:
# it brings them through a map of Go's on the way.
#
# So two containers that were made by one command line differ in Config.Env, and whoever compares, hashes or tests what
# a client asks for must not count on the order of variables.
#
# Runs Debian 12's package below, which it unpacks into a folder of its own, against a socket that writes down what it is
# sent; Debian 12 and Python 3. Ends with 0 where the client still does so.
set -euo pipefail

readonly package=docker.io=20.10.24+dfsg1-1+deb12u1+b6 runs=20

work=$(mktemp -d /var/tmp/finding.XXXXXX)
readonly work
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
(cd "$work" && apt-get -qq download "$package" && dpkg-deb -x ./*.deb root)

cat >"$work/engine.py" <<'PYTHON'
import http.server, json, socketserver, sys

class Engine(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def say(self, status, body):
        self.send_response(status)
        self.send_header("API-Version", "1.41")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self):
        self.say(200, b"OK")

    do_GET = do_HEAD

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with open(sys.argv[2], "a") as file:
            print(" ".join(body["Env"]), file=file)
        self.say(201, b'{"Id":"c0ffee","Warnings":[]}')

    def address_string(self):
        return "client"

    def log_message(self, *words):
        pass

class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

Server(sys.argv[1], Engine).serve_forever()
PYTHON
python3 "$work/engine.py" "$work/engine.sock" "$work/sent" &
server=$!
for _ in $(seq 100); do
    [[ -S $work/engine.sock ]] && break
    sleep 0.1
done

"$work/root/usr/bin/docker" --version
for _ in $(seq "$runs"); do
    HOME=$work "$work/root/usr/bin/docker" --host "unix://$work/engine.sock" create \
        --env A=1 --env B=2 --env C=3 --env D=4 image >/dev/null
done
orders=$(sort -u "$work/sent" | wc -l)
printf 'the same command %d times: %d orders of its variables, such as\n' "$runs" "$orders"
sort -u "$work/sent" | head -n 3
[[ $(wc -l <"$work/sent") == "$runs" && $orders -gt 1 ]] || {
    echo 'it keeps their order now' >&2
    exit 1
}
