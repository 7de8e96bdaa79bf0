// SPDX-License-Identifier: MIT
// tw - "truth workload": a small interpreter of scheduling workloads.
// Reads a line-oriented spec (see TW-LANGUAGE.md), starts every task behind a
// common gate, lets them run for the given duration, then SIGKILLs them all.
// Every task is a process (fork); locks/conds/barriers/semaphores live in a
// shared mapping. Build: gcc -O2 -static -o tw tw.c -lpthread
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

typedef uint64_t u64;
struct sattr { uint32_t size, policy; u64 flags; int32_t nice; uint32_t prio; u64 rt, dl, per; };
static int sa_set(pid_t p, struct sattr *a) { a->size = 48; return syscall(SYS_sched_setattr, p, a, 0); }
static int sa_get(pid_t p, struct sattr *a) { return syscall(SYS_sched_getattr, p, a, 48, 0); }

enum { O_RUN, O_SLEEP, O_TIMER, O_YIELD, O_LOOP, O_END, O_NICE, O_SETAFF, O_SCHED, O_SLICE, O_FORK, O_WAIT,
       O_WAITALL, O_EXIT, O_STOP, O_CONT, O_KILL, O_PWRITE, O_PREAD, O_LOCK, O_UNLOCK, O_CWAIT, O_CSIG, O_CBC,
       O_BARRIER, O_POST, O_SEM, O_MARK, O_CG, O_RENICE };
static const char *opn[] = { "run", "sleep", "timer", "yield", "loop", "end", "nice", "setaff", "sched", "slice", "fork", "wait",
       "waitall", "exit", "stop", "cont", "kill", "pwrite", "pread", "lock", "unlock", "cwait", "csignal", "cbroadcast",
       "barrier", "post", "sem", "mark", "cg", "renice" };
struct op { int k; u64 t; int n, m; char s[64]; int match; };
struct attrs { int policy, nice, prio; u64 slice, rt, dl, per; u64 flags; cpu_set_t cpus; int has_cpus, has_pol, has_nice; char cg[32]; int session; };
#define MAXT 64
#define MAXO 400
struct task { char name[16]; int n, start; u64 delay; struct attrs a; struct op o[MAXO]; int no; } T[MAXT];
static int nT;
struct obj { char name[16]; int kind; int n; int fd[2]; } OB[64]; // kind: m mutex, c cond, b barrier, s sem, p pipe
static int nOB;
struct cgrp { char name[32]; int weight; long quota, period; int idle; } CG[16];
static int nCG;
static u64 duration = 2000000000ull;
struct shm { pthread_mutex_t m[64]; pthread_cond_t c[64]; pthread_barrier_t b[64]; sem_t s[64];
             struct { char comm[16]; pid_t pid; } reg[1024]; int nreg; } *S;
static int gate[2], ready[2], marker = -1;
static u64 loop_ps; // picoseconds of one spin iteration; 0 = gap mode
static u64 gapns = 20000;
static pid_t pgid;

static void die(const char *m, const char *x) { fprintf(stderr, "tw: %s %s: %s\n", m, x ? x : "", strerror(errno)); exit(2); }
static u64 now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }
static void spin(u64 n) { if (n) __asm__ volatile("1: dec %0\n jnz 1b" : "+r"(n) :: "cc"); }
// Burn `ns` of CPU without entering the kernel (a CPU-time syscall would make the
// kernel update the current task's accounting and so move slice ends).
static void burn(u64 ns)
{
	if (loop_ps) { spin(ns * 1000 / loop_ps); return; }
	u64 acc = 0, last = now();
	while (acc < ns) {
		spin(200);
		u64 t = now();
		if (t - last < gapns) acc += t - last;
		last = t;
	}
}
static u64 ptime(const char *s)
{
	char *e; double v = strtod(s, &e);
	if (!strcmp(e, "ns")) return v;
	if (!strcmp(e, "us") || !*e) return v * 1e3 + .5;
	if (!strcmp(e, "ms")) return v * 1e6 + .5;
	if (!strcmp(e, "s")) return v * 1e9 + .5;
	errno = EINVAL; die("bad time", s); return 0;
}
static void pcpus(const char *s, cpu_set_t *c)
{
	CPU_ZERO(c);
	while (*s) {
		char *e; int a = strtol(s, &e, 10), b = a;
		if (*e == '-') b = strtol(e + 1, &e, 10);
		for (; a <= b; a++) CPU_SET(a, c);
		s = *e == ',' ? e + 1 : e;
		if (e == s && *e) break;
	}
}
static int ppol(const char *s)
{
	static const char *n[] = { "other", "fifo", "rr", "batch", "x", "idle", "dl" };
	for (int i = 0; i < 7; i++) if (!strcmp(s, n[i])) return i;
	errno = EINVAL; die("policy", s); return 0;
}
static void pattr(struct attrs *a, char *kv)
{
	char *v = strchr(kv, '='); if (!v) { errno = EINVAL; die("attr", kv); } *v++ = 0;
	if (!strcmp(kv, "policy")) { a->policy = ppol(v); a->has_pol = 1; }
	else if (!strcmp(kv, "nice")) { a->nice = atoi(v); a->has_nice = 1; a->has_pol = 1; }
	else if (!strcmp(kv, "prio")) a->prio = atoi(v);
	else if (!strcmp(kv, "slice")) { a->slice = ptime(v); a->has_pol = 1; }
	else if (!strcmp(kv, "cpus")) { pcpus(v, &a->cpus); a->has_cpus = 1; }
	else if (!strcmp(kv, "cg")) strncpy(a->cg, v, 31);
	else if (!strcmp(kv, "session")) a->session = atoi(v); // own session, so own autogroup
	else if (!strcmp(kv, "dl")) { // runtime/deadline/period
		char *x = strtok(v, "/"); a->rt = ptime(x); x = strtok(NULL, "/"); a->dl = ptime(x); x = strtok(NULL, "/"); a->per = x ? ptime(x) : a->dl;
		a->policy = 6; a->has_pol = 1; }
	else if (!strcmp(kv, "flags")) {
		if (strstr(v, "reclaim")) a->flags |= 2;
		if (strstr(v, "overrun")) a->flags |= 4;
		if (strstr(v, "reset")) a->flags |= 1; }
	else { errno = EINVAL; die("attr", kv); }
}
static void apply(struct attrs *a)
{
	if (a->cg[0]) {
		char p[256]; const char *r = getenv("TW_CGROOT"); int v2 = !getenv("TW_CGV1");
		snprintf(p, sizeof p, "%s/%s/%s", r ? r : "/sys/fs/cgroup", strcmp(a->cg, "root") ? a->cg : "", v2 ? "cgroup.procs" : "tasks");
		int f = open(p, O_WRONLY); if (f < 0 || write(f, "0", 1) < 0) die("cgroup", p); close(f);
	}
	if (a->has_cpus && sched_setaffinity(0, sizeof a->cpus, &a->cpus)) die("setaffinity", "");
	if (a->has_pol) {
		struct sattr s = { .policy = a->policy, .flags = a->flags, .nice = a->nice };
		if (a->policy == 1 || a->policy == 2) s.prio = a->prio ? a->prio : 10, s.nice = 0;
		if (a->policy == 6) s.rt = a->rt, s.dl = a->dl, s.per = a->per, s.nice = 0;
		else s.rt = a->slice;
		if (sa_set(0, &s)) { if (a->slice) { s.rt = 0; if (!sa_set(0, &s)) return; } die("sched_setattr", ""); }
	}
}
static int objidx(const char *n, int kind)
{
	for (int i = 0; i < nOB; i++) if (!strcmp(OB[i].name, n) && OB[i].kind == kind) return i;
	strncpy(OB[nOB].name, n, 15); OB[nOB].kind = kind; return nOB++;
}
static void parse(FILE *f)
{
	char line[512], *w[32]; struct task *t = NULL; int stk[16], sp = 0, ln = 0;
	while (fgets(line, sizeof line, f)) {
		ln++; char *h = strchr(line, '#'); if (h) *h = 0;
		int n = 0; for (char *p = strtok(line, " \t\r\n"); p && n < 32; p = strtok(NULL, " \t\r\n")) w[n++] = p;
		if (!n) continue;
		if (!strcmp(w[0], "duration")) { duration = ptime(w[1]); continue; }
		if (!strcmp(w[0], "mutex")) { int i = objidx(w[1], 'm'); OB[i].n = n > 2 && !strcmp(w[2], "pi"); continue; }
		if (!strcmp(w[0], "barrier") && !t) { int i = objidx(w[1], 'b'); OB[i].n = atoi(w[2]); continue; }
		if (!strcmp(w[0], "cgroup")) {
			struct cgrp *c = &CG[nCG++]; strncpy(c->name, w[1], 31); c->quota = -1; c->period = 100000;
			for (int i = 2; i < n; i++) {
				if (!strncmp(w[i], "weight=", 7)) c->weight = atoi(w[i] + 7);
				else if (!strncmp(w[i], "max=", 4)) { char *x = strchr(w[i], '/'); *x++ = 0; c->quota = ptime(w[i] + 4) / 1000; c->period = ptime(x) / 1000; }
				else if (!strncmp(w[i], "idle=", 5)) c->idle = atoi(w[i] + 5);
			} continue; }
		if (!strcmp(w[0], "task")) {
			t = &T[nT++]; strncpy(t->name, w[1], 15); t->n = 1; t->start = 1; sp = 0;
			for (int i = 2; i < n; i++) {
				if (!strncmp(w[i], "n=", 2)) t->n = atoi(w[i] + 2);
				else if (!strncmp(w[i], "delay=", 6)) t->delay = ptime(w[i] + 6);
				else if (!strcmp(w[i], "template")) t->start = 0;
				else pattr(&t->a, w[i]);
			} continue; }
		if (!t) { errno = EINVAL; die("no task at line", w[0]); }
		struct op *o = &t->o[t->no++]; if (t->no >= MAXO) die("too many ops", w[1]);
		o->k = -1; for (int i = 0; i < (int)(sizeof opn / sizeof *opn); i++) if (!strcmp(w[0], opn[i])) o->k = i;
		const char *a = n > 1 ? w[1] : "";
		switch (o->k) {
		case -1: errno = EINVAL; die("unknown op", w[0]); break;
		case O_RUN: case O_SLEEP: case O_TIMER: case O_SLICE: o->t = ptime(a); break;
		case O_LOOP: o->n = n > 1 ? atoi(a) : 0; stk[sp++] = t->no - 1; break;
		case O_END: o->match = stk[--sp]; break;
		case O_NICE: o->n = atoi(a); break;
		case O_RENICE: strncpy(o->s, a, 63); o->n = atoi(w[2]); break;
		case O_PWRITE: case O_PREAD: o->n = objidx(a, 'p'); break;
		case O_LOCK: case O_UNLOCK: o->n = objidx(a, 'm'); break;
		case O_CWAIT: o->n = objidx(a, 'c'); o->m = objidx(w[2], 'm'); break;
		case O_CSIG: case O_CBC: o->n = objidx(a, 'c'); break;
		case O_BARRIER: o->n = objidx(a, 'b'); break;
		case O_POST: case O_SEM: o->n = objidx(a, 's'); break;
		case O_SCHED: o->s[0] = 0; for (int i = 1; i < n; i++) { if (i > 1) strcat(o->s, " "); strcat(o->s, w[i]); } break;
		default: strncpy(o->s, a, 63);
		}
	}
}
static pid_t find(const char *c) { for (int i = 0; i < S->nreg; i++) if (!strcmp(S->reg[i].comm, c)) return S->reg[i].pid; return 0; }
static void wrmark(const char *fmt, const char *s) { char b[128]; int n = snprintf(b, sizeof b, fmt, s); if (marker >= 0) { if (write(marker, b, n)) {} } }

static void runtask(struct task *t);
static void exec_task(struct task *t, int idx)
{
	char comm[32]; snprintf(comm, sizeof comm, t->n > 1 && idx >= 0 ? "%.13s%d" : "%.15s", t->name, idx);
	prctl(PR_SET_NAME, comm, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL); // also ends grandchildren in other sessions
	int r = __sync_fetch_and_add(&S->nreg, 1); if (r < 1024) { strcpy(S->reg[r].comm, comm); S->reg[r].pid = getpid(); }
	apply(&t->a);
	if (idx >= 0) { char c; if (write(ready[1], "r", 1) < 0) die("ready", ""); close(gate[1]); while (read(gate[0], &c, 1) < 0 && errno == EINTR); }
	if (t->delay) { struct timespec d = { t->delay / 1000000000, t->delay % 1000000000 }; nanosleep(&d, NULL); }
	runtask(t);
	_exit(0);
}
static void runtask(struct task *t)
{
	u64 next = 0; int cnt[MAXO]; memset(cnt, 0, sizeof cnt); char c;
	for (int i = 0; i < t->no; i++) {
		struct op *o = &t->o[i]; struct timespec d = { o->t / 1000000000, o->t % 1000000000 };
		switch (o->k) {
		case O_RUN: burn(o->t); break;
		case O_SLEEP: clock_nanosleep(CLOCK_MONOTONIC, 0, &d, NULL); break;
		case O_TIMER: { // absolute grid: next = previous grid point + period; a late task skips nothing
			if (!next) next = now();
			next += o->t; struct timespec x = { next / 1000000000, next % 1000000000 };
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &x, NULL); break; }
		case O_YIELD: sched_yield(); break;
		case O_LOOP: cnt[i] = o->n; break;
		case O_END: { struct op *l = &t->o[o->match]; if (l->n == 0 || --cnt[o->match] > 0) i = o->match; break; }
		case O_NICE: setpriority(PRIO_PROCESS, 0, o->n); break;
		case O_RENICE: { pid_t p = find(o->s); if (p) setpriority(PRIO_PROCESS, p, o->n); break; }
		case O_SETAFF: { cpu_set_t s; char *x = strchr(o->s, ':');
			if (x) { char nm[64]; memcpy(nm, o->s, x - o->s); nm[x - o->s] = 0; pcpus(x + 1, &s); pid_t p = find(nm); if (p) sched_setaffinity(p, sizeof s, &s); }
			else { pcpus(o->s, &s); sched_setaffinity(0, sizeof s, &s); } break; }
		case O_SCHED: { struct attrs a; memset(&a, 0, sizeof a); char b[64]; strcpy(b, o->s); char *sv; for (char *p = strtok_r(b, " ", &sv); p; p = strtok_r(NULL, " ", &sv)) pattr(&a, p); apply(&a); break; }
		case O_SLICE: { struct sattr s; memset(&s, 0, sizeof s); sa_get(0, &s); s.rt = o->t; sa_set(0, &s); break; }
		case O_FORK: { struct task *ch = NULL; for (int j = 0; j < nT; j++) if (!strcmp(T[j].name, o->s)) ch = &T[j];
			if (!ch) _exit(3);
			pid_t p = fork(); if (!p) exec_task(ch, -1); break; }
		case O_WAIT: while (wait(NULL) < 0 && errno == EINTR); break;
		case O_WAITALL: while (wait(NULL) > 0 || errno == EINTR); break;
		case O_EXIT: _exit(0);
		case O_STOP: { pid_t p = find(o->s); if (p) kill(p, SIGSTOP); break; }
		case O_CONT: { pid_t p = find(o->s); if (p) kill(p, SIGCONT); break; }
		case O_KILL: { pid_t p = find(o->s); if (p) kill(p, SIGKILL); break; }
		case O_PWRITE: if (write(OB[o->n].fd[1], "x", 1) < 0) _exit(4); break;
		case O_PREAD: if (read(OB[o->n].fd[0], &c, 1) < 0) _exit(4); break;
		case O_LOCK: pthread_mutex_lock(&S->m[o->n]); break;
		case O_UNLOCK: pthread_mutex_unlock(&S->m[o->n]); break;
		case O_CWAIT: pthread_cond_wait(&S->c[o->n], &S->m[o->m]); break;
		case O_CSIG: pthread_cond_signal(&S->c[o->n]); break;
		case O_CBC: pthread_cond_broadcast(&S->c[o->n]); break;
		case O_BARRIER: pthread_barrier_wait(&S->b[o->n]); break;
		case O_POST: sem_post(&S->s[o->n]); break;
		case O_SEM: while (sem_wait(&S->s[o->n]) < 0 && errno == EINTR); break;
		case O_MARK: wrmark("TW %s\n", o->s); break;
		case O_CG: { struct attrs a; memset(&a, 0, sizeof a); strncpy(a.cg, o->s, 31); apply(&a); break; }
		}
	}
}
static void wr(const char *d, const char *f, const char *fmt, long a, long b)
{
	char p[256], v[64]; snprintf(p, sizeof p, "%s/%s", d, f); int n = snprintf(v, sizeof v, fmt, a, b);
	int fd = open(p, O_WRONLY); if (fd < 0 || write(fd, v, n) < 0) fprintf(stderr, "tw: %s=%s: %s\n", p, v, strerror(errno)); if (fd >= 0) close(fd);
}
int main(int ac, char **av)
{
	if (ac < 2) { fprintf(stderr, "usage: tw SPEC | tw -calibrate\n"); return 2; }
	char *e = getenv("TW_LOOP_PS"); if (e) loop_ps = atoll(e);
	if ((e = getenv("TW_GAP_NS"))) gapns = atoll(e);
	if (!strcmp(av[1], "-calibrate")) { u64 best = ~0ull; for (int i = 0; i < 20; i++) { u64 a = now(); spin(2000000); u64 d = now() - a; if (d < best) best = d; } printf("%llu\n", (unsigned long long)(best * 1000 / 2000000)); return 0; }
	FILE *f = fopen(av[1], "r"); if (!f) die("open", av[1]);
	signal(SIGXCPU, SIG_IGN); // SCHED_FLAG_DL_OVERRUN
	parse(f); fclose(f);
	const char *mk = getenv("TW_MARKER"); if (mk) marker = open(mk, O_WRONLY);
	S = mmap(NULL, sizeof *S, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	for (int i = 0; i < nOB; i++) {
		pthread_mutexattr_t ma; pthread_condattr_t ca; pthread_barrierattr_t ba;
		switch (OB[i].kind) {
		case 'm': pthread_mutexattr_init(&ma); pthread_mutexattr_setpshared(&ma, 1); if (OB[i].n) pthread_mutexattr_setprotocol(&ma, PTHREAD_PRIO_INHERIT); pthread_mutex_init(&S->m[i], &ma); break;
		case 'c': pthread_condattr_init(&ca); pthread_condattr_setpshared(&ca, 1); pthread_cond_init(&S->c[i], &ca); break;
		case 'b': pthread_barrierattr_init(&ba); pthread_barrierattr_setpshared(&ba, 1); pthread_barrier_init(&S->b[i], &ba, OB[i].n); break;
		case 's': sem_init(&S->s[i], 1, 0); break;
		case 'p': if (pipe(OB[i].fd)) die("pipe", ""); break;
		} }
	const char *r = getenv("TW_CGROOT"); int v2 = !getenv("TW_CGV1"); if (!r) r = "/sys/fs/cgroup";
	for (int i = 0; i < nCG; i++) {
		char p[1200]; snprintf(p, sizeof p, "%s/%s", r, CG[i].name); mkdir(p, 0755);
		if (v2) { if (CG[i].weight) wr(p, "cpu.weight", "%ld", CG[i].weight, 0); if (CG[i].quota > 0) wr(p, "cpu.max", "%ld %ld", CG[i].quota, CG[i].period); if (CG[i].idle) wr(p, "cpu.idle", "1", 0, 0); }
		else { if (CG[i].weight) wr(p, "cpu.shares", "%ld", CG[i].weight * 1024L / 100, 0); if (CG[i].quota > 0) { wr(p, "cpu.cfs_period_us", "%ld", CG[i].period, 0); wr(p, "cpu.cfs_quota_us", "%ld", CG[i].quota, 0); } if (CG[i].idle) wr(p, "cpu.idle", "1", 0, 0); } }
	if (pipe(gate) || pipe(ready)) die("pipe", "");
	int kids = 0; pid_t kp[1024]; char kn[1024][20];
	for (int i = 0; i < nT; i++) if (T[i].start) for (int j = 0; j < T[i].n; j++) {
		pid_t p = fork(); if (p < 0) die("fork", "");
		if (!p) { if (T[i].a.session) setsid(); else setpgid(0, pgid); exec_task(&T[i], j); }
		if (!T[i].a.session) { if (!pgid) pgid = p; setpgid(p, pgid); } kp[kids] = p; snprintf(kn[kids], 20, T[i].n > 1 ? "%.13s%d" : "%.15s", T[i].name, j); kids++;
		char c; if (read(ready[0], &c, 1) != 1) die("child died", T[i].name); // one after the other: pid and enqueue order fixed
	}
	struct sattr me = { .policy = SCHED_FIFO, .flags = 1, .prio = 99 }; // only now: children of an RT task would start with timer slack 0 (6.12+)
	if (sa_set(0, &me)) perror("tw: main FIFO 99");
	struct timespec settle = { 0, 20000000 }; nanosleep(&settle, NULL);
	u64 t0 = now();
	wrmark("TW_START %s\n", av[1]);
	close(gate[1]); // opens the gate: wakes all tasks, in order of creation
	struct timespec end = { (t0 + duration) / 1000000000, (t0 + duration) % 1000000000 };
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
	wrmark("TW_END %s\n", av[1]);
	if (pgid) kill(-pgid, SIGKILL);
	for (int i = 0; i < kids; i++) kill(kp[i], SIGKILL);
	struct rusage ru; int st; pid_t p;
	printf("# comm pid utime_us stime_us nvcsw nivcsw status\n");
	while ((p = wait4(-1, &st, 0, &ru)) > 0) for (int i = 0; i < kids; i++) if (kp[i] == p)
		printf("%s %d %ld %ld %ld %ld %x\n", kn[i], p, ru.ru_utime.tv_sec * 1000000L + ru.ru_utime.tv_usec, ru.ru_stime.tv_sec * 1000000L + ru.ru_stime.tv_usec, ru.ru_nvcsw, ru.ru_nivcsw, st);
	for (int i = 0; i < nCG; i++) { char q[256]; snprintf(q, sizeof q, "%s/%s", r, CG[i].name);
		char fn[280], b[512]; snprintf(fn, sizeof fn, "%s/cpu.stat", q); int fd = open(fn, O_RDONLY); int n;
		printf("# cgroup %s\n", CG[i].name); if (fd >= 0) { while ((n = read(fd, b, sizeof b)) > 0) fwrite(b, 1, n, stdout); close(fd); } rmdir(q); }
	return 0;
}
