# SPDX-License-Identifier: MIT
#
# The workloads shipped and installed with ossim; each is a golden test as well. A file that is here
# and not in the list fails tests/tidy/lists.
workloads_files = \
	workloads/quickstart.yaml \
	workloads/two-tasks.yaml
