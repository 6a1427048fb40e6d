package io.otakey.loadgen.baseline.scheme;

import io.otakey.loadgen.baseline.wire.MqttHandler;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A provisioning service in the shape of Azure's: devices of an enrollment group prove by a token
 * that they hold the key derived for their id; they register, are told to ask again, and are
 * assigned to a hub, which here is the same server. The hub takes tokens of the same derived key.
 */
final class DpsServer implements MqttHandler.Service {
  static final String SCOPE = "0ne00A1B2C3";
  static final String HUB = "hub-1.azure-devices.example";
  private static final String REGISTER = "$dps/registrations/PUT/iotdps-register/?$rid=";
  private static final Pattern STATUS =
      Pattern.compile(
          Pattern.quote("$dps/registrations/GET/iotdps-get-operationstatus/?$rid=")
              + "(\\d+)&operationId=4\\.([^.]+)\\.([0-9a-f-]+)");

  private final byte[] groupKey;
  private final Set<String> assigned = ConcurrentHashMap.newKeySet();

  DpsServer(byte[] groupKey) {
    this.groupKey = groupKey.clone();
  }

  /** The key of a device: nothing that the service made. */
  static byte[] deviceKey(byte[] groupKey, String id) {
    return Macs.of(groupKey, id);
  }

  static String registrationUser(String id) {
    return SCOPE + "/registrations/" + id + "/api-version=2019-03-31";
  }

  static String registrationResource(String id) {
    return SCOPE + "/registrations/" + id;
  }

  static String hubUser(String id) {
    return HUB + "/" + id + "/?api-version=2021-04-12";
  }

  static String hubResource(String id) {
    return HUB + "/devices/" + id;
  }

  boolean isAssigned(String id) {
    return assigned.contains(id);
  }

  @Override
  public boolean accepts(MqttHandler.Caller caller) {
    String id = caller.login().clientId();
    byte[] key = deviceKey(groupKey, id);
    String token = caller.login().password();
    String user = caller.login().user();
    if (user.equals(registrationUser(id))) {
      return SasToken.holds(token, key, registrationResource(id));
    }
    return user.equals(hubUser(id))
        && assigned.contains(id)
        && SasToken.holds(token, key, hubResource(id));
  }

  @Override
  public void published(MqttHandler.Caller caller, String topic, byte[] payload) {
    String id = caller.login().clientId();
    if (topic.startsWith(REGISTER)) {
      String operation = "4." + id + "." + UUID.randomUUID();
      caller.publish(
          "$dps/registrations/res/202/?$rid="
              + topic.substring(REGISTER.length())
              + "&retry-after=3",
          Json.of(Map.of("operationId", operation, "status", "assigning")));
      return;
    }
    Matcher status = STATUS.matcher(topic);
    if (status.matches() && status.group(2).equals(id)) {
      assigned.add(id);
      caller.publish("$dps/registrations/res/200/?$rid=" + status.group(1), assignment(id, topic));
    }
  }

  private static String assignment(String id, String topic) {
    return Json.of(
        Map.of(
            "operationId", topic.substring(topic.lastIndexOf('=') + 1),
            "status", "assigned",
            "registrationState",
                Map.of(
                    "registrationId", id,
                    "assignedHub", HUB,
                    "deviceId", id,
                    "status", "assigned",
                    "substatus", "initialAssignment")));
  }
}
