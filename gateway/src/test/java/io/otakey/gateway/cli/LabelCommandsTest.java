package io.otakey.gateway.cli;

import static io.otakey.gateway.cli.Terminal.admin;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.admin.AdminBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Labels and groups from the command line. */
@ExtendWith(AdminBed.Extension.class)
class LabelCommandsTest {
  @TempDir private Path folder;

  @Test
  void labels_areSetByIdListAndFilter_shown_andTakenAway(AdminBed bed) throws IOException {
    String product = bed.product();
    for (String id : new String[] {"a1", "a2", "b1"}) {
      bed.active(product, id);
    }
    String of = " --product " + product;
    assertThat(admin(bed, "labels set site=paris canary --device a1,a2" + of).expect(0).out())
        .contains("2 devices are labeled so, 2 of them now");
    assertThat(admin(bed, "devices show " + product + " a1").expect(0).out())
        .containsPattern("labels +canary site=paris");
    assertThat(admin(bed, "labels set site=lyon --prefix b" + of).expect(0).out())
        .contains("1 devices");
    Path list = Files.writeString(folder.resolve("ids"), "b1\n\nnobody\n");
    assertThat(admin(bed, "labels set ring=2 --list " + list + of).expect(1).err())
        .contains("nobody: no such device");
    assertThat(admin(bed, "labels set both --device a2 --list " + list + of).expect(1).out())
        .contains("2 devices are labeled so");
    assertThat(admin(bed, "labels list" + of).expect(0).out())
        .containsPattern("canary +2")
        .containsPattern("site +lyon +1")
        .containsPattern("site +paris +2");
    assertThat(admin(bed, "devices list --label site!=lyon --label canary" + of).expect(0).out())
        .contains("a1", "a2")
        .doesNotContain("b1");
    admin(bed, "labels remove canary ring --label site" + of).expect(0);
    assertThat(admin(bed, "labels list" + of).expect(0).out()).doesNotContain("canary", "ring");
  }

  @Test
  void groups_areFilled_listed_andCampaignTargets(AdminBed bed) {
    String product = bed.product();
    for (String id : new String[] {"d1", "d2", "d3"}) {
      bed.active(product, id);
    }
    String of = " --product " + product;
    admin(bed, "groups add early --device d1,d2" + of).expect(0);
    admin(bed, "groups add late --prefix d3" + of).expect(0);
    assertThat(admin(bed, "groups list" + of).expect(0).out())
        .containsPattern("early +2")
        .containsPattern("late +1");
    admin(bed, "groups remove early --device d2" + of).expect(0);
    String order = "--json campaign create c --rotate --group early --group late --label !old" + of;
    assertThat(admin(bed, order + " --dry-run").expect(0).json().path("devices").asInt())
        .isEqualTo(2);
    JsonNode target = admin(bed, order).expect(0).json().path("target");
    assertThat(target.path("groups").toString()).isEqualTo("[\"early\",\"late\"]");
    assertThat(target.path("labels").toString()).isEqualTo("[\"!old\"]");
  }

  @Test
  void whoeverDoesNotSayWhichDevices_isAsked(AdminBed bed) {
    assertThat(admin(bed, "labels set a=b").expect(2).err()).contains("say which devices");
    admin(bed, "labels set a=b --all --product p").expect(2);
    assertThat(admin(bed, "labels set a=b --device d").expect(2).err())
        .contains("exactly one --product");
    admin(bed, "labels set a=b --device d --product p --prefix x").expect(2);
    assertThat(admin(bed, "labels set a=1 a=2 --product p").expect(2).err()).contains("twice");
    assertThat(admin(bed, "labels set a=- --product p").expect(1).err()).contains("value");
  }
}
