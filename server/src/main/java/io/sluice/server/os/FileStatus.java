package io.sluice.server.os;

import java.nio.file.attribute.FileTime;

/**
 * What statx(2) says of a file.
 *
 * @param device number of the file system, as makedev(3) puts it together
 * @param inode number of the file within it
 * @param size in bytes
 * @param modified time of the last change of the bytes
 * @param changed time of the last change of the inode
 * @param mode type and permissions
 */
public record FileStatus(
    long device, long inode, long size, FileTime modified, FileTime changed, int mode) {}
