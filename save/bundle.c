/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes and verifies bundles, through libarchive. The manifest comes last, because the SHA-256 of a file is known only
 * after it was read; so a truncated bundle has no manifest. A bundle comes from another machine, so verifying one
 * trusts no size and no number of files, and writes nothing to disk.
 */
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "save/bundle.h"
#include "save/digest.h"

#define MANIFEST "MANIFEST"
#define MANIFEST_MAX (1u << 20)
#define TITLE "# lkcdutils bundle 1"
#define NAME_SIZE 256
#define PIECE (128u << 10)

/* A file of the bundle. */
struct member {
	char name[NAME_SIZE], hash[DIGEST_TEXT];
	uint64_t size;
	bool seen; /* in the manifest, when one is verified */
};

struct members {
	struct member *member; /* BUNDLE_FILES_MAX of them */
	size_t count;
};

/* Returns NULL and fills *fault when there are too many. */
static struct member *add_bundled_file(struct members *members, const char *name, struct fault *fault)
{
	struct member *member;

	if (!members->member)
		members->member = calloc(BUNDLE_FILES_MAX, sizeof(*members->member));
	if (!members->member) {
		fault_memory(fault);
		return NULL;
	}
	if (members->count == BUNDLE_FILES_MAX) {
		fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE, "more than %d files", BUNDLE_FILES_MAX);
		return NULL;
	}
	member = &members->member[members->count++];
	snprintf(member->name, sizeof(member->name), "%s", name);
	return member;
}

static struct member *find_bundled_file(const struct members *members, const char *name)
{
	for (size_t i = 0; i < members->count; i++)
		if (!strcmp(members->member[i].name, name))
			return &members->member[i];
	return NULL;
}

/* --- writing --- */

struct writer {
	struct archive *archive;
	struct output *output;
	struct fault *fault;
	char prefix[NAME_SIZE]; /* name of the directory in the bundle */
	time_t now;
	struct members members;
	FILE *manifest;
	char *text;
	size_t text_size;
};

static la_ssize_t write_archive_output(struct archive *archive, void *argument, const void *bytes, size_t size)
{
	struct writer *writer = argument;

	if (writer->fault->code) /* after a failure libarchive still ends its stream: ignore that */
		return (la_ssize_t)size;
	if (!output_write(writer->output, bytes, size, writer->fault))
		return (la_ssize_t)size;
	archive_set_error(archive, EIO, "cannot write");
	return -1;
}

/* A call of libarchive failed. If our callback caused that, its fault is more precise than libarchive's error. */
static int set_write_fault(struct writer *writer)
{
	if (writer->fault->code)
		return -writer->fault->code;
	return fault_set(writer->fault, FAULT_WRITE, FAULT_NOWHERE, FAULT_NOWHERE, "cannot compress: %s",
			 archive_error_string(writer->archive));
}

static int start_archive(struct writer *writer)
{
	struct archive *archive = writer->archive = archive_write_new();

	if (!archive)
		return fault_memory(writer->fault);
	if (archive_write_set_format_pax_restricted(archive) != ARCHIVE_OK ||
	    archive_write_add_filter_zstd(archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
	    archive_write_open(archive, writer, NULL, write_archive_output, NULL) != ARCHIVE_OK)
		return set_write_fault(writer);
	return 0;
}

static int write_entry_header(struct writer *writer, const char *name, uint64_t size, time_t time)
{
	struct archive_entry *entry = archive_entry_new();
	char path[2 * NAME_SIZE];
	int status;

	if (!entry)
		return fault_memory(writer->fault);
	snprintf(path, sizeof(path), "%s/%s", writer->prefix, name);
	archive_entry_set_pathname(entry, path);
	archive_entry_set_size(entry, (la_int64_t)size);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600); /* memory holds secrets */
	archive_entry_set_mtime(entry, time, 0);
	status = archive_write_header(writer->archive, entry);
	archive_entry_free(entry);
	return status == ARCHIVE_OK ? 0 : set_write_fault(writer);
}

static int write_entry_bytes(struct writer *writer, const void *bytes, size_t size)
{
	return archive_write_data(writer->archive, bytes, size) == (la_ssize_t)size ? 0 : set_write_fault(writer);
}

static int copy_file_bytes(struct writer *writer, struct stream *stream, struct member *member)
{
	unsigned char *piece = malloc(PIECE);
	uint64_t left = member->size;
	struct digest digest;
	int status = piece ? 0 : fault_memory(writer->fault);

	digest_start(&digest);
	while (left && !status) {
		size_t part = left < PIECE ? (size_t)left : PIECE;

		status = stream_read(stream, piece, part, writer->fault);
		if (status)
			break;
		digest_add(&digest, piece, part);
		status = write_entry_bytes(writer, piece, part);
		left -= part;
	}
	digest_end(&digest, member->hash);
	free(piece);
	return status;
}

/* Add a regular file to the archive and the manifest. Returns 1 when it is left out. */
static int write_file_entry(struct writer *writer, int folder, const char *name, bool leave_out)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), status;
	struct stream *stream;
	struct member *member;
	struct stat st;

	if (fd < 0 && (errno == ELOOP || errno == ENXIO))
		return 1;
	if (fd < 0 || fstat(fd, &st)) {
		status = fault_set_errno(writer->fault, FAULT_READ, FAULT_NOWHERE, "%s: cannot read", name);
		if (fd >= 0)
			close(fd);
		return status;
	}
	if (!S_ISREG(st.st_mode) || leave_out) {
		close(fd);
		if (leave_out)
			fprintf(writer->manifest, "# left out: %s, %jd bytes\n", name, (intmax_t)st.st_size);
		return 1;
	}
	stream = stream_open_fd(fd, name, writer->fault);
	if (!stream)
		return -writer->fault->code;
	member = add_bundled_file(&writer->members, name, writer->fault);
	status = member ? 0 : -writer->fault->code;
	if (!status) {
		member->size = (uint64_t)st.st_size;
		status = write_entry_header(writer, name, member->size, st.st_mtime);
	}
	if (!status)
		status = copy_file_bytes(writer, stream, member);
	stream_close(stream);
	if (status == -FAULT_CUT) /* the file got shorter while it was read: that is no truncated dump */
		writer->fault->code = FAULT_READ;
	return status ? fault_prepend(writer->fault, "%s", name) : 0;
}

/* For scandir: names that a line of the manifest can hold, but not the manifest's own. */
static int is_plain_name(const struct dirent *entry)
{
	const char *name = entry->d_name;

	if (name[0] == '.' || !strcmp(name, MANIFEST))
		return 0;
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || *name == '\\' || *name == 0x7f)
			return 0;
	return 1;
}

/* Files that contain memory: dump.N, and dump.N with any ending. */
static bool is_memory(const char *name)
{
	return !strncmp(name, "dump.", 5);
}

static int write_file_entries(struct writer *writer, const char *path, bool no_memory, struct bundle_total *total)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), count, status = 0;
	struct dirent **names;
	bool has_dump = false;

	if (folder < 0)
		return fault_set_errno(writer->fault, FAULT_READ, FAULT_NOWHERE, "cannot read the directory");
	count = scandirat(folder, ".", &names, is_plain_name, versionsort);
	if (count < 0) {
		status = fault_set_errno(writer->fault, FAULT_READ, FAULT_NOWHERE, "cannot read the directory");
		close(folder);
		return status;
	}
	for (int i = 0; i < count; i++)
		has_dump |= is_memory(names[i]->d_name);
	if (!has_dump)
		status = fault_set(writer->fault, FAULT_FORMAT, FAULT_NOWHERE, FAULT_NOWHERE,
				   "there is no dump.N in this directory");
	for (int i = 0; i < count && status >= 0; i++) {
		bool leave_out = no_memory && is_memory(names[i]->d_name) && !strstr(names[i]->d_name, "sha256");

		status = write_file_entry(writer, folder, names[i]->d_name, leave_out);
		total->left_out += status == 1 && leave_out;
	}
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	close(folder);
	return status < 0 ? status : 0;
}

static int write_manifest(struct writer *writer, struct bundle_total *total)
{
	int status;

	for (size_t i = 0; i < writer->members.count; i++) {
		const struct member *member = &writer->members.member[i];

		fprintf(writer->manifest, "# %" PRIu64 " bytes\n%s  %s\n", member->size, member->hash, member->name);
		total->files++;
		total->bytes += member->size;
	}
	if (fflush(writer->manifest) || ferror(writer->manifest))
		return fault_memory(writer->fault);
	status = write_entry_header(writer, MANIFEST, writer->text_size, writer->now);
	return status ? status : write_entry_bytes(writer, writer->text, writer->text_size);
}

/* The directory in the bundle is named after the one on the disk: lkcd-N. */
static void set_prefix(struct writer *writer, const char *folder)
{
	char *path = realpath(folder, NULL);
	const char *name = path ? strrchr(path, '/') : NULL;

	snprintf(writer->prefix, sizeof(writer->prefix), "lkcd-%.200s", name && name[1] ? name + 1 : "dump");
	free(path);
}

int bundle_write(const char *folder, bool no_memory, struct output *output, struct bundle_total *total,
		 struct fault *fault)
{
	struct writer writer = { .output = output, .fault = fault, .now = time(NULL) };
	int status;

	*total = (struct bundle_total){ 0 };
	fault->code = 0;
	set_prefix(&writer, folder);
	writer.manifest = open_memstream(&writer.text, &writer.text_size);
	status = writer.manifest ? start_archive(&writer) : fault_memory(fault);
	if (!status) {
		fprintf(writer.manifest, TITLE "\n");
		status = write_file_entries(&writer, folder, no_memory, total);
	}
	if (!status)
		status = write_manifest(&writer, total);
	if (!status && archive_write_close(writer.archive) != ARCHIVE_OK)
		status = set_write_fault(&writer);
	archive_write_free(writer.archive); /* after a failure this ends the archive, but without a manifest */
	if (writer.manifest)
		fclose(writer.manifest);
	free(writer.text);
	free(writer.members.member);
	return status;
}

/* --- reading --- */

struct reader {
	struct archive *archive;
	struct stream *stream;
	struct fault *fault;
	size_t lent; /* bytes that libarchive is reading; its next call skips them */
	struct members members;
	char *manifest; /* NULL: none yet */
	bool is_zstd;   /* it starts as a bundle does, so what libarchive cannot read is damage */
};

static la_ssize_t read_archive_input(struct archive *archive, void *argument, const void **bytes)
{
	struct reader *reader = argument;
	size_t have = 0;

	if (stream_skip(reader->stream, reader->lent, reader->fault))
		*bytes = NULL;
	else
		*bytes = stream_peek(reader->stream, 1, &have, reader->fault);
	reader->lent = have;
	if (*bytes)
		return (la_ssize_t)have;
	archive_set_error(archive, EIO, "cannot read");
	return -1;
}

static int set_read_fault(struct reader *reader, int code)
{
	if (reader->fault->code)
		return -reader->fault->code;
	return fault_set(reader->fault, code, FAULT_NOWHERE, FAULT_NOWHERE, "%s: %s",
			 code == FAULT_FORMAT ? "is not a bundle" : "the bundle is damaged or truncated",
			 archive_error_string(reader->archive));
}

/* Does it start with a zstd frame (RFC 8878, 3.1.1), as a bundle does? */
static bool is_zstd(struct reader *reader)
{
	static const unsigned char magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
	struct fault fault;
	size_t have;
	const void *head = stream_peek(reader->stream, sizeof(magic), &have, &fault);

	return head && have >= sizeof(magic) && !memcmp(head, magic, sizeof(magic));
}

static int open_archive(struct reader *reader)
{
	struct archive *archive = reader->archive = archive_read_new();

	if (!archive)
		return fault_memory(reader->fault);
	archive_read_support_filter_zstd(archive);
	archive_read_support_format_tar(archive);
	if (archive_read_open(archive, reader, NULL, read_archive_input, NULL) != ARCHIVE_OK)
		return set_read_fault(reader, reader->is_zstd ? FAULT_CUT : FAULT_FORMAT);
	return 0;
}

/* Hash the data of an entry, and copy it to keep as far as there is room. */
static int read_data(struct reader *reader, struct member *member, char *keep, size_t room)
{
	struct digest digest;
	size_t kept = 0;

	digest_start(&digest);
	for (;;) {
		char piece[16384];
		la_ssize_t size = archive_read_data(reader->archive, piece, sizeof(piece));

		if (size < 0)
			return set_read_fault(reader, FAULT_CUT);
		if (!size)
			break;
		digest_add(&digest, piece, (size_t)size);
		member->size += (uint64_t)size;
		if (kept < room && (size_t)size <= room - kept) {
			memcpy(keep + kept, piece, (size_t)size);
			kept += (size_t)size;
		}
	}
	digest_end(&digest, member->hash);
	return 0;
}

static int read_manifest(struct reader *reader)
{
	struct member manifest = { .name = MANIFEST };
	int status;

	if (reader->manifest)
		return fault_set(reader->fault, FAULT_FORMAT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "has more than one manifest");
	reader->manifest = calloc(1, MANIFEST_MAX + 1);
	if (!reader->manifest)
		return fault_memory(reader->fault);
	status = read_data(reader, &manifest, reader->manifest, MANIFEST_MAX);
	if (!status && manifest.size > MANIFEST_MAX)
		return fault_set(reader->fault, FAULT_FORMAT, FAULT_NOWHERE, FAULT_NOWHERE, "its manifest is too long");
	return status;
}

static int read_entry(struct reader *reader, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry), *slash = path ? strrchr(path, '/') : NULL;
	const char *name = slash ? slash + 1 : path;
	struct member *member;

	if (archive_entry_filetype(entry) != AE_IFREG || !name)
		return 0;
	if (!strcmp(name, MANIFEST))
		return read_manifest(reader);
	member = add_bundled_file(&reader->members, name, reader->fault);
	return member ? read_data(reader, member, NULL, 0) : -reader->fault->code;
}

static int read_entries(struct reader *reader)
{
	bool any = false;

	for (;;) {
		struct archive_entry *entry;
		int status = archive_read_next_header(reader->archive, &entry);

		if (status == ARCHIVE_EOF)
			break;
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return set_read_fault(reader, any || reader->is_zstd ? FAULT_CUT : FAULT_FORMAT);
		any = true;
		status = read_entry(reader, entry);
		if (status)
			return status;
	}
	if (!reader->manifest)
		return fault_set(reader->fault, any ? FAULT_CUT : FAULT_FORMAT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "has no manifest: it is not a bundle, or is truncated");
	return 0;
}

static void report_difference(struct findings *findings, const char *name, const char *what)
{
	struct fault fault;

	fault_set(&fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE, "%s: %s", name, what);
	findings_add(findings, &fault);
}

/* Compare a file with its line "HASH  NAME" and with the size, which is on the line before it. */
static void compare_file(struct reader *reader, char *line, uint64_t size, struct findings *findings)
{
	char *name = line + DIGEST_TEXT - 1 + 2;
	struct member *member;

	if (strlen(line) < DIGEST_TEXT + 2) {
		report_difference(findings, MANIFEST, "a line is invalid");
		return;
	}
	line[DIGEST_TEXT - 1] = 0;
	member = find_bundled_file(&reader->members, name);
	if (!member) {
		report_difference(findings, name, "is in the manifest, but not in the bundle");
		return;
	}
	member->seen = true;
	if (member->size != size)
		report_difference(findings, name, "does not have the size in the manifest");
	else if (strcmp(member->hash, line))
		report_difference(findings, name, "has changed: its SHA-256 differs");
}

static int compare_with_manifest(struct reader *reader, struct findings *findings, struct bundle_total *total)
{
	char *save = NULL, *line = strtok_r(reader->manifest, "\n", &save);
	uint64_t size = 0;

	if (!line || strcmp(line, TITLE))
		return fault_set(reader->fault, FAULT_FORMAT, FAULT_NOWHERE, FAULT_NOWHERE,
				 "its manifest is not that of a bundle");
	while ((line = strtok_r(NULL, "\n", &save))) {
		if (line[0] != '#')
			compare_file(reader, line, size, findings);
		else if (!strncmp(line, "# left out: ", 12))
			total->left_out++;
		else
			size = strtoull(line + 1, NULL, 10);
	}
	for (size_t i = 0; i < reader->members.count; i++) {
		const struct member *member = &reader->members.member[i];

		if (!member->seen)
			report_difference(findings, member->name, "is in the bundle, but not in the manifest");
		total->files++;
		total->bytes += member->size;
	}
	return 0;
}

int bundle_verify(struct stream *stream, struct findings *findings, struct bundle_total *total, struct fault *fault)
{
	struct reader reader = { .stream = stream, .fault = fault };
	int status;

	*total = (struct bundle_total){ 0 };
	fault->code = 0;
	reader.is_zstd = is_zstd(&reader);
	status = open_archive(&reader);
	if (!status)
		status = read_entries(&reader);
	if (!status)
		status = compare_with_manifest(&reader, findings, total);
	archive_read_free(reader.archive);
	free(reader.members.member);
	free(reader.manifest);
	return status;
}
