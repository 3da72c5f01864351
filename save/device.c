/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The partition that a dump is read from and that the next one overwrites. It is usually swap, so as little as possible
 * is written to it: one sector, and only if it still contains the header of the saved dump. All functions except
 * device_clear() only read.
 */
#include <blkid/blkid.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/fs.h>

#include "dump/write.h"
#include "save/device.h"
#include "save/file.h"

#define SECTOR 512 /* bytes that are cleared; an image starts at a multiple of this */

/* The path of the device that name means, for the caller to free; NULL and *fault. */
static char *find_path(const char *name, const char *root, struct fault *fault)
{
	char *path = NULL;

	if (!strncmp(name, "UUID=", 5) || !strncmp(name, "LABEL=", 6) || !strncmp(name, "PARTUUID=", 9) ||
	    !strncmp(name, "PARTLABEL=", 10)) {
		path = blkid_evaluate_tag(name, NULL, NULL);
		if (!path)
			fault_set(fault, FAULT_READ, FAULT_NOWHERE, FAULT_NOWHERE, "no device has %s", name);
		return path;
	}
	if (asprintf(&path, "%s%s", *name == '/' ? root : "", name) >= 0)
		return path;
	fault_memory(fault);
	return NULL;
}

int device_open(struct device *device, const char *name, const char *root, struct fault *fault)
{
	struct stat st;

	*device = (struct device){ .fd = -1 };
	device->path = find_path(name, root, fault);
	if (!device->path)
		return -fault->code;
	device->fd = open(device->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (device->fd < 0 || fstat(device->fd, &st))
		return fault_set_errno(fault, FAULT_READ, FAULT_NOWHERE, "cannot open the dump device");
	if (S_ISBLK(st.st_mode)) {
		device->block = true;
		device->major = major(st.st_rdev);
		device->minor = minor(st.st_rdev);
		if (ioctl(device->fd, BLKGETSIZE64, &device->size))
			return fault_set_errno(fault, FAULT_READ, FAULT_NOWHERE, "cannot get the size of the device");
	} else if (S_ISREG(st.st_mode)) {
		device->size = (uint64_t)st.st_size;
	} else {
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "is neither a block device nor a file");
	}
	if (flock(device->fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "another program has locked the dump device: is it being saved already?");
	return 0;
}

void device_close(struct device *device)
{
	if (device->fd >= 0)
		close(device->fd);
	free(device->path);
	device->fd = -1;
	device->path = NULL;
}

/* Is path this device? */
static bool is_same(const struct device *device, const char *path)
{
	struct stat ours, theirs;

	if (fstat(device->fd, &ours) || stat(path, &theirs))
		return false;
	if (device->block)
		return S_ISBLK(theirs.st_mode) && ours.st_rdev == theirs.st_rdev;
	return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

static FILE *open_system(const char *root, const char *path)
{
	char whole[PATH_MAX];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	return fopen(whole, "re");
}

static bool is_swap(const struct device *device, const char *root)
{
	FILE *file = open_system(root, "/proc/swaps");
	char line[PATH_MAX + 100];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, " \t\n")] = 0;
		found = *line == '/' && is_same(device, line);
	}
	if (file)
		fclose(file);
	return found;
}

static bool is_mounted(const struct device *device, const char *root, char *by)
{
	FILE *file = device->block ? open_system(root, "/proc/self/mountinfo") : NULL;
	char line[2 * PATH_MAX], where[256];
	unsigned high, low;
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%*s %*s %u:%u %*s %255s", &high, &low, where) == 3 && high == device->major &&
			low == device->minor;
	if (file)
		fclose(file);
	if (found)
		snprintf(by, 256, "%s", where);
	return found;
}

static bool is_held(const struct device *device, const char *root, char *by)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *names;

	snprintf(path, sizeof(path), "%s/sys/dev/block/%u:%u/holders", root, device->major, device->minor);
	names = device->block ? opendir(path) : NULL;
	while (names && !found && (entry = readdir(names))) {
		found = *entry->d_name != '.';
		if (found)
			snprintf(by, 256, "%s", entry->d_name);
	}
	if (names)
		closedir(names);
	return found;
}

enum device_use device_used(const struct device *device, const char *root, char *by)
{
	*by = 0;
	if (is_swap(device, root))
		return DEVICE_SWAP;
	if (is_mounted(device, root, by))
		return DEVICE_MOUNTED;
	return is_held(device, root, by) ? DEVICE_HELD : DEVICE_FREE;
}

/* libblkid's USAGE, in words. */
static const char *usage_name(const char *usage)
{
	if (!strcmp(usage, "filesystem"))
		return "a file system";
	if (!strcmp(usage, "raid"))
		return "a member of LVM or RAID";
	return !strcmp(usage, "crypto") ? "an encrypted volume" : "something";
}

int device_contents(const struct device *device, bool *swap, char *text, struct fault *fault)
{
	blkid_probe probe = blkid_new_probe();
	const char *type = NULL, *usage = "", *table = NULL;
	int found;

	*swap = false;
	if (!probe || blkid_probe_set_device(probe, device->fd, 0, 0)) {
		blkid_free_probe(probe);
		return fault_set(fault, FAULT_READ, FAULT_NOWHERE, FAULT_NOWHERE, "libblkid cannot open the device");
	}
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE);
	blkid_probe_enable_partitions(probe, 1);
	found = blkid_do_safeprobe(probe);
	if (found == 0) {
		blkid_probe_lookup_value(probe, "TYPE", &type, NULL);
		blkid_probe_lookup_value(probe, "USAGE", &usage, NULL);
		blkid_probe_lookup_value(probe, "PTTYPE", &table, NULL);
	}
	*swap = type && !strncmp(type, "swap", 4);
	if (found == -2)
		snprintf(text, 160, "signatures that contradict each other");
	else if (table)
		snprintf(text, 160, "a partition table (%s)", table);
	else if (type && !*swap)
		snprintf(text, 160, "%s (%s)", usage_name(usage), type);
	blkid_free_probe(probe);
	if (found == -1)
		return fault_set(fault, FAULT_READ, FAULT_NOWHERE, FAULT_NOWHERE, "libblkid cannot read the device");
	return found == -2 || table || (type && !*swap);
}

int device_clear(const struct device *device, uint64_t offset, const void *head, size_t size, struct fault *fault)
{
	static const unsigned char zeros[SECTOR];
	unsigned char now[4096];
	int fd = open(device->path, O_RDWR | O_CLOEXEC | O_NONBLOCK), status = 0;

	if (fd < 0)
		return fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot open the dump device for writing");
	if (size > sizeof(now))
		size = sizeof(now);
	if (file_read_at(fd, now, size, offset) != (ssize_t)size || memcmp(now, head, size))
		status = fault_set(fault, FAULT_CANNOT, offset, FAULT_NOWHERE,
				   "the dump's header on the device has changed meanwhile, so it was not cleared");
	if (!status && (write_all_at(fd, zeros, SECTOR, offset) < SECTOR || fsync(fd)))
		status = fault_set_errno(fault, FAULT_WRITE, offset, "cannot clear the dump's header");
	if (!status && (file_read_at(fd, now, SECTOR, offset) != SECTOR || memcmp(now, zeros, SECTOR)))
		status = fault_set(fault, FAULT_WRITE, offset, FAULT_NOWHERE,
				   "the dump's header is still on the device after it was cleared");
	close(fd);
	return status;
}

uint32_t device_number(const struct device *device)
{
	if (device->fd < 0 || !device->block)
		return UINT32_MAX;
	if (device->major < 256 && device->minor < 256)
		return device->major << 8 | device->minor;
	return (device->minor & 0xff) | device->major << 8 | (device->minor & ~0xffu) << 12;
}
