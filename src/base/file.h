/* SPDX-License-Identifier: MIT */
/* Read whole inputs, write outputs atomically. */
#ifndef OSSIM_BASE_FILE_H
#define OSSIM_BASE_FILE_H

#include "base/types.h"
#include "base/diag.h"
#include <stdio.h>

/* Contents are followed by a NUL that is not counted. */
struct file_text {
	char *at;
	size_t len;
	bool mapped;
};

/* "-" reads stdin. A regular file is mapped, anything else read to its end. */
must_check bool file_read(struct diag *diag, const char *path, struct file_text *out);
void file_text_fini(struct file_text *text);

/*
 * A file that appears whole or not at all: written to a temporary beside it, which has no name
 * where the file system allows that, and renamed at commit. "-" writes to stdout. file_out_abort
 * removes the temporary.
 */
struct file_out {
	FILE *stream;
	char *path, *temp;
	bool unnamed; /* it has no name until it is whole */
};

must_check bool file_out_open(struct diag *diag, const char *path, struct file_out *out);
must_check bool file_out_commit(struct diag *diag, struct file_out *out);
void file_out_abort(struct file_out *out);
/*
 * Is all that was written to @stream with the system? If not, errno tells why. The reason of an
 * earlier failure is gone with its call: one byte more is written to ask again.
 */
must_check bool file_flush(FILE *stream);
must_check bool file_write(struct diag *diag, const char *path, const char *text, size_t len);
/* mkdir -p; an existing directory is fine. */
must_check bool file_make_dir(struct diag *diag, const char *path);

#endif
