"""A real RabbitMQ, private to one test, that asks the gateway's hook about every login. Its virtual
hosts are platforms: a forwarder between the two asks as the platform of that name."""
import base64
import hashlib
import http.client
import http.server
import json
import os
import signal
import socket
import subprocess
import threading
import urllib.parse

from broker import Listener, accepts
from gateway import wait_for

SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
WATCHER = ("watcher", "test password")
QUESTIONS = ("user", "vhost", "resource", "topic")


class Forwarder(http.server.ThreadingHTTPServer):
    """RabbitMQ has one address for all its virtual hosts, the hook one for each platform."""
    daemon_threads = True

    def __init__(self, hook_port):
        """`hook_port` says the hook's port at the moment of a question."""
        super().__init__(("127.0.0.1", 0), Asked)
        self.hook_port = hook_port
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Asked(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one segment

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        platform = urllib.parse.parse_qs(body.decode())["vhost"][0]
        hook = http.client.HTTPConnection("127.0.0.1", self.server.hook_port(), timeout=20)
        hook.request("POST", f"/{platform}/rabbitmq{self.path}", body,
                     {"Content-Type": self.headers["Content-Type"]})
        answer = hook.getresponse()
        said = answer.read()
        hook.close()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


def free_ports(count):
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Rabbit:
    """`ports` tells where each platform takes MQTT. start() returns at once; ready() waits."""

    def __init__(self, folder, platforms):
        self.folder = os.path.join(folder, "rabbit")
        os.mkdir(self.folder)
        amqp, self.dist, self.epmd, *mqtt = free_ports(3 + len(platforms))
        self.amqp = amqp
        self.ports = dict(zip(platforms, mqtt))
        self.process = self.forwarder = None
        self.listeners = {}

    @staticmethod
    def is_installed():
        return os.access(SERVER, os.X_OK)

    def path(self, name):
        return os.path.join(self.folder, name)

    def _write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)

    def start(self, hook_port):
        self.forwarder = Forwarder(hook_port)
        asked = f"http://127.0.0.1:{self.forwarder.server_port}/"
        self._write("rabbitmq.conf", "\n".join(
            [f"listeners.tcp.1 = 127.0.0.1:{self.amqp}",
             "mqtt.allow_anonymous = false", "auth_backends.1 = http",
             "auth_backends.2 = internal", "auth_http.http_method = post",
             f"load_definitions = {self.path('definitions.json')}"] +
            [f"mqtt.listeners.tcp.{i} = 127.0.0.1:{port}"
             for i, port in enumerate(self.ports.values(), 1)] +
            [f"auth_http.{what}_path = {asked}{what}" for what in QUESTIONS] + [""]))
        self._write("definitions.json", json.dumps(self._definitions()))
        self._write("enabled_plugins", "[rabbitmq_mqtt,rabbitmq_auth_backend_http].")
        environment = dict(
            os.environ, HOME=self.folder, RABBITMQ_NODENAME=f"otakey{self.dist}@localhost",
            RABBITMQ_MNESIA_BASE=self.path("data"), RABBITMQ_LOG_BASE=self.path("log"),
            RABBITMQ_CONFIG_FILE=self.path("rabbitmq.conf"),
            RABBITMQ_ENABLED_PLUGINS_FILE=self.path("enabled_plugins"),
            RABBITMQ_DIST_PORT=str(self.dist), ERL_EPMD_PORT=str(self.epmd),
            ERL_EPMD_ADDRESS="127.0.0.1",
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none")
        with open(self.path("output"), "wb") as log:
            self.process = subprocess.Popen([SERVER], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=environment, start_new_session=True)

    def _definitions(self):
        """The virtual hosts, each behind its own port, and somebody who may hear everything."""
        name, password = WATCHER
        salt = b"salt"
        digest = hashlib.sha256(salt + password.encode()).digest()
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        return {"rabbit_version": "3.10.8",
                "vhosts": [{"name": platform} for platform in self.ports],
                "users": [{"name": name, "tags": "",
                           "password_hash": base64.b64encode(salt + digest).decode(),
                           "hashing_algorithm": "rabbit_password_hashing_sha256"}],
                "permissions": [dict(everything, user=name, vhost=platform)
                                for platform in self.ports],
                "global_parameters": [{"name": "mqtt_port_to_vhost_mapping",
                                       "value": {str(port): platform for platform, port
                                                 in self.ports.items()}}]}

    def ready(self):
        """What is heard on each platform."""
        for platform, port in self.ports.items():
            self.listeners[platform] = wait_for(
                "RabbitMQ accepts", lambda port=port: self._listens(port), self._output)
        return self.listeners

    def _listens(self, port):
        assert self.process.poll() is None, self._output()
        try:
            return Listener(port, *WATCHER)
        except OSError:
            return None

    def _output(self):
        with open(self.path("output"), encoding="utf-8") as log:
            return log.read()

    def accepts(self, platform, client, credential):
        return accepts(self.ports[platform], client, *credential)

    def stop(self):
        """With all that it began, its port mapper included."""
        for listener in self.listeners.values():
            listener.close()
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            wait_for("the port mapper ends", self._port_mapper_ended)
        if self.forwarder is not None:
            self.forwarder.close()

    def _port_mapper_ended(self):
        """It refuses while it knows a node that has just died."""
        subprocess.run(["epmd", "-port", str(self.epmd), "-kill"], check=False,
                       capture_output=True)
        try:
            socket.create_connection(("127.0.0.1", self.epmd), 5).close()
            return False
        except OSError:
            return True
