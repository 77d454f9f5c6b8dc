import base64, hashlib, os, signal, socket, socketserver, sys, threading, time
from http.server import BaseHTTPRequestHandler
name, port, delay = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
print("starting", name, flush=True)
time.sleep(delay)
class App(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, text, status=200):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        if self.path == "/ws": return self.websocket()
        if self.path.startswith("/slow="): time.sleep(float(self.path[6:]))
        if self.path == "/broken": return self.answer("broken", 500)
        if self.path == "/headers": return self.answer(str(self.headers))
        self.answer(name)
    def do_POST(self):
        size = int(self.headers["Content-Length"])
        self.answer(f"{name} {len(self.rfile.read(size))}")
    def websocket(self):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.wfile.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode())
        self.close_connection = True
        while data := self.connection.recv(100): self.connection.sendall(data)
    def log_message(self, *_): pass
class App(App): disable_nagle_algorithm = True
class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    request_queue_size = 1024
    allow_reuse_address = True
Server(("0.0.0.0", port), App).serve_forever()
