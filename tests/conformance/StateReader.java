package framespool.tests;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.runtime.AbstractStatus;
import org.apache.kafka.connect.runtime.ConnectorStatus;
import org.apache.kafka.connect.runtime.TopicStatus;
import org.apache.kafka.connect.runtime.distributed.DistributedConfig;
import org.apache.kafka.connect.storage.ClusterConfigState;
import org.apache.kafka.connect.storage.KafkaConfigBackingStore;
import org.apache.kafka.connect.storage.KafkaOffsetBackingStore;
import org.apache.kafka.connect.storage.KafkaStatusBackingStore;
import org.apache.kafka.connect.storage.OffsetStorageReaderImpl;
import org.apache.kafka.connect.util.TopicAdmin;

/**
 * StateReader BOOTSTRAP CONFIG_TOPIC OFFSET_TOPIC STATUS_TOPIC CONNECTOR...: what Kafka Connect's own stores read in these topics, as
 * JSON: of the connectors that the config topic has, and of those that are named besides.
 */
public final class StateReader {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CLIENT = "state-reader";

  private StateReader() {}

  public static void main(String[] arguments) throws Exception {
    Map<String, String> props = new HashMap<>();
    props.put("bootstrap.servers", arguments[0]);
    props.put("group.id", CLIENT);
    props.put("key.converter", JsonConverter.class.getName());
    props.put("value.converter", JsonConverter.class.getName());
    props.put("config.storage.topic", arguments[1]);
    props.put("offset.storage.topic", arguments[2]);
    props.put("status.storage.topic", arguments[3]);
    props.put("exactly.once.source.support", "enabled"); // reads what is committed only
    DistributedConfig config = new DistributedConfig(props);
    try (TopicAdmin admin = new TopicAdmin(Map.<String, Object>of("bootstrap.servers", arguments[0]))) {
      Supplier<TopicAdmin> admins = () -> admin;
      KafkaConfigBackingStore configs = new KafkaConfigBackingStore(converter(false), config, null, admins, CLIENT);
      KafkaStatusBackingStore statuses = new KafkaStatusBackingStore(Time.SYSTEM, converter(false), admins, CLIENT);
      statuses.configure(config);
      KafkaOffsetBackingStore offsets = new KafkaOffsetBackingStore(admins, () -> CLIENT, converter(true));
      offsets.configure(config);
      configs.start();
      statuses.start();
      offsets.start();
      ClusterConfigState state = configs.snapshot();
      Map<String, Object> found = new TreeMap<>();
      for (String connector : state.connectors()) {
        found.put(connector, told(connector, state, statuses, offsets));
      }
      for (int i = 4; i < arguments.length; ++i) {
        found.putIfAbsent(arguments[i], told(arguments[i], state, statuses, offsets));
      }
      System.out.println(JSON.writeValueAsString(found));
      configs.stop();
      statuses.stop();
      offsets.stop();
    }
  }

  private static Map<String, Object> told(String connector, ClusterConfigState state, KafkaStatusBackingStore statuses,
      KafkaOffsetBackingStore offsets) {
    Map<String, Object> told = new TreeMap<>();
    told.put("config", state.rawConnectorConfig(connector));
    told.put("target_state", state.targetState(connector));
    told.put("task_count_record", state.taskCountRecord(connector));
    ConnectorStatus status = statuses.get(connector);
    told.put("status", status == null ? null : told(status));
    told.put("tasks", statuses.getAll(connector).stream().collect(
        Collectors.toMap(task -> task.id().task(), StateReader::told)));
    told.put("topics", statuses.getAllTopics(connector).stream().map(TopicStatus::topic).sorted().toList());
    var reader = new OffsetStorageReaderImpl(offsets, connector, converter(true), converter(false));
    told.put("offsets", reader.offsets(offsets.connectorPartitions(connector)).entrySet().stream().collect(
        Collectors.toMap(entry -> text(entry.getKey()), entry -> entry.getValue())));
    return told;
  }

  private static Map<String, Object> told(AbstractStatus<?> status) {
    Map<String, Object> told = new TreeMap<>();
    told.put("state", status.state());
    told.put("trace", status.trace());
    told.put("worker_id", status.workerId());
    return told;
  }

  private static String text(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException error) {
      throw new IllegalStateException(error);
    }
  }

  private static JsonConverter converter(boolean isKey) {
    JsonConverter converter = new JsonConverter();
    converter.configure(Map.of("schemas.enable", "false"), isKey);
    return converter;
  }
}
