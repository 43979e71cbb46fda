/** Configurations of DHCP servers that send machines to a server: what goes into them, checked. */
@NullMarked
package io.sluice.server.cli.dhcp;

import org.jspecify.annotations.NullMarked;
