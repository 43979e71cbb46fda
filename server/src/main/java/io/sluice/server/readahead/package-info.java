/** Pages of files are in memory before they are sent. */
@NullMarked
package io.sluice.server.readahead;

import org.jspecify.annotations.NullMarked;
