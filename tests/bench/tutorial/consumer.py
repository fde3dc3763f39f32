"""The page of the tutorial: every request reads on with the one consumer that all share. consumer.py BOOTSTRAP TOPIC PORT"""

import sys

from flask import Flask, Response
from kafka import KafkaConsumer

bootstrap, topic, port = sys.argv[1:]
consumer = KafkaConsumer(
    topic,
    bootstrap_servers=bootstrap,
    group_id="tutorial",
    auto_offset_reset="earliest",
    max_partition_fetch_bytes=64 << 20,
)
app = Flask(__name__)


def pictures():
    for message in consumer:
        yield b"--frame\r\nContent-Type: image/png\r\n\r\n" + message.value + b"\r\n\r\n"


@app.get("/video")
def video():
    return Response(pictures(), mimetype="multipart/x-mixed-replace; boundary=frame")


app.run("127.0.0.1", int(port), threaded=True)
