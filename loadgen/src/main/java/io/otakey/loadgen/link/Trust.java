package io.otakey.loadgen.link;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.nio.file.Path;
import javax.net.ssl.SSLException;

/** What a gateway's certificate must follow from. The gateway's name is checked as well. */
public final class Trust {
  private final SslContext context;

  private Trust(SslContext context) {
    this.context = context;
  }

  /**
   * Trusts the certificates of a PEM file and nothing else.
   *
   * @throws SSLException if the file cannot be read or holds no certificate
   */
  public static Trust in(Path pem) throws SSLException {
    try {
      return new Trust(
          SslContextBuilder.forClient()
              .trustManager(pem.toFile())
              .endpointIdentificationAlgorithm("HTTPS")
              .build());
    } catch (IllegalArgumentException e) {
      throw new SSLException(e.getMessage(), e);
    }
  }

  /**
   * The same with TLS 1.3 alone, for who makes handlers of its own.
   *
   * @throws SSLException if the file cannot be read or holds no certificate
   */
  public static SslContext newest(Path pem) throws SSLException {
    try {
      return SslContextBuilder.forClient()
          .trustManager(pem.toFile())
          .endpointIdentificationAlgorithm("HTTPS")
          .protocols("TLSv1.3")
          .build();
    } catch (IllegalArgumentException e) {
      throw new SSLException(e.getMessage(), e);
    }
  }

  SslHandler handler(Channel channel, Endpoint endpoint) {
    return context.newHandler(channel.alloc(), endpoint.host(), endpoint.port());
  }
}
