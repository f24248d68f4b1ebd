"""A WebSocket client over the standard library: just what the tests say."""

import base64
import json
import os
import socket
import struct


class WebSocket:
    def __init__(self, port, protocol, path="/v1/graphql", timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer, self.close_code = b"", None
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(("GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Protocol: %s\r\n\r\n" % (path, key, protocol)).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.take(1)
        self.status = int(head.split()[1])

    def take(self, count):
        while len(self.buffer) < count:
            piece = self.socket.recv(65536)
            if not piece:
                raise EOFError("the server closed the connection")
            self.buffer += piece
        out, self.buffer = self.buffer[:count], self.buffer[count:]
        return out

    def send_frame(self, opcode, payload, final=True):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([(0x80 if final else 0) | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", size)
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

    def send(self, **message):
        self.send_frame(1, json.dumps(message).encode())

    def receive(self):
        """The next message but keep-alives; None: the server closed."""
        while True:
            try:
                first, second = self.take(2)
            except EOFError:
                return None
            size = second & 0x7f
            if size == 126:
                size = struct.unpack(">H", self.take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.take(8))[0]
            payload = self.take(size)
            opcode = first & 0x0f
            if opcode == 8:
                self.close_code = struct.unpack(">H", payload[:2])[0] if payload else None
                return None
            if opcode == 9:
                self.send_frame(10, payload)
                continue
            message = json.loads(payload)
            if message["type"] not in ("ka", "ping"):
                return message

    def close(self):
        self.socket.close()
