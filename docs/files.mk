# SPDX-License-Identifier: MIT
#
# What is installed of docs/: pages for man, pages for reading, JSON schemas, shell completion.
man_files = docs/man/ossim.1

doc_files = docs/architecture.md docs/costs.md docs/workload.md docs/workloads.md \
	docs/result.md docs/ext.md docs/plots.md docs/replay.md docs/explain.md docs/views.md docs/labs.md docs/coverage.md docs/fidelity.md docs/recordings.md

schema_files = docs/schema/workload.schema.json docs/schema/result.schema.json \
	docs/schema/explain.schema.json docs/schema/knobs.schema.json

completion_files = docs/completion/ossim
