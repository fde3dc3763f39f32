"""A TCP proxy that does what networks do: cut, hold, delay."""

import asyncio
import threading

from harness.worker import free_port

_CHUNK = 1 << 16


class TcpProxy:
    """Passes what comes in at `port` on to 127.0.0.1:`target`, and back, until it is told otherwise: cut() ends every
    connection and takes no new one, black_hole() takes what comes and passes nothing on, delay() passes all on later, in
    its order; heal() ends what is under way of these. What came into a black hole comes out when it is healed, as a
    network's retransmission has it. Any thread."""

    def __init__(self):
        self.port, self.target = free_port(), free_port()
        self._open = True
        self._delay = 0.0
        self._writers = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True, name="tcp-proxy")
        self._thread.start()
        self._passes = self._call(self._begin())

    def close(self):
        self._call(self._cut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def cut(self):
        self._call(self._cut())

    def black_hole(self):
        self._loop.call_soon_threadsafe(self._passes.clear)

    def delay(self, seconds):
        self._delay = seconds

    def heal(self):
        self._open, self._delay = True, 0.0
        self._loop.call_soon_threadsafe(self._passes.set)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _begin(self):
        passes = asyncio.Event()
        passes.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return passes

    async def _cut(self):
        self._open = False
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader, writer):
        if not self._open:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        self._writers -= {writer, back}

    async def _pass(self, reader, writer):
        """One direction, until it ends; its end is the other side's end."""
        waiting = asyncio.Queue(64)

        async def read():
            try:
                while chunk := await reader.read(_CHUNK):
                    await waiting.put((self._loop.time() + self._delay, chunk))
            except OSError:
                pass
            await waiting.put((0, None))

        reading = asyncio.ensure_future(read())
        try:
            while True:
                when, chunk = await waiting.get()
                await self._passes.wait()
                if chunk is None:
                    break
                delay = max(0, when - self._loop.time())
                await asyncio.sleep(delay)  # decides nothing: what the proxy is for
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass
        finally:
            reading.cancel()
            writer.transport.abort() if not self._open else writer.close()
