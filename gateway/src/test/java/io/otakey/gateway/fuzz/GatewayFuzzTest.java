package io.otakey.gateway.fuzz;

import io.otakey.gateway.admin.AdminFuzz;
import io.otakey.gateway.admin.ImportFuzz;
import io.otakey.gateway.config.ConfigFuzz;
import io.otakey.gateway.exchange.ConversationFuzz;
import io.otakey.gateway.journal.JournalFuzz;
import io.otakey.gateway.oidc.OidcFuzz;
import io.otakey.gateway.presence.PresenceFuzz;
import io.otakey.gateway.recovery.MemoryFuzz;
import io.otakey.gateway.registry.LabelFuzz;
import io.otakey.gateway.transport.hook.HookFuzz;
import io.otakey.gateway.vault.VaultFuzz;
import io.otakey.protocol.fuzz.Search;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every parser of the gateway's own, and whole conversations, fed with what nobody meant. */
class GatewayFuzzTest {
  @TestFactory
  Stream<DynamicTest> everyParser_acceptsOrRefuses_andNothingElse() {
    return Search.tests(
        new AdminFuzz(),
        new ImportFuzz(),
        new HookFuzz(),
        new JournalFuzz(),
        new VaultFuzz(),
        new ConfigFuzz(),
        new PresenceFuzz(),
        new MemoryFuzz(),
        new OidcFuzz(),
        new LabelFuzz(),
        new SettingsFuzz());
  }

  @TestFactory
  Stream<DynamicTest> everyConversation_changesARowByProofOnly() {
    return Search.tests(new ConversationFuzz());
  }
}
