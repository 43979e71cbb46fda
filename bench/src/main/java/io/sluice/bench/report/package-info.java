/** What an operator reads: the table, the JSON document, the HTML page, the live view. */
@NullMarked
package io.sluice.bench.report;

import org.jspecify.annotations.NullMarked;
