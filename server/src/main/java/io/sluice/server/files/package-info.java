/**
 * Files under the root as replies: safe look-up, validators, preconditions, ranges and content
 * types.
 */
@NullMarked
package io.sluice.server.files;

import org.jspecify.annotations.NullMarked;
