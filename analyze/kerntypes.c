/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chooses where the kernel's types come from. It relies on analyze/btf.h for the dump, and on /sys and /proc for the
 * running kernel, whose types are used only if it is the same build.
 */
#include <endian.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "analyze/kerntypes.h"
#include "dump/memory.h"
#include "dump/notes.h"

#define NT_GNU_BUILD_ID 3
#define FILE_MAX 65536

/* Read the start of a file into out[FILE_MAX]. Returns its size; 0 when it cannot be read. */
static size_t read_small_file(const char *root, const char *name, unsigned char *out)
{
	struct stream *stream;
	char path[PATH_MAX];
	struct fault fault;
	const void *head;
	size_t have = 0;

	if (snprintf(path, sizeof(path), "%s%s", root, name) >= (int)sizeof(path))
		return 0;
	stream = stream_open(path, &fault);
	if (!stream)
		return 0;
	head = stream_peek(stream, FILE_MAX, &have, &fault);
	if (!head)
		have = 0;
	if (have > FILE_MAX)
		have = FILE_MAX;
	if (have)
		memcpy(out, head, have);
	stream_close(stream);
	return have;
}

/* Read the build ID of the running kernel, in hexadecimal digits; "" when it has none. */
static void read_running_build_id(const char *root, char *out, size_t room)
{
	bool big = __BYTE_ORDER == __BIG_ENDIAN;
	unsigned char notes[FILE_MAX];
	size_t size = read_small_file(root, "/sys/kernel/notes", notes), at = 0;
	struct note note;

	out[0] = 0;
	while (notes_next(notes, size, big, &at, &note)) {
		if (!note_is(&note, "GNU", NT_GNU_BUILD_ID) || 2 * note.desc_size >= room)
			continue;
		for (size_t i = 0; i < note.desc_size; i++)
			snprintf(out + 2 * i, 3, "%02x", note.desc[i]);
		return;
	}
}

bool kerntypes_same_build(const struct info *info, const char *root)
{
	char id[80], running[80], want[2 * INFO_NAME_SIZE + 32];
	unsigned char version[FILE_MAX + 1];
	const char *at;

	if (notes_vmcoreinfo(info, "BUILD-ID", id, sizeof(id))) {
		read_running_build_id(root, running, sizeof(running));
		return running[0] && !strcmp(id, running);
	}
	if (!info->uts.release[0] || !info->uts.version[0])
		return false;
	version[read_small_file(root, "/proc/version", version)] = 0;
	snprintf(want, sizeof(want), "Linux version %s ", info->uts.release);
	if (strncmp((char *)version, want, strlen(want)))
		return false;
	at = strchr((char *)version, '#');
	return at && !strncmp(at, info->uts.version, strlen(info->uts.version)) &&
	       (at[strlen(info->uts.version)] == '\n' || !at[strlen(info->uts.version)]);
}

struct btf *kerntypes_load(struct memory *memory, const struct symbols *symbols, const char *root, struct fault *fault)
{
	struct btf *btf = btf_load(memory, symbols, fault);
	struct fault other;
	char path[PATH_MAX];

	if (btf || fault->code == FAULT_MEMORY || !kerntypes_same_build(memory_info(memory), root) ||
	    snprintf(path, sizeof(path), "%s/sys/kernel/btf/vmlinux", root) >= (int)sizeof(path))
		return btf;
	return btf_load_file(path, &other);
}
