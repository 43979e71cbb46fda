/** What the resources of the API have in common: who may, JSON, problems, pages of lists. */
@NullMarked
package io.sluice.server.api.resource;

import org.jspecify.annotations.NullMarked;
