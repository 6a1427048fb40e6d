package io.otakey.protocol.fuzz;

import io.otakey.protocol.device.RecordFuzz;
import io.otakey.protocol.handshake.PayloadFuzz;
import io.otakey.protocol.wire.WireFuzz;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every parser of the protocol, fed with what nobody meant for it. */
class ProtocolFuzzTest {
  @TestFactory
  Stream<DynamicTest> everyParser_acceptsOrRefuses_andNothingElse() {
    return Search.tests(new WireFuzz(), new PayloadFuzz(), new RecordFuzz());
  }
}
