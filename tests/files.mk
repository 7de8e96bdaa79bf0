# SPDX-License-Identifier: MIT
#
# Tests that are scripts, in the order in which a failure tells most. To add one, write it and list
# it here: an executable (with its #! line) or a .bats file. It is run in the build directory with
# OSSIM (the program), top_srcdir, srcdir and builddir in the environment, exits with 0 (passed),
# 77 (skipped, with a line that says why) or else (failed), and prints as its last line
#
#     # passed: 12 failed: 0
#
# if it holds several cases (bats files need not: build-aux/run-bats does it for them).
test_scripts = \
	tests/tidy/lists.sh \
	tests/tidy/layers.sh \
	tests/tidy/words.sh \
	tests/tidy/rows.sh \
	tests/tidy/headers.sh \
	tests/tidy/symbols.sh \
	tests/tidy/width.sh \
	tests/tidy/documents.sh \
	tests/cli/usage.bats \
	tests/cli/explain.bats tests/cli/views.bats tests/cli/inside.bats \
	tests/labs/run.sh \
	tests/cli/output.bats \
	tests/cli/replay.bats \
	tests/cli/policy.bats \
	tests/cli/record.bats \
	tests/invalid/run.sh \
	tests/golden/run.sh tests/golden/told.sh \
	tests/replay/replay_test.sh \
	tests/replay/own_test.sh \
	tests/fidelity/run.sh tests/fidelity/several.sh \
	tests/fidelity/language.sh \
	tests/fuzz/run.sh \
	tests/property/results.sh \
	tests/property/determinism.sh \
	tests/property/instructions.sh \
	tests/property/memory.sh
