package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.campaign.CampaignState;
import io.otakey.gateway.campaign.MemberState;
import io.otakey.gateway.exchange.PlatformLogin;
import io.otakey.gateway.metric.Label;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.AwaitingDevice;
import io.otakey.gateway.registry.Event;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.RequestType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Values of labels that stand for constants of enums: all of them, codes in the same order. */
class LabelsTest {
  @Test
  void labels_areTheEnums() {
    assertThat(Label.TYPE.listed())
        .containsExactlyInAnyOrderElementsOf(and(RequestType.values(), "none"));
    assertThat(Label.ANSWER.listed())
        .containsExactlyInAnyOrderElementsOf(
            and(Refusal.values(), "grant", "grant_repeated", "ack", "notice"));
    assertThat(Label.LOGIN.listed()).containsExactlyElementsOf(and(PlatformLogin.Outcome.values()));
    assertThat(Label.SECURITY_REASON.listed())
        .containsExactlyInAnyOrderElementsOf(and(Event.Reason.values(), "none"));
    assertThat(Label.AWAITING.listed())
        .containsExactlyInAnyOrderElementsOf(and(AwaitingDevice.Reason.values()));
    assertThat(Label.CAMPAIGN_STATE.listed())
        .containsExactlyElementsOf(and(CampaignState.values()));
    assertThat(Label.MEMBER_STATE.listed()).containsExactlyElementsOf(and(MemberState.values()));
  }

  @Test
  void statesOfDevices_areInTheOrderOfTheirCodes() {
    assertThat(Label.DEVICE_STATE.listed())
        .containsExactly("expected", "active", "blocked", "revoked", "removed");
    assertThat(RowStatus.values()).hasSize(Label.DEVICE_STATE.most() + 1);
  }

  private static List<String> and(Enum<?>[] constants, String... others) {
    List<String> all = new ArrayList<>(Arrays.stream(constants).map(Metric::label).toList());
    all.addAll(List.of(others));
    return all;
  }
}
