package io.otakey.gateway.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.DefaultNodeExtension;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import com.hazelcast.nio.MemberSocketInterceptor;

/**
 * A Hazelcast whose connections begin with an interceptor of ours. Its open-source edition calls
 * one, but takes none from its configuration: this is the seam where the enterprise edition does.
 */
final class ProvenMembers extends DefaultNodeContext {
  private final MemberSocketInterceptor proof;

  private ProvenMembers(MemberSocketInterceptor proof) {
    this.proof = proof;
  }

  /** Starts it. */
  static HazelcastInstance start(Config config, MemberSocketInterceptor proof) {
    return HazelcastInstanceFactory.newHazelcastInstance(
        config, config.getInstanceName(), new ProvenMembers(proof));
  }

  @Override
  public NodeExtension createNodeExtension(Node node) {
    return new DefaultNodeExtension(node) {
      @Override
      public MemberSocketInterceptor getSocketInterceptor(EndpointQualifier endpoint) {
        return proof;
      }
    };
  }
}
