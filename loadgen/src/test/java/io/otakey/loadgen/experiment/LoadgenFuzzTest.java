package io.otakey.loadgen.experiment;

import io.otakey.protocol.fuzz.Search;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every parser of the load generator, fed with what nobody meant for it. */
class LoadgenFuzzTest {
  @TestFactory
  Stream<DynamicTest> everyParser_acceptsOrRefuses_andNothingElse() {
    return Search.tests(new LoadgenFuzz());
  }
}
