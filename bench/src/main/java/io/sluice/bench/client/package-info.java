/** The machines' side of HTTP over Netty: heads are parsed, bodies counted and thrown away. */
@NullMarked
package io.sluice.bench.client;

import org.jspecify.annotations.NullMarked;
