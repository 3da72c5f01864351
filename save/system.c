/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tools read and set outside of dumps: /etc/fstab, /proc, /sys, /dev and /run. Every path is put under a root,
 * so that an initramfs, and the tests, can name another system than the running one.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "save/system.h"

bool system_first_swap(const char *root, char *name, size_t room)
{
	char path[PATH_MAX];
	struct mntent *entry;
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/etc/fstab", root);
	file = setmntent(path, "re");
	while (file && !found && (entry = getmntent(file))) {
		found = !strcmp(entry->mnt_type, "swap");
		if (found)
			snprintf(name, room, "%s", entry->mnt_fsname);
	}
	if (file)
		endmntent(file);
	return found;
}

const char *system_device(const char *root, const char *name, char *swap, size_t room)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s" SYSTEM_DEVICE, root);
	if (strcmp(name, SYSTEM_DEVICE) || !access(path, F_OK) || !system_first_swap(root, swap, room))
		return name;
	return swap;
}

/* The bytes of a line such as "Slab:   12345 kB"; 0 when there is no such line. */
static uint64_t parse_field(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	unsigned long long n;

	return at && sscanf(at + strlen(name), " %llu", &n) == 1 ? n << 10 : 0;
}

uint64_t system_estimate(const char *root, uint32_t level)
{
	uint64_t total, kernel, used, pages;
	char text[8192];

	if (!system_read(root, "/proc/meminfo", text, sizeof(text)))
		return 0;
	total = parse_field(text, "MemTotal:");
	if (!total)
		return 0;
	kernel = parse_field(text, "Slab:") + parse_field(text, "KernelStack:") + parse_field(text, "PageTables:") +
		 parse_field(text, "VmallocUsed:") + parse_field(text, "Percpu:") +
		 total / 32; /* for struct pages and text */
	used = total - parse_field(text, "MemFree:");
	switch (config_level_bits(level)) {
	case 0:
	case CONFIG_HEADER:
		pages = 0;
		break;
	case CONFIG_HEADER | CONFIG_KERN:
		pages = kernel < used ? kernel : used;
		break;
	case CONFIG_HEADER | CONFIG_KERN | CONFIG_USED:
		pages = used;
		break;
	default:
		pages = total;
	}
	return (256u << 10) + pages + pages / 256; /* headers, and the record before each page */
}

bool system_has_interface(const char *root, const char *name)
{
	char path[PATH_MAX];

	if (!*name || strchr(name, '/') || *name == '.')
		return false;
	snprintf(path, sizeof(path), "%s/sys/class/net/%s", root, name);
	return !access(path, F_OK);
}

bool system_read(const char *root, const char *path, char *text, size_t room)
{
	char whole[PATH_MAX];
	ssize_t n = -1;
	int fd;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	fd = open(whole, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, room - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = 0;
	if (n > 0 && text[n - 1] == '\n')
		text[n - 1] = 0;
	return n >= 0;
}

/* Write text in one call, as /proc requires. Returns nonzero when that fails, or fd is negative. */
static int write_once(int fd, const char *text)
{
	size_t size = strlen(text);

	return fd < 0 || write(fd, text, size) != (ssize_t)size;
}

int system_set(const char *root, const char *path, const char *text, struct fault *fault)
{
	char whole[PATH_MAX];
	int fd, status = 0;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	fd = open(whole, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (write_once(fd, text))
		status = fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot set %s", whole);
	if (fd >= 0)
		close(fd);
	return status;
}

static void make_parent(const char *path)
{
	char folder[PATH_MAX], *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash && slash != folder) {
		*slash = 0;
		mkdir(folder, 0755);
	}
}

int system_write(const char *root, const char *path, const char *text, struct fault *fault)
{
	char whole[PATH_MAX], other[PATH_MAX + 8];
	int fd, bad;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	snprintf(other, sizeof(other), "%s.new", whole);
	make_parent(whole);
	fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bad = write_once(fd, text);
	if (fd >= 0)
		bad |= close(fd);
	if (!bad && !rename(other, whole))
		return 0;
	fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot write %s", whole);
	unlink(other);
	return -FAULT_WRITE;
}

int system_link(const char *root, const char *path, const char *target, struct fault *fault)
{
	char whole[PATH_MAX], other[PATH_MAX + 8];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	snprintf(other, sizeof(other), "%s.new", whole);
	unlink(other);
	if (!symlink(target, other) && !rename(other, whole))
		return 0;
	fault_set_errno(fault, FAULT_WRITE, FAULT_NOWHERE, "cannot link %s to %s", whole, target);
	unlink(other);
	return -FAULT_WRITE;
}
