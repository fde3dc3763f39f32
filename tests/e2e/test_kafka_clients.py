"""Any client of the cluster sees plain images: kafka-python on one side, this worker on the other."""

import http.server
import io
import threading
import time

import pytest
from harness import footage
from harness.continuity import span
from harness.mjpeg import Stream, digest
from harness.pictures import chromium_page, difference, frame_shown, show, thumbnail
from harness.waiting import wait_until
from harness.worker import free_port
from PIL import Image, ImageDraw

FRAMES = 150


@pytest.fixture
def tutorial_server(kafka):
    """The consumer of every tutorial: what is in the topic goes into a multipart stream as it is."""
    servers = []

    def serve(topic, seconds_per_frame=0.0):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                consumer = kafka.consumer(topic)
                try:
                    for msg in consumer:
                        self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + msg.value + b"\r\n")
                        time.sleep(seconds_per_frame)  # decides nothing: the pace of another server
                except OSError:
                    pass  # the viewer has gone
                finally:
                    consumer.close()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_kafka_python_consumer_streams_the_topic_into_a_reader_and_a_browser(
    worker, kafka, video_source, tutorial_server
):
    source = video_source(footage.pattern(FRAMES), "frames")
    topic = source["topic"]
    worker.rest.run("video", source)
    wait_until("all frames are in the topic", lambda: kafka.end_offset(topic) == FRAMES)
    records = kafka.records(topic)
    assert [dict(record.headers)["framespool.frame"] for record in records] == [str(n).encode() for n in range(FRAMES)]
    assert {record.key for record in records} == {b"video"}
    images = [record.value for record in records]
    assert {Image.open(io.BytesIO(image)).format for image in images} == {"JPEG"}

    with Stream(tutorial_server(topic)) as stream:
        # This server frames by boundary alone, so the last part is whole only when one follows.
        parts = [digest(body) for _, body in stream.take(FRAMES - 1)]
    assert parts == [digest(image) for image in images[:-1]]

    frames = [thumbnail(image) for image in images]
    with chromium_page() as page:
        show(page, tutorial_server(topic, seconds_per_frame=0.1))
        wait_until("Chromium shows a frame of the video", lambda: frame_shown(page, frames) is not None)
        before = frame_shown(page, frames)
        later = wait_until(
            "it shows a later one", lambda: (now := frame_shown(page, frames)) is not None and now > before + 5 and now
        )
    assert difference(frames[before], frames[later]) > 1


def numbered_png(number):
    picture = Image.new("RGB", (320, 180), ((number * 37) % 256, 40, 200 - number * 5))
    ImageDraw.Draw(picture).rectangle((number * 10, 60, number * 10 + 40, 120), fill="white")
    png = io.BytesIO()
    picture.save(png, "PNG")
    return png.getvalue()


def test_a_kafka_python_producer_of_bare_pngs_is_shown_at_the_pace_of_its_timestamps(worker, kafka, new_sink):
    count, step_ms = 26, 100
    images = [numbered_png(number) for number in range(count)]
    sink = new_sink("bare")
    kafka.create_topic(sink.topic)
    begin_ms = int(time.time() * 1000) - 3600 * 1000
    producer = kafka.producer()
    for number, image in enumerate(images):
        producer.send(sink.topic, image, timestamp_ms=begin_ms + number * step_ms)
    producer.flush()

    worker.rest.run("browser", sink.config)
    arrived = []
    began = time.monotonic()
    with Stream(sink.url) as stream:
        for headers, body in stream:
            assert headers["content-type"] == "image/png"
            arrived.append((time.monotonic(), body))
            if len(arrived) == count:
                break
    assert [body for _, body in arrived] == images
    # 25 steps of 100 ms are 2.5 s, and what a busy machine adds: neither all at once nor a slide show.
    took = span(began, arrived[-1][0])
    assert took.seconds > 2.4 and took.seconds - took.late < 30, took

    # A producer that sends now is shown as it sends, in Chromium too.
    with chromium_page() as page:
        show(page, sink.url)
        frames = [thumbnail(image) for image in images]
        for number in (3, 17):
            producer.send(sink.topic, images[number])
            producer.flush()
            wait_until(f"Chromium shows picture {number}", lambda: frame_shown(page, frames) == number)
    producer.close()


def test_a_record_that_is_no_image_is_passed_over_and_counted(worker, kafka, new_sink):
    sink = new_sink("mixed")
    kafka.create_topic(sink.topic)
    producer = kafka.producer()
    for value in (numbered_png(1), b"no image", None, b"", numbered_png(2)):
        producer.send(sink.topic, value, key=b"k")
    producer.flush()
    producer.close()
    worker.rest.run("browser", sink.config | {"errors.tolerance": "all"})
    with Stream(sink.url + "?pace=unpaced&from=earliest") as stream:
        assert [body for _, body in stream.take(2)] == [numbered_png(1), numbered_png(2)]
    worker.rest.wait_running("browser")
