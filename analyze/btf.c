/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parser of BTF: a list of types, which refer to each other by number, and their names. Nothing in it is trusted:
 * every length and offset is checked against the bytes that are there, and chains of types and nested structs are
 * followed to a limit. It relies on dump/memory.h and on the kernel's symbols, which say where BTF is.
 */
#include <stdlib.h>
#include <string.h>

#include "analyze/btf.h"
#include "dump/memory.h"
#include "lkcd/endian.h"

#define MAGIC 0xeb9f
#define HEADER 24 /* bytes of the header that every version has */
#define PIECE (64u << 10)
#define DEPTH_MAX 16          /* of chains of typedefs, and of unnamed structs inside each other */
#define VISITS_MAX (1u << 20) /* members visited in one search: damaged structs may contain themselves */

enum kind {
	KIND_INT = 1,
	KIND_PTR,
	KIND_ARRAY,
	KIND_STRUCT,
	KIND_UNION,
	KIND_ENUM,
	KIND_FWD,
	KIND_TYPEDEF,
	KIND_VOLATILE,
	KIND_CONST,
	KIND_RESTRICT,
	KIND_FUNC,
	KIND_FUNC_PROTO,
	KIND_VAR,
	KIND_DATASEC,
	KIND_FLOAT,
	KIND_DECL_TAG,
	KIND_TYPE_TAG,
	KIND_ENUM64,
	KINDS
};

/* Bytes after the 12 that every type has: a fixed number, and a number for each of its members. */
static const struct {
	uint8_t once, each;
} extra[KINDS] = {
	[KIND_INT] = { 4, 0 },      [KIND_ARRAY] = { 12, 0 },     [KIND_STRUCT] = { 0, 12 }, [KIND_UNION] = { 0, 12 },
	[KIND_ENUM] = { 0, 8 },     [KIND_FUNC_PROTO] = { 0, 8 }, [KIND_VAR] = { 4, 0 },     [KIND_DATASEC] = { 0, 12 },
	[KIND_DECL_TAG] = { 4, 0 }, [KIND_ENUM64] = { 0, 12 },
};

struct btf {
	unsigned char *bytes;
	size_t size;
	bool big_endian;
	const unsigned char *types;
	size_t types_size;
	const char *names; /* the last byte is NUL */
	size_t names_size;
	uint32_t *at; /* offset in types of each type; at[0] is type number 1 */
	uint32_t count;
};

/* A parsed type. */
struct type {
	const char *name;
	unsigned kind, members;
	bool has_bits; /* its members store their number of bits */
	uint32_t size; /* bytes, or the number of the type that it refers to */
	const unsigned char *more;
};

static int reject_types(struct fault *fault)
{
	return fault_set(fault, FAULT_DAMAGED, FAULT_NOWHERE, FAULT_NOWHERE, "the kernel's types are damaged");
}

static const char *get_name(const struct btf *btf, uint32_t at)
{
	return at < btf->names_size ? btf->names + at : "";
}

/* Parse the type at an offset of btf->types; *size: its bytes. False: it is unknown, or does not fit. */
static bool parse_type(const struct btf *btf, size_t at, struct type *type, size_t *size)
{
	const unsigned char *from = btf->types + at;
	size_t left = btf->types_size - at;
	uint32_t fields;

	if (left < 12)
		return false;
	fields = get32(from + 4, btf->big_endian);
	*type = (struct type){
		.name = get_name(btf, get32(from, btf->big_endian)),
		.kind = fields >> 24 & 31,
		.members = fields & 0xffff,
		.has_bits = fields >> 31,
		.size = get32(from + 8, btf->big_endian),
		.more = from + 12,
	};
	if (!type->kind || type->kind >= KINDS)
		return false;
	*size = 12 + extra[type->kind].once + (size_t)extra[type->kind].each * type->members;
	return *size <= left;
}

/* False: there is no type of that number. */
static bool find_type(const struct btf *btf, uint32_t number, struct type *type)
{
	size_t size;

	return number && number <= btf->count && parse_type(btf, btf->at[number - 1], type, &size);
}

/* Number the types. The first one of an unknown kind ends the list: its size is unknown. */
static int number_types(struct btf *btf, struct fault *fault)
{
	struct type type;
	size_t size;

	for (size_t at = 0; at < btf->types_size && parse_type(btf, at, &type, &size); at += size)
		btf->count++;
	btf->at = calloc(btf->count + 1, sizeof(*btf->at));
	if (!btf->at)
		return fault_memory(fault);
	for (size_t at = 0, n = 0; n < btf->count && parse_type(btf, at, &type, &size); at += size)
		btf->at[n++] = (uint32_t)at;
	return 0;
}

/* The size that the header at head (have bytes) claims. 0: it is not BTF, or larger than room. */
static size_t measure_btf(const unsigned char *head, size_t have, size_t room, bool big)
{
	uint64_t header, types_end, names_end, end;

	if (have < HEADER || get16(head, big) != MAGIC || head[2] != 1)
		return 0;
	header = get32(head + 4, big);
	types_end = (uint64_t)get32(head + 8, big) + get32(head + 12, big);
	names_end = (uint64_t)get32(head + 16, big) + get32(head + 20, big);
	end = header + (types_end > names_end ? types_end : names_end);
	return header < HEADER || end > room || !get32(head + 20, big) ? 0 : (size_t)end;
}

/* bytes become part of the result; they are freed on failure. */
static struct btf *open_types(unsigned char *bytes, size_t size, bool big, struct fault *fault)
{
	struct btf *btf = calloc(1, sizeof(*btf));
	size_t header;

	if (!btf) {
		free(bytes);
		fault_memory(fault);
		return NULL;
	}
	header = get32(bytes + 4, big);
	btf->bytes = bytes;
	btf->size = size;
	btf->big_endian = big;
	btf->types = bytes + header + get32(bytes + 8, big);
	btf->types_size = get32(bytes + 12, big);
	btf->names = (const char *)bytes + header + get32(bytes + 16, big);
	btf->names_size = get32(bytes + 20, big);
	if (btf->names[btf->names_size - 1] || number_types(btf, fault)) {
		if (btf->names[btf->names_size - 1])
			reject_types(fault);
		btf_close(btf);
		return NULL;
	}
	return btf;
}

/* Read size bytes. The buffer grows as they arrive, because the claimed size may be wrong. */
static unsigned char *read_types(struct memory *memory, uint64_t at, size_t size, struct fault *fault)
{
	unsigned char *bytes = NULL;
	size_t have = 0;

	while (have < size) {
		size_t part = size - have < PIECE ? size - have : PIECE;
		unsigned char *grown = realloc(bytes, have + part);

		if (!grown)
			fault_memory(fault);
		if (!grown || memory_read(memory, at + have, grown + have, part, fault)) {
			free(grown ? grown : bytes);
			return NULL;
		}
		bytes = grown;
		have += part;
	}
	return bytes;
}

struct btf *btf_load(struct memory *memory, const struct symbols *symbols, struct fault *fault)
{
	bool big = memory_info(memory)->big_endian;
	unsigned char head[HEADER], *bytes;
	uint64_t start, stop;
	size_t size;

	if (!symbols || !symbols_find(symbols, "__start_BTF", &start) || !symbols_find(symbols, "__stop_BTF", &stop)) {
		fault_set(fault, FAULT_CANNOT, FAULT_NOWHERE, FAULT_NOWHERE,
			  symbols ? "the kernel was built without BTF"
				  : "their address is unknown without the kernel's symbols");
		return NULL;
	}
	if (memory_read(memory, start, head, sizeof(head), fault))
		return NULL;
	size = stop > start ? measure_btf(head, sizeof(head), stop - start < BTF_MAX ? stop - start : BTF_MAX, big) : 0;
	if (!size) {
		reject_types(fault);
		return NULL;
	}
	bytes = read_types(memory, start, size, fault);
	if (!bytes)
		return NULL;
	if (memcmp(bytes, head, sizeof(head))) { /* live memory (/proc/kcore) may have changed between the two reads */
		free(bytes);
		reject_types(fault);
		return NULL;
	}
	return open_types(bytes, size, big, fault);
}

static struct btf *load_stream_types(struct stream *stream, struct fault *fault)
{
	bool big = __BYTE_ORDER == __BIG_ENDIAN;
	const unsigned char *head;
	unsigned char *bytes;
	size_t have, size;

	head = stream_peek(stream, BTF_MAX, &have, fault);
	if (!head)
		return NULL;
	size = measure_btf(head, have, have, big);
	if (!size) {
		fault_set(fault, FAULT_FORMAT, 0, FAULT_NOWHERE, "is not BTF");
		return NULL;
	}
	bytes = malloc(size);
	if (!bytes) {
		fault_memory(fault);
		return NULL;
	}
	memcpy(bytes, head, size);
	return open_types(bytes, size, big, fault);
}

struct btf *btf_load_file(const char *path, struct fault *fault)
{
	struct stream *stream = stream_open(path, fault);
	struct btf *btf = stream ? load_stream_types(stream, fault) : NULL;

	stream_close(stream);
	return btf;
}

void btf_close(struct btf *btf)
{
	if (!btf)
		return;
	free(btf->bytes);
	free(btf->at);
	free(btf);
}

const void *btf_bytes(const struct btf *btf, size_t *size)
{
	*size = btf->size;
	return btf->bytes;
}

/* Follow typedefs and qualifiers to the type itself. */
static bool resolve_type(const struct btf *btf, uint32_t number, struct type *type)
{
	for (unsigned i = 0; i < DEPTH_MAX; i++) {
		if (!find_type(btf, number, type))
			return false;
		if (type->kind != KIND_TYPEDEF && type->kind != KIND_VOLATILE && type->kind != KIND_CONST &&
		    type->kind != KIND_RESTRICT && type->kind != KIND_TYPE_TAG)
			return true;
		number = type->size;
	}
	return false;
}

static bool is_struct(const struct type *type)
{
	return type->kind == KIND_STRUCT || type->kind == KIND_UNION;
}

static uint32_t measure_type(const struct btf *btf, const struct type *type)
{
	struct type element;
	uint64_t size;

	if (type->kind != KIND_ARRAY)
		return is_struct(type) || type->kind == KIND_INT || type->kind == KIND_ENUM ? type->size : 0;
	if (!resolve_type(btf, get32(type->more, btf->big_endian), &element) ||
	    (!is_struct(&element) && element.kind != KIND_INT))
		return 0;
	size = (uint64_t)element.size * get32(type->more + 8, btf->big_endian);
	return size <= UINT32_MAX ? (uint32_t)size : 0;
}

/*
 * Find a member by its name of size bytes, in a struct or in the unnamed structs inside it. *found: its type. Each
 * member that is visited costs one of *visits.
 */
static bool find_struct_member(const struct btf *btf, const struct type *type, const char *name, size_t size,
			       unsigned depth, uint32_t *visits, struct btf_field *field, struct type *found)
{
	for (unsigned i = 0; i < type->members && *visits; i++) {
		const unsigned char *member = type->more + 12 * (size_t)i;
		const char *its_name = get_name(btf, get32(member, btf->big_endian));
		uint32_t offset = get32(member + 8, btf->big_endian), before = field->offset;
		bool same = !strncmp(its_name, name, size) && !its_name[size];

		--*visits;
		if ((!same && *its_name) || !resolve_type(btf, get32(member + 4, btf->big_endian), found))
			continue;
		field->bits = type->has_bits ? offset >> 24 : 0;
		field->offset += type->has_bits ? offset & 0xffffff : offset;
		if (same)
			return true;
		if (depth && is_struct(found)) {
			struct type inner = *found;

			if (find_struct_member(btf, &inner, name, size, depth - 1, visits, field, found))
				return true;
		}
		field->offset = before;
	}
	return false;
}

static bool find_struct(const struct btf *btf, const char *name, struct type *type)
{
	for (uint32_t n = 1; n <= btf->count; n++)
		if (find_type(btf, n, type) && is_struct(type) && !strcmp(type->name, name))
			return true;
	return false;
}

bool btf_member(const struct btf *btf, const char *type, const char *path, struct btf_field *field)
{
	struct type outer, found;
	uint32_t visits = VISITS_MAX;

	*field = (struct btf_field){ 0 };
	if (!btf || !find_struct(btf, type, &outer))
		return false;
	for (;;) {
		size_t size = strcspn(path, ".");

		if (!is_struct(&outer) ||
		    !find_struct_member(btf, &outer, path, size, DEPTH_MAX, &visits, field, &found))
			return false;
		if (!path[size])
			break;
		path += size + 1;
		outer = found;
	}
	field->size = measure_type(btf, &found);
	return true;
}
