# SPDX-License-Identifier: MIT
#
# What configure asks the compiler.

# OSSIM_CAN_LINK(FLAGS, IF-YES, IF-NO): a program compiles and links with FLAGS, without a warning.
# An option that the compiler only ignores is not one that it has.
AC_DEFUN([OSSIM_CAN_LINK], [
	AC_MSG_CHECKING([whether $CC takes $1])
	ossim_saved_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror $1"
	AC_LINK_IFELSE([AC_LANG_PROGRAM()], [ossim_can=yes], [ossim_can=no])
	CFLAGS=$ossim_saved_CFLAGS
	AC_MSG_RESULT([$ossim_can])
	AS_IF([test "$ossim_can" = yes], [$2], [$3])
])

# OSSIM_GNU17: our C is gnu17; the flag goes into STD_CFLAGS.
AC_DEFUN([OSSIM_GNU17], [
	OSSIM_CAN_LINK([-std=gnu17], [AC_SUBST([STD_CFLAGS], [-std=gnu17])],
		[AC_MSG_ERROR([$CC does not know -std=gnu17: ossim needs gcc 8, clang 6 or later])])
])

# OSSIM_WARNINGS(VARIABLE, FLAGS): those of FLAGS that the compiler has.
AC_DEFUN([OSSIM_WARNINGS], [
	AC_MSG_CHECKING([which warnings $CC has])
	ossim_saved_CFLAGS=$CFLAGS
	$1=
	for ossim_flag in $2; do
		CFLAGS="$ossim_saved_CFLAGS -Werror $ossim_flag"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM()], [$1="$$1 $ossim_flag"])
	done
	CFLAGS=$ossim_saved_CFLAGS
	AC_MSG_RESULT([$$1])
	AC_SUBST([$1])
])
