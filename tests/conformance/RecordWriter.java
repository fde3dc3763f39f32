package framespool.tests;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * RecordWriter BOOTSTRAP FILE TOPIC...: writes the records of a file to each topic, a line each: time, key, value, then names and
 * values of headers, with a tab between them, in base64, "-" for null. kafka-python writes no null headers, and no null value
 * with a null key.
 */
public final class RecordWriter {
  private RecordWriter() {}

  public static void main(String[] arguments) throws Exception {
    List<String> lines = Files.readAllLines(Path.of(arguments[1]));
    Map<String, Object> config = Map.of("bootstrap.servers", arguments[0], "linger.ms", 50);
    List<Future<?>> sent = new ArrayList<>();
    try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 2; i < arguments.length; ++i) {
        for (String line : lines) {
          String[] parts = line.split("\t");
          List<Header> headers = new ArrayList<>();
          for (int at = 3; at < parts.length; at += 2) {
            headers.add(new RecordHeader(new String(bytes(parts[at]), StandardCharsets.UTF_8), bytes(parts[at + 1])));
          }
          Long time = Long.valueOf(parts[0]);
          sent.add(producer.send(new ProducerRecord<>(arguments[i], 0, time, bytes(parts[1]), bytes(parts[2]), headers)));
        }
      }
    }
    for (Future<?> each : sent) {
      each.get();
    }
  }

  private static byte[] bytes(String text) {
    return text.equals("-") ? null : Base64.getDecoder().decode(text);
  }
}
