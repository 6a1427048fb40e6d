package io.otakey.loadgen.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.loadgen.network.Trace.Flight;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bytes on the wire, counted by hand. */
class HeadersTest {
  private static final Headers HEADERS = new Headers(1000);

  @Test
  void questionAndAnswer_takeNinePackets() {
    Trace trace =
        new Trace(List.of(List.of(new Flight(Direction.UP, 100), new Flight(Direction.DOWN, 200))));
    Headers.Wire wire = HEADERS.wire(trace);
    // up: SYN, ACK, question, ACK of the answer, FIN, ACK; down: SYN-ACK, answer, FIN
    assertThat(wire.packets()).isEqualTo(9);
    assertThat(wire.up()).isEqualTo(60 + 100 + 5 * 52);
    assertThat(wire.down()).isEqualTo(60 + 200 + 2 * 52);
    assertThat(wire.bytes()).isEqualTo(wire.up() + wire.down());
    assertThat(trace.roundTrips()).isEqualTo(2);
  }

  @Test
  void everySecondSegmentIsAcknowledged_andTheLastWithTheAnswer() {
    Trace trace =
        new Trace(List.of(List.of(new Flight(Direction.UP, 5000), new Flight(Direction.DOWN, 1))));
    assertThat(HEADERS.wire(trace).down()).isEqualTo(60 + 1 + (2 + 1 + 1) * 52);
  }

  @Test
  void recorder_joinsWhatOneSideSays() {
    Trace.Recorder recorder = new Trace.Recorder();
    int first = recorder.connected();
    recorder.passed(first, Direction.UP, 10);
    recorder.passed(first, Direction.UP, 5);
    recorder.passed(first, Direction.DOWN, 7);
    int second = recorder.connected();
    recorder.passed(second, Direction.UP, 1);
    assertThat(recorder.trace())
        .isEqualTo(
            new Trace(
                List.of(
                    List.of(new Flight(Direction.UP, 15), new Flight(Direction.DOWN, 7)),
                    List.of(new Flight(Direction.UP, 1)))));
    assertThat(recorder.trace().bytes(Direction.UP)).isEqualTo(16);
  }
}
