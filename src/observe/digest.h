/* SPDX-License-Identifier: MIT */
/*
 * The fingerprint of a run: XXH3-64 over the little-endian bytes of its records.
 *
 * The same whatever other sinks exist and on every machine. Kinds that only some observers ask for
 * (IRQ, RUNTIME, VRUNTIME, SIGNAL_*) are left out, and name ids, which depend on what else was
 * interned, are replaced by hashes of their texts.
 */
#ifndef OSSIM_OBSERVE_DIGEST_H
#define OSSIM_OBSERVE_DIGEST_H

#include "base/names.h"
#include "trace/stream.h"

struct digest;

struct digest *digest_new(const struct names *names);
void digest_free(struct digest *digest);
struct sink digest_sink(struct digest *digest);
/* Of all records so far. */
u64 digest_value(const struct digest *digest);

#endif
