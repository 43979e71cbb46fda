/** What each machine boots: machines, profiles, the selection, the decision, and proof. */
@NullMarked
package io.sluice.server.boot;

import org.jspecify.annotations.NullMarked;
