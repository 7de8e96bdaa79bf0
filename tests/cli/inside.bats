# SPDX-License-Identifier: MIT
# ossim proc: what the kernel keeps and shows in no file: a task's structure, lists, queues, numbers.
bats_require_minimum_version 1.5.0
load help

setup() {
	dir=$(mktemp -d)
}

number_of() { "$OSSIM" ps "$1" --at "$2" --threads | awk -v name="$3" '$NF == name { print $5 }'; }

# E1 N1 N2 E2 N3 come in this order: the others stand at the head, last come first; exclusive ones at the tail.
@test "waitqueues lists a queue from its head on, and how many have which length" {
	cat >"$dir/q.yaml" <<-EOF
		machine: {cpus: 1, kernel_threads: false}
		duration: 1s
		tasks:
		  - {name: E1, start: 10ms, program: [wait_event: {queue: q, exclusive: true}]}
		  - {name: N1, start: 20ms, program: [wait_event: q]}
		  - {name: N2, start: 30ms, program: [wait_event: q]}
		  - {name: E2, start: 40ms, program: [wait_event: {queue: q, exclusive: true}]}
		  - {name: N3, start: 50ms, program: [wait_event: q]}
		  - {name: waker, program: [sleep: 900ms, wake_up: q]}
	EOF
	ossim proc "$dir/q.yaml" --at 500ms waitqueues
	expect 0
	[ "$(sed -n 's/^wait_event q: //p' "$dir/out" | tr -d '0-9 ')" = 'N,N,N,E(exclusive),E(exclusive)' ]
	[ "$(sed -n 's/^wait_event q: //p' "$dir/out" | grep -o '[NE][123]' | tr -d '\n')" = N3N2N1E1E2 ]
	grep -Fxq 'queues by length: 1: 1 5-8: 1' "$dir/out"
}

# The places of a wait that is over are in no queue any more, although their memory is kept for the next one.
@test "waitqueues knows who has left the words of a futex_waitv" {
	cat >"$dir/v.yaml" <<-EOF
		machine: {cpus: 1, kernel_threads: false}
		duration: 20ms
		tasks:
		  - {name: a, count: 2, program: [futex_waitv: {words: {w: 0, v: 0, x: 0}, timeout: 1ms}]}
	EOF
	ossim proc "$dir/v.yaml" --at 10ms waitqueues
	expect 0
	[ "$(grep -c a0 "$dir/out")" = 0 ]
	grep -Fxq 'queues by length: 1: 1' "$dir/out"
}

@test "runqueues lists each cpu's tasks by class, real-time ones in their lists' order" {
	cat >"$dir/r.yaml" <<-EOF
		machine: {cpus: 1, costs: zero, kernel_threads: false}
		duration: 1s
		tasks:
		  - {name: fair, program: {run: 1s}}
		  - {name: low, policy: fifo, priority: 10, program: {run: 1s}}
		  - {name: top, policy: fifo, priority: 20, count: 3, program: {run: 1s}}
	EOF
	ossim proc "$dir/r.yaml" --at 100ms runqueues
	expect 0
	[ "$(awk '/^  / { print $NF == "" ? "" : ($1 == ">" ? $4 : $3) }' "$dir/out" | tr '\n' ' ')" = 'top0 top1 top2 low fair ' ]
	grep -Eq '^cpu0: nr_running 5, nr_uninterruptible 0, nr_iowait 0, curr [0-9]+ top0$' "$dir/out"
}

# exec by a thread: it takes the leader's place in the list, as its number.
@test "tasks is the list in order of creation, from swapper/0 on, whoever leads a process now" {
	cat >"$dir/l.yaml" <<-EOF
		machine: {cpus: 2, kernel_threads: false}
		duration: 1s
		tasks:
		  - {name: part, template: true, program: [sleep: 10ms, exec: new, sleep: 1s]}
		  - {name: first, program: [clone: part, sleep: 1s]}
		  - {name: second, program: [sleep: 1s]}
	EOF
	ossim proc "$dir/l.yaml" --at 5ms tasks
	expect 0
	[ "$(head -1 "$dir/out")" = '0 swapper/0' ]
	[ "$(awk '{ print $2 }' "$dir/out" | tail -2 | tr '\n' ' ')" = 'first second ' ]
	grep -Eq '^[0-9]+ first \{[0-9]+ part\}$' "$dir/out"
	ossim proc "$dir/l.yaml" --at 500ms tasks
	[ "$(awk '{ print $2 }' "$dir/out" | tail -2 | tr '\n' ' ')" = 'new second ' ]
}

@test "PID/task tells state, priorities both ways, family and what is shared" {
	cat >"$dir/t.yaml" <<-EOF
		machine: {cpus: 1, costs: zero, kernel_threads: false}
		duration: 1s
		devices: {disk: {service: 900ms}}
		tasks:
		  - {name: part, template: true, program: {sleep: 1s}}
		  - {name: dead, template: true, program: {exit: 3}}
		  - {name: reader, nice: 5, program: [clone: part, fork: dead, io: disk]}
		  - {name: rt, policy: fifo, priority: 30, program: {sleep: 1s}}
	EOF
	reader=$(number_of "$dir/t.yaml" 500ms reader)
	ossim proc "$dir/t.yaml" --at 500ms "$reader/task"
	expect 0
	grep -Eq '^__state +0x00000002 UNINTERRUPTIBLE$' "$dir/out"
	grep -Eq '^prio +125, normal 125, static 125$' "$dir/out"
	grep -Eq '^nice +5, and the system call getpriority returns 15$' "$dir/out"
	grep -Eq "^thread_group +$reader [0-9]+$" "$dir/out"
	grep -Eq '^mm +[0-9]+, 2 users$' "$dir/out"
	grep -Eq '^signal +2 threads, 2 of them live$' "$dir/out"
	grep -Eq '^files +2 tasks$' "$dir/out"
	grep -Eq '^fs +2 tasks$' "$dir/out"
	grep -Eq '^real_parent +1 init$' "$dir/out"
	dead=$(awk '/^children/ { print $2 }' "$dir/out")
	ossim proc "$dir/t.yaml" --at 500ms "$dead/task"
	grep -Eq '^__state +0x00000080 DEAD$' "$dir/out"
	grep -Eq '^exit_state +0x00000020 EXIT_ZOMBIE$' "$dir/out"
	grep -Eq '^exit_code +768 \(exited\)$' "$dir/out"
	grep -Eq '^mm +none$' "$dir/out"
	ossim proc "$dir/t.yaml" --at 500ms "$(number_of "$dir/t.yaml" 500ms rt)/task"
	grep -Eq '^prio +69, normal 69, static 120$' "$dir/out"
	grep -Eq '^policy +fifo, rt class$' "$dir/out"
}

# What clone's flags share, one by one.
@test "PID/task counts who shares what" {
	cat >"$dir/c.yaml" <<-EOF
		machine: {cpus: 1, costs: zero, kernel_threads: false}
		duration: 1s
		tasks:
		  - {name: child, template: true, program: {sleep: 1s}}
		  - {name: a, program: [clone: {template: child, flags: [files]}, sleep: 1s]}
		  - {name: b, program: [clone: {template: child, flags: [fs, vm, sighand]}, sleep: 1s]}
		  - {name: c, program: [clone: child, fork: child, sleep: 1s]}
	EOF
	for row in a:2,1,1,1 b:1,2,2,2 c:2,2,1,2; do
		ossim proc "$dir/c.yaml" --at 500ms "$(number_of "$dir/c.yaml" 500ms "${row%:*}")/task"
		expect 0
		[ "${row#*:}" = "$(awk '$1 == "files" { f = $2 } $1 == "fs" { s = $2 } $1 == "sighand" { h = $2 }
			$1 == "mm" { m = $3 } END { print f "," s "," h "," m }' "$dir/out")" ]
	done
}

# 20 getpid, one number that there is not, one sleep that has not returned yet.
@test "PID/syscalls counts the calls that have returned" {
	cat >"$dir/s.yaml" <<-EOF
		machine: {cpus: 1, kernel_threads: false}
		duration: 1s
		tasks:
		  - name: caller
		    program: [{loop: {count: 20, do: [syscall: getpid]}}, syscall: {number: 63}, syscall: {number: 5000}, syscall: 1us,
		              sleep: 1ms, nice: 1, pipe_write: p, run: 1ms, yield, sleep: 1h]
		  - {name: reader, program: [pipe_read: p, sleep: 1h]}
	EOF
	ossim proc "$dir/s.yaml" --at 500ms "$(number_of "$dir/s.yaml" 500ms caller)/syscalls"
	expect 0
	[ "$(awk '{ print $1 "*" $3 }' "$dir/out" | tr '\n' ' ')" = \
		'1*write 1*sched_yield 20*getpid 1*uname 1*setpriority 1*clock_nanosleep 1*others 1*unknown ' ]
}

# At 15 ms the job has the terminal; tty_nr 136 << 8, tpgid is the job's group.
@test "ps and PID/stat tell terminals and who is in the foreground" {
	cat >"$dir/t.yaml" <<-EOF
		machine: {cpus: 1, costs: zero, kernel_threads: false}
		duration: 1s
		ttys: [pts0]
		tasks:
		  - {name: job, template: true, program: [setpgid, tcsetpgrp, sleep: 1s]}
		  - {name: sh, program: [setsid, open_tty: pts0, sigaction: {signal: TTOU, ignore: true}, sleep: 10ms, fork: job, wait]}
		  - {name: other, program: {sleep: 1s}}
	EOF
	"$OSSIM" ps "$dir/t.yaml" --at 5ms | awk '{ print $10, $11, $NF }' | tail -2 >"$dir/out"
	[ "$(cat "$dir/out")" = $'pts0 Ss+ sh\n? S other' ]
	"$OSSIM" ps "$dir/t.yaml" --at 15ms | awk '{ print $10, $11, $NF }' | tail -3 >"$dir/out"
	[ "$(cat "$dir/out")" = $'pts0 Ss sh\n? S other\npts0 S+ job' ]
	job=$(number_of "$dir/t.yaml" 15ms job)
	ossim proc "$dir/t.yaml" --at 15ms "$(number_of "$dir/t.yaml" 15ms sh)/stat"
	[ "$(cut -d' ' -f 7,8 "$dir/out")" = "34816 $job" ]
	ossim proc "$dir/t.yaml" --at 15ms "$(number_of "$dir/t.yaml" 15ms other)/stat"
	[ "$(cut -d' ' -f 7,8 "$dir/out")" = "0 -1" ]
}

# waitall is a loop of wait4: two children, and ECHILD.
@test "PID/syscalls counts each wait of waitall" {
	cat >"$dir/s.yaml" <<-EOF
		machine: {cpus: 1, kernel_threads: false}
		duration: 1s
		tasks:
		  - {name: child, template: true, program: {run: 1ms}}
		  - {name: parent, program: [fork: child, fork: child, waitall, sleep: 1h]}
	EOF
	ossim proc "$dir/s.yaml" --at 500ms "$(number_of "$dir/s.yaml" 500ms parent)/syscalls"
	expect 0
	[ "$(awk '{ print $1 "*" $3 }' "$dir/out" | tr '\n' ' ')" = '2*fork 3*wait4 ' ]
}

# One cpu: main waits while hog runs its 10 ms, runs 2, reads, stops. The shell sleeps from 12 ms on, when main has left
# the cpu to it, for 50 ms and the slack.
@test "PID/states is the time line of a task's states" {
	cat >"$dir/st.yaml" <<-EOF
		machine: {cpus: 1, costs: zero, kernel_threads: false}
		duration: 1s
		devices: {disk: {service: 5ms}}
		tasks:
		  - {name: hog, policy: fifo, priority: 1, program: {run: 10ms}}
		  - {name: main, program: [run: 2ms, io: disk, stop: self, run: 1ms, sleep: 1h]}
		  - {name: shell, program: [sleep: 50ms, cont: main]}
	EOF
	ossim proc "$dir/st.yaml" --at 500ms "$(number_of "$dir/st.yaml" 500ms main)/states"
	expect 0
	awk '{ t = $1; $1 = ""; print t / 1000000 $0 }' "$dir/out" >"$dir/lines"
	[ "$(tr '\n' ';' <"$dir/lines")" = '0 NEW;0 R waits on cpu 0;10 R runs on cpu 0;12 D;17 R waits on cpu 0;17 R runs on cpu 0;17 T;62.05 R waits on cpu 0;62.05 R runs on cpu 0;63.05 S;' ]
}

@test "PID/fd lists what a process has open, whichever of its threads uses it" {
	cat >"$dir/fd.yaml" <<-EOF
		machine: {cpus: 1, kernel_threads: false}
		duration: 1s
		pipes: {p: {eof: true}, q: {eof: true}}
		tasks:
		  - {name: part, template: true, program: [event_read: e]}
		  - {name: main, program: [clone: part, pipe_write: q, close_write: q, pipe_read: p]}
		  - {name: other, program: [pipe_read: q, sleep: 900ms, pipe_write: p, event_write: e]}
	EOF
	ossim proc "$dir/fd.yaml" --at 500ms "$(number_of "$dir/fd.yaml" 500ms main)/fd"
	expect 0
	[ "$(cat "$dir/out")" = $'3 -> pipe:p reading end\n4 -> anon_inode:[eventfd]:e' ]
}

@test "PID/fd lists listeners and the connections of all threads" {
	cat >"$dir/fd.yaml" <<-EOF
		machine: {cpus: 1, kernel_threads: false}
		duration: 1s
		tasks:
		  - {name: part, template: true, program: [recv: {connection: web, bytes: 1}]}
		  - {name: main, program: [accept: web, clone: part, accept: web, sleep: 900ms]}
		  - {name: client, program: [connect: web, sleep: 900ms]}
		  - {name: second, start: 10ms, program: [connect: web, sleep: 900ms]}
	EOF
	ossim proc "$dir/fd.yaml" --at 500ms "$(number_of "$dir/fd.yaml" 500ms main)/fd"
	expect 0
	[ "$(cat "$dir/out")" = $'3 -> socket:web listening\n4 -> socket:web connection, server\n5 -> socket:web connection, server' ]
	ossim proc "$dir/fd.yaml" --at 500ms "$(number_of "$dir/fd.yaml" 500ms client)/fd"
	[ "$(cat "$dir/out")" = '3 -> socket:web connection, client' ]
}

# 100 + 7 anonymous pages in 4 of 6 areas, one of a file, one attached; VmSize is the sum of all.
@test "PID/maps has the areas that are counted" {
	cat >"$dir/m.yaml" <<-EOF
		machine: {cpus: 1, kernel_threads: false}
		duration: 1s
		shms: {seg: 5}
		tasks:
		  - {name: main, memory: {pages: 100, files: 20, vmas: 4}, program: [mmap: 7, shmat: seg, sleep: 900ms]}
	EOF
	pid=$(number_of "$dir/m.yaml" 500ms main)
	ossim proc "$dir/m.yaml" --at 500ms "$pid/maps"
	expect 0
	[ "$(awk '{ print $2, $6, $7 }' "$dir/out" | sed 's/ *$//')" = $'r-xp /usr/bin/main\nrw-p [heap]\nrw-p\nrw-p\nrw-s /SYSV00000000 (seg)\nrw-p [stack]' ]
	awk '{ split($1, a, "-"); print a[1], a[2] }' "$dir/out" | while read -r from to; do echo $(((16#$to - 16#$from) / 1024)); done >"$dir/sizes"
	"$OSSIM" proc "$dir/m.yaml" --at 500ms "$pid/status" >"$dir/out"
	[ "$(awk '$1 == "VmSize:" { print $2 }' "$dir/out")" = "$(awk '{ n += $1 } END { print n }' "$dir/sizes")" ]
}

# What readers of the file look for by name is all there, in the kernel's order.
@test "PID/status says whose a process is" {
	cat >"$dir/u.yaml" <<-EOF
		machine: {cpus: 1, costs: zero, kernel_threads: false}
		duration: 1s
		tasks:
		  - {name: ours, program: {sleep: 1s}}
		  - {name: theirs, user: bob, program: [sigmask: {block: [USR1, USR2]}, signal: USR1, signal: USR2, sleep: 1s]}
	EOF
	for name in ours theirs; do
		ossim proc "$dir/u.yaml" --at 500ms "$(number_of "$dir/u.yaml" 500ms "$name")/status"
		expect 0
		cut -d: -f1 "$dir/out" | paste -sd' ' | grep -q '^Name Umask State Tgid Ngid Pid PPid TracerPid Uid Gid FDSize Groups NStgid '
		sed -nE 's/^(Uid|CapEff|SigQ):\t([0-9a-f]+).*/\2/p' "$dir/out" | paste -sd' ' >>"$dir/all"
	done
	[ "$(cat "$dir/all")" = $'0 0 000001ffffffffff\n1000 2 0000000000000000' ]
}

# The group's leader is dead and reaped, its number is still the group's.
@test "pids/N tells who has a number as what, and the marks on the way to it" {
	cat >"$dir/p.yaml" <<-EOF
		machine: {cpus: 1, costs: zero, kernel_threads: false}
		duration: 1s
		tasks:
		  - {name: job, template: true, program: {sleep: 1s}}
		  - {name: leader, template: true, program: [setsid, fork: job, exit: 0]}
		  - {name: shell, program: [fork: leader, wait, sleep: 1s]}
	EOF
	job=$(number_of "$dir/p.yaml" 500ms job)
	group=$("$OSSIM" ps "$dir/p.yaml" --at 500ms | awk '$NF == "job" { print $3 }')
	ossim proc "$dir/p.yaml" --at 500ms "pids/$group"
	expect 0
	[ "$(head -3 "$dir/out")" = "$group is in use"$'\n'"PGID: $job job"$'\n'"SID: $job job" ]
	ossim proc "$dir/p.yaml" --at 500ms "pids/$((job + 1))"
	[ "$(head -1 "$dir/out")" = "$((job + 1)) is free" ]
	# All numbers up to the job's are in use, and 0.
	grep -Fxq "level 0: word 0, bit $((job + 1)) of $(printf '%016x' $((-1 << (job + 1))))" "$dir/out"
	ossim proc "$dir/p.yaml" --at 500ms pids/0
	expect 2
	grep -q "'0' is no number of a process: they are 1 to 32767" "$dir/err"
}

# RSS of the program's own pages is copied by a fork, that of files is not; exec brings the new program's.
@test "PID/mm and PID/status tell pages of files from anonymous ones" {
	cat >"$dir/m.yaml" <<-EOF
		machine: {cpus: 3, costs: zero, kernel_threads: false}
		duration: 1s
		tasks:
		  - {name: tool, template: true, memory: {pages: 50, resident: 10, files: 20}, program: {sleep: 1s}}
		  - {name: child, template: true, program: {sleep: 1s}}
		  - {name: runs, template: true, program: [exec: {comm: tool, program: tool}]}
		  - {name: main, memory: {pages: 200, resident: 100, files: 300, vmas: 12}, program: [fork: child, fork: runs, sleep: 1s]}
	EOF
	for row in main:100:300:500 child:100:0:500 tool:10:20:70; do
		IFS=: read -r name anon files size <<<"$row"
		ossim proc "$dir/m.yaml" --at 500ms "$(number_of "$dir/m.yaml" 500ms "$name")/status"
		expect 0
		[ "$(awk '/^RssAnon/ { a = $2 } /^RssFile/ { f = $2 } /^VmSize/ { s = $2 } END { print a / 4 ":" f / 4 ":" s / 4 }' "$dir/out")" = \
			"$anon:$files:$size" ]
	done
	ossim proc "$dir/m.yaml" --at 500ms "$(number_of "$dir/m.yaml" 500ms child)/mm"
	grep -Pxq 'map_count:\t12' "$dir/out"
	grep -Pxq 'files:\t0 of 300 pages' "$dir/out"
}

@test "a view may be empty: kernel threads have called nothing" {
	printf 'tasks: [{name: a, program: {run: 10ms}}]\nduration: 1s\n' >"$dir/e.yaml"
	ossim proc "$dir/e.yaml" --at 5ms 2/syscalls
	expect 0
	[ ! -s "$dir/out" ]
}
