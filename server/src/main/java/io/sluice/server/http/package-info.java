/** HTTP/1.1 on the image port: the pipeline, the routes, requests in and replies out. */
@NullMarked
package io.sluice.server.http;

import org.jspecify.annotations.NullMarked;
