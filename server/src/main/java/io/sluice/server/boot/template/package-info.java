/** Text templates with variables, defaults, conditions, loops and includes, for boot scripts. */
@NullMarked
package io.sluice.server.boot.template;

import org.jspecify.annotations.NullMarked;
