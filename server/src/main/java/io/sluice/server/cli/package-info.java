/** What an operator types: the commands, and how they speak to the API of a running server. */
@NullMarked
package io.sluice.server.cli;

import org.jspecify.annotations.NullMarked;
