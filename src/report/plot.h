/* SPDX-License-Identifier: MIT */
/*
 * Pictures: data files and a few variables for the gnuplot templates in plots/. Private to report/.
 *
 * Everything is thinned to what a picture can show before gnuplot sees it, so drawing takes the
 * same time however long the run was. Data files are arrays of doubles in the host's byte order.
 * Here and in plot*.c, and nowhere else, floating point is fine: nothing of it gets into a result.
 */
#ifndef OSSIM_REPORT_PLOT_H
#define OSSIM_REPORT_PLOT_H

#include "base/vec.h"
#include "report/groups.h"
#include "report/report.h"

/* --- who is drawn, and in which colour: the same in all pictures --- */

enum { ACTORS_MAX = 12, ACTOR_OTHER = 0 };

/* A comm or a group of them; number 0 is all that have no colour of their own. */
struct actor {
	char name[GROUP_NAME_MAX];
	u32 rgb;
	u32 nr_tasks;
	u64 cpu_ns;
	struct hist *latency; /* NULL: no samples */
	bool shaded;          /* several tasks: told apart by lightness */
};

struct actors {
	struct actor at[ACTORS_MAX + 1];
	u32 nr;             /* with number 0 */
	vec_of(u8) of_name; /* actor by name id */
};

void actors_init(struct actors *actors, const struct metrics *metrics);
void actors_fini(struct actors *actors);
static inline u32 actor_of(const struct actors *actors, u32 comm)
{
	return comm < actors->of_name.len ? actors->of_name.at[comm] : ACTOR_OTHER;
}
/* The colour of one task of an actor. */
u32 actor_shade(const struct actor *actor, u32 task);

/* --- a picture in the making --- */

struct plot {
	struct diag *diag;
	const struct result *result;
	const struct timeline *timeline;
	struct actors actors;
	const char *dir;    /* where data files go */
	struct text script; /* variables for the templates */
	u64 origin;         /* the time axis begins at this time, */
	double unit;        /* in units of so many ns */
};

/* Variables of the script. Text is escaped. */
void plot_set(struct plot *plot, const char *name, double value);
void plot_set_text(struct plot *plot, const char *name, const char *value);

/* A data file; all its numbers are doubles. A write error shows at close. */
struct plot_file {
	FILE *stream;
	u64 nr;
};
must_check bool plot_file_open(struct plot *plot, const char *name, struct plot_file *file);
void plot_put(struct plot_file *file, const double *values, u32 nr);
must_check bool plot_file_close(struct plot *plot, struct plot_file *file);

static inline double plot_time(const struct plot *plot, u64 when)
{
	return ((double)when - (double)plot->origin) / plot->unit;
}

/* What each picture needs; its file names and variables are told in the template. */
must_check bool plot_gantt(struct plot *plot);
must_check bool plot_latency_cdf(struct plot *plot);
must_check bool plot_latency_time(struct plot *plot);
must_check bool plot_runqueue(struct plot *plot);
must_check bool plot_shares(struct plot *plot);
must_check bool plot_waits(struct plot *plot);
bool plot_has_waits(const struct timeline *timeline);
/* Columns of x low, x high, min, mean, max of a queue's length by bin. */
void plot_put_lengths(struct plot *plot, struct plot_file *file,
		      const struct timeline_queue *queue);

/* Runs gnuplot with @script; its complaints are the message if it fails. */
must_check bool plot_run_gnuplot(struct diag *diag, const char *script, const char *log);

#endif
