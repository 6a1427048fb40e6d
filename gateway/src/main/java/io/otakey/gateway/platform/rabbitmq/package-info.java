/** Logins of devices on RabbitMQ, written with its management API. */
@NullMarked
package io.otakey.gateway.platform.rabbitmq;

import org.jspecify.annotations.NullMarked;
