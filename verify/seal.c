/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes and checks the checksum file of a sealed dump; seal.h describes its format. It relies on dump/sweep.h to
 * compute the sums of pieces in threads. The checksum file has checksums itself, so its damage is not blamed on the
 * dump.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dump/crc32c.h"
#include "dump/sweep.h"
#include "lkcd/endian.h"
#include "lkcd/output.h"
#include "verify/seal.h"

#define VERSION 1
#define HEAD 40
#define PIECE (64u << 10)
#define BLOCK (8 * PIECE)
#define PIECES_MAX (UINT64_C(1) << 32) /* 256 TiB */
#define PART (64u << 10)

static const char magic[8] = "LKCDSUMS";

struct seal {
	uint64_t length, pieces;
	unsigned char *sums;   /* 4 bytes for each piece */
	unsigned char *broken; /* one bit a piece; NULL before seal_check */
};

/* A sweep over the pieces of a file, which stores their sums. */
struct summing {
	struct sweep sweep;
	unsigned char *sums;
};

static bool sum_block(struct sweep *sweep, struct sweep_block *block)
{
	unsigned char *to = ((struct summing *)sweep)->sums + block->offset / PIECE * 4;

	for (size_t at = 0; at < block->size; at += PIECE, to += 4) {
		size_t size = block->size - at < PIECE ? block->size - at : PIECE;

		put32(to, false, crc32c(0, block->data + at, size));
	}
	return true;
}

/* Compute the sums of the first length bytes, which must be in the file. The caller frees them. */
static unsigned char *compute_sums(struct stream *stream, uint64_t length, unsigned threads, struct fault *fault)
{
	uint64_t pieces = length / PIECE + (length % PIECE != 0);
	struct summing summing = { .sweep = { stream, 0, length, BLOCK, 0, threads, NULL, sum_block } };

	summing.sums = malloc(4 * pieces + 4);
	if (!summing.sums) {
		fault_memory(fault);
		return NULL;
	}
	if (sweep_run(&summing.sweep, fault) >= 0)
		return summing.sums;
	free(summing.sums);
	return NULL;
}

static int check_sealable(struct stream *stream, struct fault *fault)
{
	uint64_t size = stream_size(stream);

	if (stream_seekable(stream) && size && size != STREAM_SIZE_UNKNOWN && size / PIECE < PIECES_MAX)
		return 0;
	return fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
			 "only a file that is not empty can be sealed");
}

int seal_write(struct stream *stream, const char *path, unsigned threads, struct fault *fault)
{
	uint64_t size = stream_size(stream), pieces = size / PIECE + (size % PIECE != 0);
	unsigned char head[HEAD] = { 0 }, *sums;
	struct output *output;
	int status = check_sealable(stream, fault);

	if (status)
		return status;
	sums = compute_sums(stream, size, threads, fault);
	if (!sums)
		return -fault->code;
	memcpy(head, magic, sizeof(magic));
	put32(head + 8, false, VERSION);
	put32(head + 12, false, PIECE);
	put64(head + 16, false, size);
	put64(head + 24, false, pieces);
	put32(head + 36, false, crc32c(0, head, 36));
	put32(sums + 4 * pieces, false, crc32c(0, sums, 4 * pieces));
	output = output_open(path, fault);
	status = output ? output_write(output, head, sizeof(head), fault) : -fault->code;
	if (!status)
		status = output_write(output, sums, 4 * pieces + 4, fault);
	if (!status)
		status = output_commit(output, fault);
	output_close(output);
	free(sums);
	return status;
}

static int report_damaged_seal(struct fault *fault, uint64_t offset)
{
	fault_set(fault, FAULT_DAMAGED, offset, FAULT_NOWHERE,
		  "the checksum file is damaged: seal the dump again, if you know that it is whole");
	return fault_mark(fault, RULE_SEAL, 0, 0);
}

/* The buffer grows as bytes arrive, because the claimed length may be wrong. */
static int read_sums(struct seal *seal, struct stream *stream, struct fault *fault)
{
	uint64_t size = 4 * seal->pieces + 4;
	const unsigned char *at;
	size_t have;

	for (uint64_t got = 0; got < size;) {
		size_t part = size - got < PART ? (size_t)(size - got) : PART;
		unsigned char *grown = realloc(seal->sums, (size_t)got + part);

		if (!grown)
			return fault_memory(fault);
		seal->sums = grown;
		if (stream_read(stream, grown + got, part, fault))
			return fault->code == FAULT_CUT ? report_damaged_seal(fault, HEAD + got) : -fault->code;
		got += part;
	}
	at = stream_peek(stream, 1, &have, fault);
	if (!at)
		return -FAULT_READ;
	if (have || crc32c(0, seal->sums, 4 * seal->pieces) != get32(seal->sums + 4 * seal->pieces, false))
		return report_damaged_seal(fault, HEAD);
	return 0;
}

static int read_seal(struct seal *seal, struct stream *stream, struct fault *fault)
{
	unsigned char head[HEAD];

	if (stream_read(stream, head, sizeof(head), fault))
		return fault->code == FAULT_CUT ? report_damaged_seal(fault, 0) : -fault->code;
	seal->length = get64(head + 16, false);
	seal->pieces = get64(head + 24, false);
	if (memcmp(head, magic, sizeof(magic)) || get32(head + 36, false) != crc32c(0, head, 36) ||
	    get32(head + 8, false) != VERSION || get32(head + 12, false) != PIECE ||
	    seal->pieces != seal->length / PIECE + (seal->length % PIECE != 0) || seal->pieces > PIECES_MAX)
		return report_damaged_seal(fault, 0);
	return read_sums(seal, stream, fault);
}

struct seal *seal_read(const char *path, struct fault *fault)
{
	struct seal *seal;
	struct stream *stream;
	int status;

	fault->code = 0;
	if (access(path, F_OK) && errno == ENOENT)
		return NULL;
	stream = stream_open(path, fault);
	if (!stream)
		return NULL;
	seal = calloc(1, sizeof(*seal));
	status = seal ? read_seal(seal, stream, fault) : fault_memory(fault);
	stream_close(stream);
	if (!status)
		return seal;
	seal_free(seal);
	return NULL;
}

void seal_free(struct seal *seal)
{
	if (!seal)
		return;
	free(seal->sums);
	free(seal->broken);
	free(seal);
}

static void report_piece(const struct seal *seal, uint64_t piece, struct findings *findings)
{
	uint64_t offset = piece * PIECE, left = seal->length - offset;
	struct fault fault;

	fault_set(&fault, FAULT_DAMAGED, offset, FAULT_NOWHERE, "these bytes have changed since the file was sealed");
	fault_mark(&fault, RULE_SUM, 0, left < PIECE ? left : PIECE);
	findings_add(findings, &fault);
}

/* Compare pieces. Those that the file does not have completely count as broken, but only its length is a finding. */
static int compare_pieces(struct seal *seal, const unsigned char *sums, uint64_t there, struct findings *findings)
{
	uint64_t whole = there == seal->length ? seal->pieces : there / PIECE;

	for (uint64_t i = 0; i < seal->pieces; i++) {
		if (i < whole && !memcmp(sums + 4 * i, seal->sums + 4 * i, 4))
			continue;
		seal->broken[i / 8] |= (unsigned char)(1 << i % 8);
		if (i < whole)
			report_piece(seal, i, findings);
	}
	return 0;
}

int seal_check(struct seal *seal, struct stream *stream, unsigned threads, struct findings *findings,
	       struct fault *fault)
{
	uint64_t size = stream_size(stream), there = size < seal->length ? size : seal->length;
	unsigned char *sums;
	int status;

	seal->broken = calloc(1, (size_t)(seal->pieces / 8) + 1);
	if (!seal->broken)
		return fault_memory(fault);
	if (size != seal->length) {
		fault_set(fault, FAULT_DAMAGED, there, FAULT_NOWHERE,
			  "the file has %" PRIu64 " bytes, and had %" PRIu64 " when it was sealed", size, seal->length);
		fault_mark(fault, RULE_LENGTH, 0, 0);
		findings_add(findings, fault);
	}
	sums = compute_sums(stream, there, threads, fault);
	if (!sums)
		return -fault->code;
	status = compare_pieces(seal, sums, there, findings);
	free(sums);
	return status;
}

bool seal_is_broken(const struct seal *seal, uint64_t offset, uint64_t size)
{
	if (!size || offset > seal->length || size > seal->length - offset)
		return size != 0;
	for (uint64_t i = offset / PIECE; i <= (offset + size - 1) / PIECE; i++)
		if (seal->broken[i / 8] >> i % 8 & 1)
			return true;
	return false;
}
