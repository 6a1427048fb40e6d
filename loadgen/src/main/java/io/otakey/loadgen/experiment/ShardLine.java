package io.otakey.loadgen.experiment;

import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Transport;
import io.otakey.loadgen.node.NodeException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the processes of one run say to each other over TCP: a verb and its words one way, then 0
 * and the answer, or 1 and why not, the other way. Both sides are of the same version. Not
 * thread-safe.
 */
final class ShardLine implements AutoCloseable {
  /** The first words of who joins; the token follows. */
  static final String GREETING = "otakey-shard/1";

  private static final int PATIENCE_MILLIS = 120_000;

  /** What may be asked for. */
  enum Verb {
    OPEN,
    BEGIN,
    AWAIT,
    GLIMPSE,
    STOP,
    OUTCOME,
    ENDING
  }

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;

  /** A line over a connection that stands; it is closed with it. */
  ShardLine(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    this.out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
  }

  /** Does not wait for ever for what the other side says. */
  void losePatience() throws IOException {
    socket.setSoTimeout(PATIENCE_MILLIS);
  }

  DataInputStream in() {
    return in;
  }

  DataOutputStream out() {
    return out;
  }

  void ask(Verb verb) throws IOException {
    out.writeUTF(verb.name());
  }

  /** The next verb; throws {@link java.io.EOFException} when the other side has gone. */
  Verb verb() throws IOException {
    String name = in.readUTF();
    try {
      return Verb.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new IOException("no verb " + name, e);
    }
  }

  /** The head of an answer. */
  void answer() throws IOException {
    if (in.readByte() != 0) {
      throw new IOException(in.readUTF());
    }
  }

  /** What it means that the other process does not answer. */
  NodeException lost(IOException e) {
    return new NodeException(
        "a generator process at " + socket.getRemoteSocketAddress() + " failed: " + e.getMessage(),
        e);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /**
   * What a process is to do.
   *
   * @param text the experiment's file
   * @param scale its key
   * @param value of what is varied; NaN: nothing is
   * @param ids what device ids begin with, in this share
   */
  record Order(
      String text, String scale, double value, int shard, int shards, String ids, Stage stage) {
    void write(DataOutputStream out) throws IOException {
      writeText(out, text);
      out.writeUTF(scale);
      out.writeDouble(value);
      out.writeInt(shard);
      out.writeInt(shards);
      out.writeUTF(ids);
      out.writeInt(stage.nodes().size());
      for (Map<Transport, Endpoint> node : stage.nodes()) {
        out.writeInt(node.size());
        for (Map.Entry<Transport, Endpoint> way : node.entrySet()) {
          out.writeUTF(way.getKey().name());
          out.writeUTF(way.getValue().host());
          out.writeInt(way.getValue().port());
        }
      }
      out.writeInt(stage.bundles().size());
      for (Map.Entry<String, String> bundle : stage.bundles().entrySet()) {
        out.writeUTF(bundle.getKey());
        writeText(out, bundle.getValue());
      }
    }

    static Order read(DataInputStream in) throws IOException {
      try {
        return readOrder(in);
      } catch (IllegalArgumentException e) {
        throw new IOException("no order of this version", e);
      }
    }

    private static Order readOrder(DataInputStream in) throws IOException {
      String text = readText(in);
      String scale = in.readUTF();
      double value = in.readDouble();
      int shard = in.readInt();
      int shards = in.readInt();
      String ids = in.readUTF();
      List<Map<Transport, Endpoint>> nodes = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        Map<Transport, Endpoint> node = new EnumMap<>(Transport.class);
        for (int ways = in.readInt(); ways > 0; ways--) {
          Transport transport = Transport.valueOf(in.readUTF());
          String host = in.readUTF();
          node.put(transport, new Endpoint(host, in.readInt()));
        }
        nodes.add(node);
      }
      Map<String, String> bundles = new HashMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        String product = in.readUTF();
        bundles.put(product, readText(in));
      }
      return new Order(text, scale, value, shard, shards, ids, new Stage(nodes, bundles));
    }
  }

  private static void writeText(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String readText(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
  }

  static void write(DataOutputStream out, Crowd.Ending ending) throws IOException {
    write(out, ending.figures());
    out.writeInt(ending.groups().size());
    for (Map.Entry<String, Map<Figure, Double>> group : ending.groups().entrySet()) {
      out.writeUTF(group.getKey());
      write(out, group.getValue());
    }
    out.writeInt(ending.warnings().size());
    for (String warning : ending.warnings()) {
      out.writeUTF(warning);
    }
    out.writeUTF(ending.crypto());
  }

  static Crowd.Ending readEnding(DataInputStream in) throws IOException {
    Map<Figure, Double> figures = readFigures(in);
    Map<String, Map<Figure, Double>> groups = new LinkedHashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      String group = in.readUTF();
      groups.put(group, readFigures(in));
    }
    List<String> warnings = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      warnings.add(in.readUTF());
    }
    return new Crowd.Ending(figures, groups, List.of(), List.of(), warnings, in.readUTF());
  }

  private static void write(DataOutputStream out, Map<Figure, Double> figures) throws IOException {
    out.writeInt(figures.size());
    for (Map.Entry<Figure, Double> figure : figures.entrySet()) {
      out.writeUTF(figure.getKey().name());
      out.writeDouble(figure.getValue());
    }
  }

  private static Map<Figure, Double> readFigures(DataInputStream in) throws IOException {
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    for (int left = in.readInt(); left > 0; left--) {
      Figure figure = Figure.valueOf(in.readUTF());
      figures.put(figure, in.readDouble());
    }
    return figures;
  }
}
