# SPDX-License-Identifier: MIT
base_sources = \
	src/base/types.h \
	src/base/ensure.c src/base/ensure.h \
	src/base/pages.c src/base/pages.h \
	src/base/arena.c src/base/arena.h \
	src/base/pool.c src/base/pool.h \
	src/base/vec.c src/base/vec.h \
	src/base/list.h \
	src/base/rbtree.c src/base/rbtree.h src/base/rbtree_inline.h \
	src/base/bitset.c src/base/bitset.h \
	src/base/fixed.h \
	src/base/sets.c src/base/sets.h \
	src/base/sorted.c src/base/sorted.h \
	src/base/rng.c src/base/rng.h \
	src/base/names.c src/base/names.h \
	src/base/text.c src/base/parse.c src/base/text.h \
	src/base/utf8.c src/base/utf8.h \
	src/base/diag.c src/base/diag.h \
	src/base/file.c src/base/file.h
