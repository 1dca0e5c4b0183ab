"""An HTTPS server, and the documents about XMPP that stand on one."""

import base64
import http.server
import json
import ssl
import threading

from cryptography.hazmat.primitives import hashes

from .net import Machine
from .pki import Credential
from .world import Scene

POSH = "/.well-known/posh/xmpp-server.json"
HOST_META = "/.well-known/host-meta.json"


class WebServer:
    """An HTTPS server of a machine's, for one domain: pages by path, text or (for a redirect) a URL in a list."""

    def __init__(self, scene: Scene, machine: Machine, credential: Credential, pages: dict[str, str | list[str]]) -> None:
        self.machine = machine
        self.asked: list[str] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        files = credential.write(scene.folder, f"web-{machine.v4}")
        context.load_cert_chain(files.certificate, files.key)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(handler) -> None:
                self.asked.append(handler.path)
                page = pages.get(handler.path)
                handler.send_response(404 if page is None else 307 if isinstance(page, list) else 200)
                if isinstance(page, list):
                    handler.send_header("Location", page[0])
                handler.end_headers()
                handler.wfile.write(page.encode() if isinstance(page, str) else b"")

            def log_message(self, *_) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer((machine.v4, 443), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        scene.until_end(self._close)

    def _close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def fingerprints(credential: Credential, expires_s: int = 3600) -> str:
    print_ = base64.b64encode(credential.certificate.fingerprint(hashes.SHA256())).decode()
    return json.dumps({"fingerprints": [{"sha-256": print_}], "expires": expires_s})
