package framespool.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.HeaderConverter;

/**
 * What a chain of Kafka Connect's makes of records, as bytes: the converters of the connector's own config, which made data of a
 * topic's bytes, make bytes of what stands behind the chain. One line of JSON for each record in `file`; all its text is base64.
 */
public final class RecordLines extends SinkConnector {
  private Map<String, String> config;

  @Override
  public String version() {
    return "1";
  }

  @Override
  public void start(Map<String, String> props) {
    config = props;
  }

  @Override
  public void stop() {}

  @Override
  public Class<? extends Task> taskClass() {
    return Writer.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int most) {
    return List.of(config);
  }

  @Override
  public ConfigDef config() {
    return new ConfigDef().define("file", ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "Where the lines go.");
  }

  public static final class Writer extends SinkTask {
    private Path file;
    private Converter keys;
    private Converter values;
    private HeaderConverter headers;

    @Override
    public String version() {
      return "1";
    }

    @Override
    public void start(Map<String, String> props) {
      file = Path.of(props.get("file"));
      keys = made(props, "key.converter", Converter.class);
      keys.configure(below(props, "key.converter."), true);
      values = made(props, "value.converter", Converter.class);
      values.configure(below(props, "value.converter."), false);
      headers = made(props, "header.converter", HeaderConverter.class);
      Map<String, Object> ofHeaders = new HashMap<>(below(props, "header.converter."));
      ofHeaders.put("converter.type", "header");
      headers.configure(ofHeaders);
    }

    @Override
    public void stop() {}

    @Override
    public void put(Collection<SinkRecord> records) {
      StringBuilder lines = new StringBuilder();
      for (SinkRecord record : records) {
        try {
          lines.append(line(record)).append('\n');
        } catch (DataException error) {
          // As errors.tolerance = all has it of a source's converters: the record is left out.
        }
      }
      try {
        Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }

    private String line(SinkRecord record) {
      byte[] key = keys.fromConnectData(record.topic(), record.keySchema(), record.key());
      byte[] value = values.fromConnectData(record.topic(), record.valueSchema(), record.value());
      String all = StreamSupport.stream(record.headers().spliterator(), false)
          .map(header -> "[" + text(header.key()) + "," + bytes(bytesOf(record.topic(), header)) + "]")
          .collect(Collectors.joining(","));
      return "{\"topic\":" + text(record.topic()) + ",\"key\":" + bytes(key) + ",\"value\":" + bytes(value)
          + ",\"headers\":[" + all + "],\"timestamp\":" + record.timestamp() + "}";
    }

    private byte[] bytesOf(String topic, Header header) {
      return headers.fromConnectHeader(topic, header.key(), header.schema(), header.value());
    }

    private static String text(String text) {
      return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String bytes(byte[] bytes) {
      return bytes == null ? "null" : '"' + Base64.getEncoder().encodeToString(bytes) + '"';
    }

    private static <T> T made(Map<String, String> props, String key, Class<T> kind) {
      try {
        return kind.cast(Class.forName(props.get(key)).getDeclaredConstructor().newInstance());
      } catch (ReflectiveOperationException error) {
        throw new IllegalArgumentException(key, error);
      }
    }

    private static Map<String, String> below(Map<String, String> props, String prefix) {
      return props.entrySet().stream()
          .filter(entry -> entry.getKey().startsWith(prefix))
          .collect(Collectors.toMap(entry -> entry.getKey().substring(prefix.length()), Map.Entry::getValue));
    }
  }
}
