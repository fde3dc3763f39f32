"""The producer of the tutorial that this project grew from, with its sleep taken out and its limits of 1 MB raised: each frame
of a video as one picture file, sent and waited for. producer.py BOOTSTRAP TOPIC VIDEO .png|.jpg; prints frames and seconds."""

import sys
import time

import cv2
from kafka import KafkaProducer

bootstrap, topic, file, extension = sys.argv[1:]
producer = KafkaProducer(bootstrap_servers=bootstrap, max_request_size=64 << 20)
producer.partitions_for(topic)  # its first message would wait for that
began = time.monotonic()
video = cv2.VideoCapture(file)
frames = 0
while True:
    there, frame = video.read()
    if not there:
        break
    made, picture = cv2.imencode(extension, frame)
    producer.send(topic, picture.tobytes()).get(timeout=60)
    frames += 1
print(frames, time.monotonic() - began)
