package io.otakey.gateway.transport.hook;

import io.otakey.gateway.exchange.PlatformLogin.Outcome;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a kind of broker asks, and how it is answered. What is no clear yes is a no in words that the
 * broker takes for one: EMQX goes on to its next authenticator at any other status than 200.
 */
enum Dialect {
  /** {@code rabbitmq_auth_backend_http}: forms; {@code allow} or {@code deny} as text. */
  RABBITMQ {
    @Override
    Question read(String what, Fields fields) {
      return switch (what) {
        case "user" -> login(fields, "client_id");
        case "vhost" -> new Question.Settled(true);
        case "resource" -> resource(fields);
        case "topic" -> new Question.Topic(fields.text("username"), topic(fields));
        default -> unknown(what);
      };
    }

    @Override
    Answer answer(Outcome outcome) {
      return switch (outcome) {
        case ALLOWED -> new Answer(200, TEXT, "allow");
        case REFUSED, OTHER_CLIENT -> new Answer(200, TEXT, "deny");
        case UNAVAILABLE -> new Answer(503, TEXT, "deny");
      };
    }
  },

  /** EMQX 5's HTTP authentication and authorization: JSON both ways. */
  EMQX {
    @Override
    Question read(String what, Fields fields) {
      return switch (what) {
        case "authn" -> login(fields, "clientid");
        case "authz" -> new Question.Topic(fields.text("username"), fields.text("topic"));
        default -> unknown(what);
      };
    }

    @Override
    Answer answer(Outcome outcome) {
      String result = outcome == Outcome.ALLOWED ? "allow" : "deny";
      return new Answer(200, JSON, "{\"result\":\"" + result + "\",\"is_superuser\":false}");
    }
  },

  /** mosquitto-go-auth's HTTP back end in mode {@code status}: forms or JSON; the status counts. */
  MOSQUITTO {
    @Override
    Question read(String what, Fields fields) {
      return switch (what) {
        case "user" -> login(fields, "clientid");
        case "superuser" -> new Question.Settled(false);
        case "acl" -> new Question.Topic(fields.text("username"), fields.text("topic"));
        default -> unknown(what);
      };
    }

    @Override
    Answer answer(Outcome outcome) {
      return switch (outcome) {
        case ALLOWED -> new Answer(200, TEXT, "");
        case REFUSED, OTHER_CLIENT -> new Answer(403, TEXT, "");
        case UNAVAILABLE -> new Answer(503, TEXT, "");
      };
    }
  };

  /** An HTTP answer. */
  record Answer(int status, String mediaType, String body) {}

  private static final Pattern QUEUE = Pattern.compile("mqtt-subscription-(.+)qos[01]");
  private static final String TEXT = "text/plain";
  private static final String JSON = "application/json";

  /** The question in these fields; {@link Question.Unreadable} if it is none of this broker's. */
  abstract Question read(String what, Fields fields);

  abstract Answer answer(Outcome outcome);

  /** By the name in an address, as {@code rabbitmq}. */
  static Optional<Dialect> of(String name) {
    for (Dialect dialect : values()) {
      if (dialect.name().toLowerCase(Locale.ROOT).equals(name)) {
        return Optional.of(dialect);
      }
    }
    return Optional.empty();
  }

  private static Question login(Fields fields, String clientId) {
    return new Question.Login(
        fields.text("username"),
        fields.text("password"),
        Optional.of(fields.text(clientId)).filter(id -> !id.isEmpty()));
  }

  private static Question unknown(String what) {
    return new Question.Unreadable("this broker asks no '" + what + "'");
  }

  /** The exchange of all MQTT messages, and the queues of the client's own subscriptions. */
  private static Question resource(Fields fields) {
    String name = fields.text("name");
    boolean use = !fields.text("permission").equals("configure");
    Matcher queue = QUEUE.matcher(name);
    return switch (fields.text("resource")) {
      case "exchange" -> new Question.Settled(name.equals("amq.topic") && use);
      case "queue" ->
          queue.matches()
              ? new Question.Session(fields.text("username"), queue.group(1))
              : new Question.Settled(false);
      default -> new Question.Settled(false);
    };
  }

  /** RabbitMQ writes a dot for MQTT's slash, and leaves dots as they are. */
  private static String topic(Fields fields) {
    return fields.text("routing_key").replace('.', '/');
  }
}
