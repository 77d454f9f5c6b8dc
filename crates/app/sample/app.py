"""Seatrial's sample app: small enough to read, real enough to deploy.

Change GREETING or VERSION, deploy again, and watch the new version take over.
To see what happens when a version is bad, set MISBEHAVE (`seatrial env set MISBEHAVE=500`) to one of
crash (exits at once), hang (never answers), 500 (fails its health check), port (listens on another port),
slow (answers after 3 s), memory (uses memory until it is stopped).
"""

import asyncio
import html
import os
import signal
import socket
import sys

VERSION = "1"
GREETING = "Hello from your first deployment"

PORT = int(os.environ.get("PORT", "8000"))
MISBEHAVE = os.environ.get("MISBEHAVE", "")
START_DELAY = float(os.environ.get("START_DELAY", "0"))

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Seatrial sample</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;margin:0;display:grid;place-items:center;min-height:100vh;
background:#f6f8fa;color:#16202b}}main{{text-align:center;padding:32px}}h1{{font-size:28px;margin:0 0 8px}}
b{{font-size:64px;display:block}}@media(prefers-color-scheme:dark){{body{{background:#0f1720;color:#e6edf3}}}}</style>
<main><h1>{greeting}</h1><p>version {version} on {host}</p><b>{count}</b><p>requests answered by this copy</p></main>
"""

requests = 0
stopping = False


def answer(path):
    """The status, content type and body for a path."""
    if path == "/health":
        return ("500 Internal Server Error" if MISBEHAVE == "500" or stopping else "200 OK"), "text/plain", "ok\n"
    if path == "/version":
        return "200 OK", "text/plain", VERSION + "\n"
    page = PAGE.format(
        greeting=html.escape(GREETING), version=html.escape(VERSION), host=html.escape(socket.gethostname()), count=requests
    )
    return "200 OK", "text/html; charset=utf-8", page


async def serve(reader, writer):
    """Answers requests on one connection until the other side, or a shutdown, ends it."""
    global requests
    try:
        while line := await reader.readline():
            while (await reader.readline()) not in (b"\r\n", b""):
                pass
            if MISBEHAVE == "hang":
                await asyncio.sleep(3600)
            if MISBEHAVE == "slow":
                await asyncio.sleep(3)
            requests += 1
            status, kind, body = answer(line.split()[1].decode().split("?")[0])
            data = body.encode()
            last = "Connection: close\r\n" if stopping else ""
            head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n{last}\r\n"
            writer.write(head.encode() + data)
            await writer.drain()
            if stopping:
                break
    except (ConnectionError, asyncio.IncompleteReadError, IndexError, ValueError):
        pass
    finally:
        writer.close()


async def main():
    """Serves until SIGTERM, then lets open requests finish."""
    global stopping
    if MISBEHAVE == "crash":
        sys.exit("the sample was told to crash (MISBEHAVE=crash)")
    await asyncio.sleep(START_DELAY)
    if MISBEHAVE == "memory":
        hoard = []
        while True:
            hoard.append(bytearray(os.urandom(1 << 20)) * 8)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    server = await asyncio.start_server(serve, "0.0.0.0", PORT + 1 if MISBEHAVE == "port" else PORT, backlog=1024)
    print(f"sample {VERSION} listens on port {PORT}", flush=True)
    await stop.wait()
    stopping = True
    server.close()
    await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main())
