package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway keeps no device key: of devices that were served none is in what is alive on its heap.
 * What is garbage there may hold copies of the JDK's cryptography until it is overwritten.
 */
class MemorySecrecyTest {
  private static final int DEVICES = 5;

  @Test
  void keysOfDevicesThatWereServed_areNotKept(@TempDir Path folder) throws Exception {
    Needles needles = new Needles();
    try (TestGateway gateway = TestGateway.start(folder, Map.of()).withOpenProduct()) {
      for (int i = 0; i < DEVICES; i++) {
        serve(gateway, "memory-" + i, needles);
      }
      needles.add("control: the product key, which is kept", gateway.productKey().expose());
      Path heap = folder.resolve("heap.hprof");
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .dumpHeap(heap.toString(), true);
      assertThat(needles.in(heap)).containsExactly("control: the product key, which is kept");
    }
  }

  /** Everything that a device asks for; then the device forgets its keys. */
  private static void serve(TestGateway gateway, String id, Needles needles) throws Exception {
    TestDevice device = gateway.device(id);
    TestDevice.Held first = gateway.enroll(device);
    TestDevice.Held given = gateway.rotate(device, first);
    gateway.ask(first, device.abandon(first, given.key().token()));
    TestDevice.Held second = gateway.rotate(device, first);
    gateway.commit(device, second);
    gateway.ask(second, device.poll(second));
    for (TestDevice.Held held : List.of(first, given, second)) {
      needles.add("a key of " + id, held.frameKey().secret().expose());
      held.frameKey().close();
      held.grant().deviceKey().wipe();
    }
  }
}
