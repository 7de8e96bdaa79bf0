# SPDX-License-Identifier: MIT
#
# What ./quickstart and ./run-tests share: install what is missing, build out of tree in build/.
# Sourced from the top of the source tree. Each step says what it does, keeps its output in
# build/log/, and shows the end of it if it fails. Steps with nothing to do take no time.
set -u
export LC_ALL=C
builddir=build
logs=$builddir/log

# What a build needs, and what only tests do.
build_packages="autoconf automake pkg-config gcc libc6-dev make libyaml-dev libjansson-dev libxxhash-dev uthash-dev gnuplot-nox"
test_packages="libcriterion-dev bats clang valgrind groff xz-utils python3"

say() { printf '==> %s\n' "$*"; }

die() {
	printf '\n%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 3
}

# step LOG WHAT-FAILED COMMAND...: run it with its output in build/log/LOG.
step() {
	log=$logs/$1
	failure=$2
	shift 2
	"$@" >"$log" 2>&1 && return
	printf '\n' >&2
	tail -n 40 "$log" >&2
	die "$failure failed: $*
The whole output is in $log."
}

# as_root COMMAND...: directly, or with sudo where that is there.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_packages PACKAGE...: those that are missing, with apt.
install_packages() {
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		say "This is not a Debian system: hoping that it has what these packages hold: $*"
		return
	fi
	missing=
	for package in "$@"; do
		installed "$package" || missing="$missing $package"
	done
	if [ -z "$missing" ]; then
		say "Packages: nothing to install"
		return
	fi
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		die "packages are missing, and this is neither root nor is there sudo. As root, run:
    apt-get install --no-install-recommends$missing"
	fi
	say "Packages: installing$missing"
	export DEBIAN_FRONTEND=noninteractive
	step apt-update.log "reading the package lists" as_root apt-get update -q
	# shellcheck disable=SC2086
	step apt-install.log "installing packages" \
		as_root apt-get install -q -y --no-install-recommends $missing
}

cpus() { nproc 2>/dev/null || echo 1; }

# build: an up-to-date program in build/. What automake wrote knows how to renew itself.
build() {
	if [ ! -f configure ]; then
		say "Preparing configure (autoreconf)"
		step autoreconf.log "preparing configure" autoreconf -i
	fi
	# quickstart configures without the packages that only tests need.
	if [ ! -f $builddir/config.status ] || [ ! -f $builddir/Makefile ] ||
		{ grep -q '^CRITERION_LIBS = *$' $builddir/Makefile && pkg-config --exists criterion; }; then
		say "Configuring in $builddir/"
		step configure.log "configuring" sh -c "cd $builddir && ../configure"
	fi
	say "Building in $builddir/"
	# One after the other: 'all' is a make of its own, and two at once would write the same library.
	for target in "$@"; do
		step "make-$target.log" "the build" make -C $builddir -j"$(cpus)" "$target"
	done
}

if [ ! -f configure.ac ] || ! mkdir -p $logs || [ ! -w $logs ]; then
	die "cannot write in $PWD"
fi
