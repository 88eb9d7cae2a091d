"""A receiver of webhooks for tests: Python's HTTP server, with TLS where it has a certificate.

As a program in a namespace: `python3 webhook_receiver.py ADDRESS PORT FOLDER [CERTIFICATE KEY]`.
The file `status` of the folder has the status that it answers; a line of JSON for each request is
appended to `requests`."""

import http.server
import json
import os
import ssl
import subprocess
import sys


class WebhookReceiver:
    """The program on a node. The requests are kept when the program is stopped and started again."""

    def __init__(self, node, address, port, certificate=None):
        self._node, self._address, self._port = node, address, port
        self._certificate = certificate  # paths of the certificate and its key
        self._folder = os.path.join(node.dir, f"webhook-{port}")
        os.mkdir(self._folder)
        self._process = None
        self.answer(200)

    def answer(self, status):
        path = os.path.join(self._folder, "status")
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(str(status))
        os.replace(path + ".new", path)

    def start(self, certificate=None):
        self._certificate = certificate or self._certificate
        self._process = self._node.start(
            [sys.executable, os.path.abspath(__file__), self._address, str(self._port),
             self._folder, *(self._certificate or ())], log=f"webhook-{self._port}.log")
        return self

    def stop(self):
        self._process.stop()

    def requests(self):
        """(headers, body as octets) of each, in their order."""
        try:
            with open(os.path.join(self._folder, "requests"), encoding="utf-8") as file:
                lines = [json.loads(line) for line in file if line.endswith("\n")]
        except FileNotFoundError:
            return []
        return [(line["headers"], line["body"].encode()) for line in lines]

    def events(self):
        """(stream, entry of a body) of all requests, also of those that were not taken."""
        return [(body["stream"], event)
                for body in (json.loads(body) for _, body in self.requests())
                for event in body["events"]]


def make_certificate(folder, name, address):
    """A certificate that signs itself. Returns the paths of it and of its key."""
    certificate, key = (os.path.join(folder, f"{name}.{end}") for end in ("pem", "key"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=IP:{address}", "-keyout", key, "-out", certificate],
                   check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=30)
    return certificate, key


def _serve(address, port, folder, certificate=None, key=None):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            line = json.dumps({"headers": dict(self.headers), "body": body})
            with open(os.path.join(folder, "requests"), "a", encoding="utf-8") as file:
                file.write(line + "\n")
            with open(os.path.join(folder, "status"), encoding="ascii") as file:
                self.send_response(int(file.read()))
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = http.server.HTTPServer((address, int(port)), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve(*sys.argv[1:])
