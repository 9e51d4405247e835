// Counts records under their keys in Kafka Streams, with its defaults, and says how long it took.
package bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.zip.CRC32;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.KeyValueStore;

public final class Count {
  private static final int PARTITIONS = 64;
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final CountDownLatch done = new CountDownLatch(1);
  private static final long[] partitions = new long[PARTITIONS];
  private static long expected;
  private static long records;
  private static long checksum;
  private static long first;
  private static long last;
  private static long kept;

  // Stands before the count: what it forwards has been counted when it goes on.
  private static final class Tally extends ContextualFixedKeyProcessor<Bytes, byte[], byte[]> {
    @Override
    public void process(FixedKeyRecord<Bytes, byte[]> record) {
      if (records == 0) {
        first = System.nanoTime();
      }
      String id;
      try {
        id = JSON.readTree(record.value()).get("data").get("incident_id").asText();
      } catch (IOException error) {
        throw new IllegalStateException(error);
      }
      CRC32 crc = new CRC32();
      crc.update(id.getBytes(StandardCharsets.UTF_8));
      checksum += crc.getValue();
      partitions[context().recordMetadata().get().partition()]++;
      context().forward(record);
      if (++records == expected) {
        last = System.nanoTime();
        done.countDown();
      }
    }
  }

  private Count() {}

  public static void main(String[] args) throws Exception {
    expected = Long.parseLong(args[3]);
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, args[4]);
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(args[2], Consumed.with(Serdes.Bytes(), Serdes.ByteArray()))
        .processValues(Tally::new)
        .groupByKey(Grouped.with(Serdes.Bytes(), Serdes.ByteArray()))
        .count(
            Materialized.<Bytes, Long, KeyValueStore<Bytes, byte[]>>as("counts")
                .withKeySerde(Serdes.Bytes())
                .withValueSerde(Serdes.Long()));
    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    Runtime.getRuntime().addShutdownHook(new Thread(done::countDown));
    streams.start();
    done.await();
    // It writes its changelog when it commits, the last time before it ends.
    streams.close();
    kept = System.nanoTime();
    report(Path.of(args[5]));
  }

  private static void report(Path result) throws IOException {
    long begun = ManagementFactory.getRuntimeMXBean().getStartTime();
    long ago = (System.nanoTime() - first) / 1_000_000;
    double startup = (System.currentTimeMillis() - ago - begun) / 1e3;
    StringBuilder each = new StringBuilder();
    for (int p = 0; p < PARTITIONS && partitions[p] > 0; p++) {
      each.append(p == 0 ? "" : ",").append(partitions[p]);
    }
    String said =
        String.format(
            "{\"records\": %d, \"checksum\": %d, \"seconds\": %f, \"kept\": %f, \"startup\": %f, "
                + "\"rss_mb\": %f, \"partitions\": [%s]}",
            records, checksum, (last - first) / 1e9, (kept - first) / 1e9, startup, peakMegabytes(), each);
    Files.writeString(result, said);
  }

  private static double peakMegabytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
      }
    }
    return 0;
  }
}
