/* SPDX-License-Identifier: MIT */
/*
 * The sinks a run was asked for, behind one door.
 *
 * They are made when the observer is attached, because the stream knows the names. A stream is
 * observed by as many observers as it has room for sinks.
 */
#include "observe/observer.h"

#include <stdlib.h>

#include "base/ensure.h"
#include "observe/digest.h"
#include "observe/invariants.h"
#include "observe/metrics_sink.h"
#include "observe/timeline.h"

struct observer {
	struct observer_config config;
	u32 nr_cpus;
	bool attached;
	struct metrics_sink *metrics;
	struct digest *digest;
	struct invariants *invariants;
	struct timeline_sink *timeline;
	struct metrics only_digest; /* what is returned if metrics were not asked for */
	const struct timeline *drawn;
};

struct observer *observer_new(const struct observer_config *config, u32 nr_cpus)
{
	struct observer *observer = calloc(1, sizeof(*observer));

	if (observer == NULL)
		die("out of memory for an observer");
	observer->config = *config;
	observer->nr_cpus = nr_cpus;
	return observer;
}

void observer_free(struct observer *observer)
{
	if (observer == NULL)
		return;
	metrics_sink_free(observer->metrics);
	digest_free(observer->digest);
	invariants_free(observer->invariants);
	timeline_free(observer->timeline);
	free(observer);
}

void observer_attach(struct observer *observer, struct stream *stream)
{
	const struct observer_config *config = &observer->config;
	u32 nr_cpus = observer->nr_cpus;

	ensure(!observer->attached);
	observer->attached = true;
	observer->only_digest.names = stream->names;
	if (config->metrics) {
		observer->metrics =
			metrics_sink_new(&config->window, nr_cpus, config->hz, stream->names);
		stream_add_sink(stream, metrics_sink_sink(observer->metrics));
	}
	if (config->digest) {
		observer->digest = digest_new(stream->names);
		stream_add_sink(stream, digest_sink(observer->digest));
	}
	if (config->invariants) {
		observer->invariants = invariants_new(nr_cpus, stream->names);
		stream_add_sink(stream, invariants_sink(observer->invariants));
	}
	if (config->timeline) {
		observer->timeline = timeline_new(&config->window, nr_cpus, config->timeline_points,
						  config->end_ns, stream->names);
		stream_add_sink(stream, timeline_sink(observer->timeline));
	}
}

const struct metrics *observer_finish(struct observer *observer)
{
	struct metrics *metrics = observer->metrics != NULL ? metrics_sink_finish(observer->metrics)
							    : &observer->only_digest;

	if (observer->digest != NULL) {
		metrics->digest = digest_value(observer->digest);
		metrics->has_digest = true;
	}
	if (observer->timeline != NULL)
		observer->drawn = timeline_finish(observer->timeline);
	return observer->metrics != NULL || observer->digest != NULL ? metrics : NULL;
}

const char *observer_violation(const struct observer *observer)
{
	return observer->invariants != NULL ? invariants_violation(observer->invariants) : NULL;
}

const struct window *observer_window(const struct observer *observer)
{
	if (observer->metrics != NULL)
		return metrics_sink_window(observer->metrics);
	if (observer->timeline != NULL)
		return timeline_window(observer->timeline);
	return &observer->config.window;
}

const struct timeline *observer_timeline(const struct observer *observer)
{
	return observer->drawn;
}
