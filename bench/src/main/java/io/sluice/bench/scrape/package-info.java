/** The server's own view of a storm, read from its Prometheus endpoint. */
@NullMarked
package io.sluice.bench.scrape;

import org.jspecify.annotations.NullMarked;
