package io.sluice.server.config;

/**
 * A value as the operator wrote it.
 *
 * @param text what was written
 * @param where how to name the place in a message: the option, the variable or file and line
 */
record Origin(String text, String where) {}
