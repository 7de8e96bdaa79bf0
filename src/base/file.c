/* SPDX-License-Identifier: MIT */
/*
 * Reading: a regular file is mapped over the front of an anonymous mapping one byte longer, so that
 * a NUL follows whatever its size. The mapping is private and writable: a reader may blank out
 * parts of its text in place.
 *
 * Writing: what is no regular file (a pipe, /dev/null) is written directly, for renaming would put
 * a file in its place. All else goes to a temporary first.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/text.h"

static bool fail(struct diag *diag, const char *what, const char *path)
{
	return diag_system(diag, "cannot %s '%s': %s", what, path, strerror(errno));
}

static size_t mapped_size(size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (len / page + 1) * page;
}

static bool map(int fd, size_t len, struct file_text *out)
{
	int prot = PROT_READ | PROT_WRITE;
	char *at = mmap(NULL, mapped_size(len), prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return false;
	if (mmap(at, len, prot, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED) {
		munmap(at, mapped_size(len));
		return false;
	}
	*out = (struct file_text){.at = at, .len = len, .mapped = true};
	return true;
}

static bool read_all(int fd, struct file_text *out)
{
	struct text text = {0};
	char buf[1 << 16];
	ssize_t n;

	text_add_len(&text, "", 0);
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n > 0) {
			text_add_len(&text, buf, (size_t)n);
		} else if (errno != EINTR) {
			text_fini(&text);
			return false;
		}
	}
	*out = (struct file_text){.at = text.at, .len = text.len};
	return true;
}

/* Files of size 0 are read: those in /proc claim it. What cannot be mapped may still be read. */
static bool read_fd(int fd, struct file_text *out)
{
	struct stat st;

	if (fstat(fd, &st))
		return false;
	if (S_ISREG(st.st_mode) && st.st_size > 0 && map(fd, (size_t)st.st_size, out))
		return true;
	return read_all(fd, out);
}

bool file_read(struct diag *diag, const char *path, struct file_text *out)
{
	*out = (struct file_text){0};
	if (!strcmp(path, "-"))
		return read_all(STDIN_FILENO, out) || fail(diag, "read", "standard input");

	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail(diag, "open", path);

	bool ok = read_fd(fd, out) || fail(diag, "read", path);

	close(fd);
	return ok;
}

void file_text_fini(struct file_text *text)
{
	if (text->mapped)
		munmap(text->at, mapped_size(text->len));
	else
		free(text->at);
	*text = (struct file_text){0};
}

static char *copy_string(const char *s)
{
	char *copy = strdup(s);

	if (!copy)
		die("out of memory: a path of %zu bytes", strlen(s));
	return copy;
}

/*
 * Finds a new name beside out->path: for @fd, a file that has none yet, or (-1) for one that is
 * opened under it. open() itself applies the umask, which mkstemp would not; the process id keeps
 * writers apart, the number what they left behind. Returns the file, or -1.
 */
static int name_temp(struct file_out *out, int fd)
{
	enum { TRIES = 10000 };
	struct text name = {0};
	char self[32];
	int named = -1;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	for (int i = 0; i < TRIES; i++) {
		text_clear(&name);
		text_printf(&name, "%s.%ld-%d.tmp", out->path, (long)getpid(), i);
		if (fd < 0)
			named = open(name.at, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		else if (!linkat(AT_FDCWD, self, AT_FDCWD, name.at, AT_SYMLINK_FOLLOW))
			named = fd;
		if (named >= 0 || errno != EEXIST)
			break;
	}
	if (named < 0 && fd >= 0) {
		text_fini(&name);
		return -1;
	}
	out->temp = name.at; /* the text's memory goes on as the name */
	return named;
}

/*
 * A file without a name, where the file system has such: it goes away with its writer, however that
 * ends. It gets its name when it is whole, through /proc.
 */
static int open_unnamed(const struct file_out *out)
{
	const char *slash = strrchr(out->path, '/');
	char *dir;
	int fd;

	if (access("/proc/self/fd", X_OK))
		return -1;
	dir = slash ? strndup(out->path, (size_t)(slash - out->path) + 1) : copy_string(".");
	if (!dir)
		die("out of memory: a path");
	fd = open(dir, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
	free(dir);
	return fd;
}

static int open_temp(struct file_out *out)
{
	int fd = open_unnamed(out);

	out->unnamed = fd >= 0;
	return fd >= 0 ? fd : name_temp(out, -1);
}

/* A symbolic link stays one: what it points to is written. */
static char *resolve(const char *path)
{
	struct stat st;
	char *real = NULL;

	if (!lstat(path, &st) && S_ISLNK(st.st_mode))
		real = realpath(path, NULL);
	return real ? real : copy_string(path);
}

static void forget(struct file_out *out)
{
	free(out->path);
	free(out->temp);
	*out = (struct file_out){0};
}

static bool open_fail(struct diag *diag, const char *path, struct file_out *out)
{
	fail(diag, "write", path);
	forget(out);
	return false;
}

bool file_out_open(struct diag *diag, const char *path, struct file_out *out)
{
	struct stat st;
	int fd;

	*out = (struct file_out){0};
	if (!strcmp(path, "-")) {
		out->stream = stdout;
		return true;
	}
	out->path = resolve(path);
	if (!stat(out->path, &st) && !S_ISREG(st.st_mode))
		fd = open(out->path, O_WRONLY | O_CLOEXEC);
	else
		fd = open_temp(out);
	if (fd < 0) {
		free(out->temp);
		out->temp = NULL;
		return open_fail(diag, path, out);
	}
	out->stream = fdopen(fd, "w");
	if (!out->stream)
		die("out of memory: a stream for '%s'", path);
	return true;
}

bool file_flush(FILE *stream)
{
	errno = 0;
	if (!fflush(stream) && !ferror(stream))
		return true;
	if (!errno && write(fileno(stream), "\n", 1) >= 0)
		errno = EIO;
	return false;
}

bool file_out_commit(struct diag *diag, struct file_out *out)
{
	ensure(out->stream);

	const char *shown = out->path ? out->path : "standard output";

	if (!file_flush(out->stream)) {
		fail(diag, "write", shown);
		file_out_abort(out);
		return false;
	}
	if (!out->path) {
		*out = (struct file_out){0};
		return true;
	}

	bool ok = !out->unnamed || name_temp(out, fileno(out->stream)) >= 0;

	ok = !fclose(out->stream) && ok && (!out->temp || !rename(out->temp, out->path));

	out->stream = NULL;
	if (!ok)
		fail(diag, "write", shown);
	if (ok)
		forget(out);
	else
		file_out_abort(out);
	return ok;
}

void file_out_abort(struct file_out *out)
{
	if (out->stream && out->path)
		fclose(out->stream);
	if (out->temp)
		unlink(out->temp);
	forget(out);
}

bool file_write(struct diag *diag, const char *path, const char *text, size_t len)
{
	struct file_out out;

	if (!file_out_open(diag, path, &out))
		return false;
	fwrite(text, 1, len, out.stream); /* commit sees a failure */
	return file_out_commit(diag, &out);
}

/* Any refusal is fine if the directory is there: "/" and a read-only parent give other errors. */
static bool make_one_dir(const char *path)
{
	struct stat st;

	if (!mkdir(path, 0777))
		return true;

	int why = errno;

	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return true;
	errno = why;
	return false;
}

bool file_make_dir(struct diag *diag, const char *path)
{
	char *prefix = copy_string(path);
	bool ok = true;

	for (char *p = prefix; ok && *p; p++) {
		if (*p != '/' || p == prefix)
			continue;
		*p = '\0';
		ok = make_one_dir(prefix);
		*p = '/';
	}
	ok = (ok && make_one_dir(path)) || fail(diag, "create directory", path);
	free(prefix);
	return ok;
}
