/**
 * Who may send, when and how much: plans of extents, shared open files, and the pump that sends
 * them in bounded turns.
 */
@NullMarked
package io.sluice.server.egress;

import org.jspecify.annotations.NullMarked;
