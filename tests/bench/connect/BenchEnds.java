package framespool.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/**
 * What the bench puts at both ends of Kafka Connect's runtime, as bench_connectors.cpp does at those of a worker: a source of
 * records that cost nothing to make, and a sink that only counts. Each makes its `report`, a file, when `records` are through.
 */
public final class BenchEnds {
  private BenchEnds() {}

  private static void report(String file) {
    try {
      Files.createFile(Path.of(file));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  public static final class Source extends SourceConnector {
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
      return Sending.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int most) {
      return List.of(config);
    }

    @Override
    public ConfigDef config() {
      return new ConfigDef()
          .define("topic", ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "Where to.")
          .define("records", ConfigDef.Type.LONG, ConfigDef.Importance.HIGH, "How many.")
          .define("bytes", ConfigDef.Type.INT, ConfigDef.Importance.HIGH, "Of each.")
          .define("report", ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "The file that says so.");
    }
  }

  public static final class Sending extends SourceTask {
    private static final int BATCH = 16;
    private String topic;
    private long records;
    private byte[] value;
    private String report;
    private long sent;
    private long acknowledged;

    @Override
    public String version() {
      return "1";
    }

    @Override
    public void start(Map<String, String> props) {
      topic = props.get("topic");
      records = Long.parseLong(props.get("records"));
      value = new byte[Integer.parseInt(props.get("bytes"))];
      report = props.get("report");
    }

    @Override
    public void stop() {}

    @Override
    public List<SourceRecord> poll() throws InterruptedException {
      if (sent == records) {
        Thread.sleep(10);
        return null;
      }
      List<SourceRecord> batch = new ArrayList<>();
      while (batch.size() < BATCH && sent < records) {
        ++sent;
        batch.add(new SourceRecord(Map.of("file", "/v/bench.mp4"), Map.of("frame", sent), topic, null,
            Schema.STRING_SCHEMA, "camera", Schema.BYTES_SCHEMA, value));
      }
      return batch;
    }

    @Override
    public synchronized void commitRecord(SourceRecord record, RecordMetadata metadata) {
      if (++acknowledged == records) {
        report(report);
      }
    }
  }

  public static final class Sink extends SinkConnector {
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
      return Taking.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int most) {
      return List.of(config);
    }

    @Override
    public ConfigDef config() {
      return new ConfigDef()
          .define("records", ConfigDef.Type.LONG, ConfigDef.Importance.HIGH, "How many.")
          .define("report", ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "The file that says so.");
    }
  }

  public static final class Taking extends SinkTask {
    private long records;
    private String report;

    @Override
    public String version() {
      return "1";
    }

    @Override
    public void start(Map<String, String> props) {
      records = Long.parseLong(props.get("records"));
      report = props.get("report");
    }

    @Override
    public void stop() {}

    @Override
    public void put(Collection<SinkRecord> taken) {
      if (records > 0) {
        records -= taken.size();
        if (records <= 0) {
          report(report);
        }
      }
    }
  }
}
