/** Request timing, per-loop figures and their exposition for any Netty HTTP/1.1 server. */
@NullMarked
package io.sluice.metrics;

import org.jspecify.annotations.NullMarked;
