package io.otakey.loadgen.link;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One login to a platform over MQTT 3.1.1, and the session that comes of it. Belongs to one event
 * loop and is used there only. Says once how it ended; an accepted one then stays open until it is
 * closed or lost.
 */
public final class Login {
  /** How a login ended. */
  public enum Outcome {
    /** The platform took the credential. */
    ACCEPTED,
    /** The platform answered that user name or password are wrong, or that it may not. */
    REFUSED,
    /** No answer, no connection, or nothing that could be understood. */
    UNREACHABLE
  }

  /** Hears of a login; called on its event loop. */
  public interface Listener {
    /** How it ended; the login is closed unless it was accepted. */
    void ended(Login login, Outcome outcome);

    /** An accepted login was ended by the platform or the network. */
    void lost(Login login);

    /** The platform says that something waits at the gateway. */
    default void told(Login login) {}
  }

  private static final int MAX_MESSAGE = 4096;
  private static final int KEEP_ALIVE_SECONDS = 120;
  private static final int GOODBYE_SECONDS = 2;

  private final Credential credential;
  private final boolean listens;
  private final Listener listener;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Future<?> limit;
  private boolean subscribing;
  private boolean accepted;
  private boolean closed;

  Login(Credential credential, boolean listens, Listener listener) {
    this.credential = credential;
    this.listens = listens;
    this.listener = listener;
  }

  /** What was shown. */
  public Credential credential() {
    return credential;
  }

  /** Ends it, with a DISCONNECT if it was accepted; the listener hears nothing any more. */
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    cancelLimit();
    ChannelHandlerContext open = context;
    if (open != null && accepted) {
      Framing.flush(open, MqttMessage.DISCONNECT);
      var unused =
          open.executor().schedule((Runnable) () -> shut(open), GOODBYE_SECONDS, TimeUnit.SECONDS);
    } else if (open != null) {
      shut(open);
    }
  }

  /** The answer has to come by then. */
  void limit(Future<?> timer) {
    limit = timer;
  }

  void install(ChannelPipeline pipeline) {
    pipeline.addLast(new MqttDecoder(MAX_MESSAGE), MqttEncoder.INSTANCE);
    pipeline.addLast(
        new IdleStateHandler(2 * KEEP_ALIVE_SECONDS, KEEP_ALIVE_SECONDS, 0), new Handler());
  }

  /** Nothing will come of it any more, unless it was accepted. */
  void failed() {
    end(Outcome.UNREACHABLE);
  }

  private void end(Outcome outcome) {
    if (closed || accepted) {
      return;
    }
    cancelLimit();
    if (outcome == Outcome.ACCEPTED) {
      accepted = true;
    } else {
      close();
    }
    listener.ended(this, outcome);
  }

  private void cancelLimit() {
    if (limit != null) {
      limit.cancel(false);
      limit = null;
    }
  }

  private static void shut(ChannelHandlerContext open) {
    var unused = open.close();
  }

  private static Outcome outcome(MqttConnectReturnCode code) {
    return switch (code) {
      case CONNECTION_ACCEPTED -> Outcome.ACCEPTED;
      case CONNECTION_REFUSED_BAD_USER_NAME_OR_PASSWORD, CONNECTION_REFUSED_NOT_AUTHORIZED ->
          Outcome.REFUSED;
      default -> Outcome.UNREACHABLE; // it is not about the credential
    };
  }

  private final class Handler extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext open) {
      if (closed) {
        shut(open);
        return;
      }
      context = open;
      Framing.flush(
          open,
          MqttMessageBuilders.connect()
              .protocolVersion(MqttVersion.MQTT_3_1_1)
              .clientId(credential.clientId())
              .cleanSession(true)
              .keepAlive(KEEP_ALIVE_SECONDS)
              .username(credential.loginName())
              .password(credential.password().getBytes(StandardCharsets.US_ASCII))
              .build());
    }

    @Override
    public void channelRead(ChannelHandlerContext open, Object message) {
      try {
        if (!(message instanceof MqttMessage packet) || packet.decoderResult().isFailure()) {
          broken(open);
        } else if (packet instanceof MqttConnAckMessage ack) {
          connected(open, outcome(ack.variableHeader().connectReturnCode()));
        } else if (subscribing && packet instanceof MqttSubAckMessage) {
          end(Outcome.ACCEPTED);
        } else if ((accepted || subscribing) && packet instanceof MqttPublishMessage word) {
          end(Outcome.ACCEPTED); // a platform may send before it says that it will
          if (word.variableHeader().topicName().equals(credential.notices())) {
            listener.told(Login.this);
          }
        } else if (!accepted) {
          broken(open); // nothing may come before the answer
        }
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    /**
     * Whoever listens is there once it can be told. Quality of service 0: word that is lost is not
     * missed for longer than until the next POLL.
     */
    private void connected(ChannelHandlerContext open, Outcome outcome) {
      if (outcome != Outcome.ACCEPTED || !listens || closed) {
        end(outcome);
        return;
      }
      subscribing = true;
      Framing.flush(
          open,
          MqttMessageBuilders.subscribe()
              .messageId(1)
              .addSubscription(MqttQoS.AT_MOST_ONCE, credential.notices())
              .build());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext open, Object event) {
      if (event instanceof IdleStateEvent idle && accepted) {
        if (idle.state() == IdleState.WRITER_IDLE) {
          Framing.flush(open, MqttMessage.PINGREQ);
        } else {
          broken(open); // not even a PINGRESP
        }
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext open) {
      context = null;
      failed();
      if (accepted && !closed) {
        closed = true;
        listener.lost(Login.this);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext open, Throwable cause) {
      broken(open);
    }

    private void broken(ChannelHandlerContext open) {
      failed();
      shut(open);
    }
  }
}
