package io.otakey.loadgen.baseline.scheme;

import io.netty.handler.ssl.SslContext;
import io.otakey.loadgen.baseline.Scheme;
import io.otakey.loadgen.baseline.ServerCpu;
import io.otakey.loadgen.baseline.wire.Authority;
import io.otakey.loadgen.baseline.wire.Host;
import io.otakey.loadgen.baseline.wire.HttpHandler;
import io.otakey.loadgen.baseline.wire.HttpLine;
import io.otakey.loadgen.baseline.wire.Links;
import io.otakey.loadgen.baseline.wire.MqttHandler;
import io.otakey.loadgen.baseline.wire.MqttLine;
import io.otakey.loadgen.link.Transport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A firmware image of its own for every device, over TLS since the key is in it. */
final class FirmwareScheme implements Scheme {
  private final Transport transport;
  private final int kilobytes;
  private final boolean whole;
  private final Authority authority = new Authority("Firmware");
  private final SslContext trust = authority.device(Optional.empty());
  private final byte[] batchSecret = Secrets.bytes();
  private final FirmwareImage image;
  private final FirmwareServer server;
  private final Host host;

  FirmwareScheme(Transport transport, int kilobytes, boolean whole) throws IOException {
    this.transport = transport;
    this.kilobytes = kilobytes;
    this.whole = whole;
    this.image = new FirmwareImage(kilobytes * 1024);
    this.server = new FirmwareServer(image, whole, batchSecret);
    this.host =
        Host.start(
            Optional.of(authority.server(Optional.empty())),
            pipeline -> {
              switch (transport) {
                case MQTT -> MqttHandler.install(pipeline, server);
                case HTTP -> HttpHandler.install(pipeline, server);
              }
            });
  }

  static String id(Transport transport, int kilobytes, boolean whole) {
    return "firmware-"
        + transport.name().toLowerCase(Locale.ROOT)
        + "-"
        + kilobytes
        + (whole ? "k-full" : "k-delta");
  }

  @Override
  public Description description() {
    return new Description(
        id(transport, kilobytes, whole),
        (whole ? "firmware image, " : "page of a firmware image, ")
            + kilobytes
            + " KB, "
            + transport
            + "S",
        true,
        Secrecy.BY_TLS,
        "the server makes the key and puts it into the image; TLS 1.3 agrees on ephemeral keys");
  }

  @Override
  public Scheme.Device device(String id) {
    return new Device(id);
  }

  @Override
  public Standing standing(String id) {
    int keys = server.hasKey(id) ? 1 : 0;
    return new Standing(keys, keys);
  }

  @Override
  public ServerCpu cpu() {
    return ServerCpu.ofThread(host.cpuNanos());
  }

  @Override
  public void close() {
    host.close();
  }

  private final class Device implements Scheme.Device {
    private final String id;
    private Optional<byte[]> key = Optional.empty();

    Device(String id) {
      this.id = id;
    }

    @Override
    public void obtain(Links links) throws IOException {
      byte[] download =
          switch (transport) {
            case MQTT -> overMqtt(links);
            case HTTP -> overHttp(links);
          };
      try {
        key = FirmwareImage.unpack(download, image.factory(), server.signer());
      } catch (GeneralSecurityException e) {
        throw new IOException("the signature cannot be checked", e);
      }
      if (key.isEmpty()) {
        throw new IOException("the image is not genuine");
      }
    }

    private byte[] overHttp(Links links) throws IOException {
      try (HttpLine line = HttpLine.open(links, host.endpoint(), Optional.of(trust))) {
        HttpLine.Answer answer =
            line.get(
                FirmwareServer.PATH + id,
                Map.of("Authorization", FirmwareServer.proof(batchSecret, id)));
        if (answer.status() != 200) {
          throw new IOException("the server answered " + answer.status());
        }
        return answer.body();
      }
    }

    private byte[] overMqtt(Links links) throws IOException {
      MqttLine.Login login = new MqttLine.Login(id, id, FirmwareServer.proof(batchSecret, id));
      try (MqttLine line = MqttLine.open(links, host.endpoint(), Optional.of(trust), login)) {
        line.subscribe(FirmwareServer.CHUNK);
        line.publish(FirmwareServer.ASK, id);
        ByteArrayOutputStream download = new ByteArrayOutputStream();
        boolean last = false;
        while (!last) {
          ByteBuffer chunk = ByteBuffer.wrap(line.part().payload());
          last = chunk.getShort() == chunk.getShort() - 1;
          download.write(chunk.array(), 4, chunk.remaining());
        }
        line.answered();
        return download.toByteArray();
      }
    }

    /** The key is in place; whether it is the one that the server keeps. */
    @Override
    public boolean works(Links links) {
      return server.lets(id, key);
    }
  }
}
