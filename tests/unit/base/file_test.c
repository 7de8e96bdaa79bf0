/* SPDX-License-Identifier: MIT */
/* Files: read with a NUL behind them, written whole or not at all. */
#include "base/file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* A directory of its own for each test, removed with all that is in it (one level deep). */
struct fixture {
	struct diag *diag;
	char dir[32], path[64];
};

static void fixture_init(struct fixture *f)
{
	f->diag = diag_new();
	strcpy(f->dir, "/tmp/ossim-file-XXXXXX");
	cr_assert_not_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/out", f->dir);
}

static u32 nr_entries(const struct fixture *f)
{
	DIR *dir = opendir(f->dir);
	u32 n = 0;

	for (const struct dirent *entry; (entry = readdir(dir));)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static void fixture_fini(struct fixture *f)
{
	DIR *dir = opendir(f->dir);
	char path[400];

	for (const struct dirent *entry; (entry = readdir(dir));) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, entry->d_name);
		unlink(path);
	}
	closedir(dir);
	rmdir(f->dir);
	diag_free(f->diag);
}

static void check_content(struct fixture *f, const char *path, const char *expected, size_t len)
{
	struct file_text text;

	cr_assert(file_read(f->diag, path, &text));
	cr_assert_eq(text.len, len);
	cr_assert_eq(memcmp(text.at, expected, len), 0);
	cr_assert_eq(text.at[len], '\0');
	file_text_fini(&text);
	cr_assert_null(text.at);
}

Test(file, what_was_written_is_read_with_a_nul_behind)
{
	static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 8192, 300000};
	static char content[300000];
	struct fixture f;

	fixture_init(&f);
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (char)('a' + i % 23);
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		cr_assert(file_write(f.diag, f.path, content, sizes[i]));
		check_content(&f, f.path, content, sizes[i]);
	}
	cr_assert_eq(nr_entries(&f), 1);
	fixture_fini(&f);
}

Test(file, text_may_be_changed_in_place_without_changing_the_file)
{
	struct fixture f;
	struct file_text text;

	fixture_init(&f);
	cr_assert(file_write(f.diag, f.path, "abc", 3));
	cr_assert(file_read(f.diag, f.path, &text));
	text.at[1] = ' ';
	file_text_fini(&text);
	check_content(&f, f.path, "abc", 3);
	fixture_fini(&f);
}

Test(file, files_that_claim_no_size_are_read_to_their_end)
{
	struct fixture f;
	struct file_text text;

	fixture_init(&f);
	cr_assert(file_read(f.diag, "/proc/self/status", &text));
	cr_assert_gt(text.len, 0);
	cr_assert_not(text.mapped);
	cr_assert_eq(strlen(text.at), text.len);
	file_text_fini(&text);
	fixture_fini(&f);
}

Test(file, a_dash_is_standard_input)
{
	struct fixture f;
	int fds[2];

	fixture_init(&f);
	cr_assert_eq(pipe(fds), 0);
	cr_assert_eq(write(fds[1], "from a pipe", 11), 11);
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	check_content(&f, "-", "from a pipe", 11);
	fixture_fini(&f);
}

Test(file, what_cannot_be_read_is_a_system_error_with_its_reason)
{
	struct fixture f;
	struct file_text text;
	struct text out = {0};

	fixture_init(&f);
	cr_assert_not(file_read(f.diag, f.path, &text));
	cr_assert_not(file_read(f.diag, f.dir, &text));
	cr_assert(diag_has_system_error(f.diag));
	diag_to_text(f.diag, &out);
	cr_assert(strstr(out.at, "cannot open '"), "%s", out.at);
	cr_assert(strstr(out.at, "No such file"), "%s", out.at);
	cr_assert(strstr(out.at, "Is a directory"), "%s", out.at);
	text_fini(&out);
	fixture_fini(&f);
}

Test(file, nothing_appears_before_the_commit)
{
	struct fixture f;
	struct file_out out;

	fixture_init(&f);
	cr_assert(file_write(f.diag, f.path, "old", 3));
	cr_assert(file_out_open(f.diag, f.path, &out));
	fputs("new", out.stream);
	fflush(out.stream);
	check_content(&f, f.path, "old", 3);
	cr_assert(file_out_commit(f.diag, &out));
	check_content(&f, f.path, "new", 3);
	cr_assert_eq(nr_entries(&f), 1);
	fixture_fini(&f);
}

Test(file, an_abort_leaves_no_trace)
{
	struct fixture f;
	struct file_out out;

	fixture_init(&f);
	cr_assert(file_out_open(f.diag, f.path, &out));
	fputs("half", out.stream);
	cr_assert_eq(nr_entries(&f), out.unnamed ? 0 : 1);
	file_out_abort(&out);
	cr_assert_eq(nr_entries(&f), 0);
	file_out_abort(&out); /* once more is harmless */
	fixture_fini(&f);
}

Test(file, two_writers_of_one_file_do_not_meet)
{
	struct fixture f;
	struct file_out a, b;

	fixture_init(&f);
	cr_assert(file_out_open(f.diag, f.path, &a));
	cr_assert(file_out_open(f.diag, f.path, &b));
	fputs("first", a.stream);
	fputs("second", b.stream);
	cr_assert(file_out_commit(f.diag, &a));
	cr_assert(file_out_commit(f.diag, &b));
	check_content(&f, f.path, "second", 6);
	cr_assert_eq(nr_entries(&f), 1);
	fixture_fini(&f);
}

Test(file, the_umask_decides_the_mode)
{
	struct fixture f;
	struct stat st;

	fixture_init(&f);
	umask(027);
	cr_assert(file_write(f.diag, f.path, "x", 1));
	cr_assert_eq(stat(f.path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0640);
	fixture_fini(&f);
}

Test(file, a_device_is_written_and_not_replaced)
{
	struct fixture f;
	struct stat st;

	fixture_init(&f);
	cr_assert(file_write(f.diag, "/dev/null", "x", 1));
	cr_assert_eq(stat("/dev/null", &st), 0);
	cr_assert(S_ISCHR(st.st_mode));
	fixture_fini(&f);
}

Test(file, a_symbolic_link_stays_one)
{
	struct fixture f;
	struct stat st;
	char link[64];

	fixture_init(&f);
	snprintf(link, sizeof(link), "%s/link", f.dir);
	cr_assert(file_write(f.diag, f.path, "old", 3));
	cr_assert_eq(symlink("out", link), 0);
	cr_assert(file_write(f.diag, link, "new", 3));
	cr_assert_eq(lstat(link, &st), 0);
	cr_assert(S_ISLNK(st.st_mode));
	check_content(&f, f.path, "new", 3);
	fixture_fini(&f);
}

Test(file, a_full_disk_is_reported)
{
	struct fixture f;
	static char content[100000];

	fixture_init(&f);
	cr_assert_not(file_write(f.diag, "/dev/full", content, sizeof(content)));
	cr_assert(diag_has_system_error(f.diag));
	fixture_fini(&f);
}

Test(file, a_directory_that_is_missing_or_in_the_way_is_reported)
{
	struct fixture f;
	char path[80];

	fixture_init(&f);
	snprintf(path, sizeof(path), "%s/no/out", f.dir);
	cr_assert_not(file_write(f.diag, path, "x", 1));
	cr_assert_not(file_write(f.diag, f.dir, "x", 1));
	cr_assert_eq(diag_errors(f.diag), 2);
	fixture_fini(&f);
}

Test(file, directories_are_made_with_their_parents)
{
	struct fixture f;
	struct stat st;
	char deep[80], parent[64];

	fixture_init(&f);
	snprintf(parent, sizeof(parent), "%s/a", f.dir);
	snprintf(deep, sizeof(deep), "%s/a//b/", f.dir);
	cr_assert(file_make_dir(f.diag, deep));
	cr_assert(file_make_dir(f.diag, deep));
	cr_assert(file_make_dir(f.diag, "/"));
	cr_assert_eq(stat(deep, &st), 0);
	cr_assert(S_ISDIR(st.st_mode));

	cr_assert(file_write(f.diag, f.path, "x", 1));
	cr_assert_not(file_make_dir(f.diag, f.path));
	cr_assert_not(file_make_dir(f.diag, ""));
	cr_assert_eq(diag_errors(f.diag), 2);
	rmdir(deep);
	rmdir(parent);
	fixture_fini(&f);
}
