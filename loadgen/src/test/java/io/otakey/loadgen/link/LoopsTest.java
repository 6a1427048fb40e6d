package io.otakey.loadgen.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What becomes of connections when their loop ends. */
class LoopsTest {
  /** The other side never hangs up, and the loop is amid a task when it is told to end. */
  @Test
  void whatIsOpen_isClosed() throws Exception {
    MultiThreadIoEventLoopGroup loops = Loops.open("loops-test", 1);
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Channel channel =
          new Bootstrap()
              .group(loops)
              .channel(Loops.channel())
              .handler(new ChannelInboundHandlerAdapter())
              .connect(server.getLocalSocketAddress())
              .sync()
              .channel();
      CountDownLatch told = new CountDownLatch(1);
      loops.execute(() -> awaited(told));
      Thread teller =
          new Thread(
              () -> {
                while (!loops.isShuttingDown()) {
                  Thread.onSpinWait();
                }
                told.countDown();
              });
      teller.start();
      Loops.end(loops);
      teller.join();
      assertThat(channel.isOpen()).isFalse();
    }
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
