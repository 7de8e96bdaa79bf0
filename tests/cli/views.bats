# SPDX-License-Identifier: MIT
# ossim ps and ossim proc: lists and files that the tools for real ones read.
bats_require_minimum_version 1.5.0
load help

# fields LIST WORDS: these fields (as for cut) of the line that came out.
fields() {
	local found

	found=$(cut -d' ' -f"$1" "$dir/out")
	[ "$found" = "$2" ] && return
	echo "fields $1 are '$found', not '$2'"
	return 1
}

# pid_of FILE TIME NAME: the number that the process NAME has then.
pid_of() {
	"$OSSIM" ps "$dir/$1" --at "$2" | awk -v name="$3" '$NF == name { print $1 }'
}

setup() {
	dir=$(mktemp -d)
	cat >"$dir/w.yaml" <<-EOF
		machine: {cpus: 2}
		duration: 1s
		devices: {disk: {service: 700ms}}
		tasks:
		  - {name: child, template: true, program: [run: 1ms, exit: 3]}
		  - {name: part, template: true, program: {sleep: 1s}}
		  - {name: hog, count: 3, nice: 5, program: {loop: [run: 10ms]}}
		  - {name: parent, program: [fork: child, fork: child, sleep: 900ms, waitall]}
		  - {name: reader, program: {io: disk}}
		  - {name: rt, policy: fifo, priority: 50, program: {sleep: 1s}}
		  - {name: lead, program: [setsid, clone: part, sigaction: {signal: HUP, ignore: true}, sleep: 1s]}
	EOF
}

@test "ps lists processes in the order of their numbers, with state, class and priority" {
	ossim ps "$dir/w.yaml" --at 500ms
	expect 0
	grep -Eq ' TS +- +5 +14 .* RN .* hog0$' "$dir/out"
	grep -Eq ' D +[0-9a-z .]+ io +reader$' "$dir/out"
	grep -Eq ' FF +50 +- +90 .* rt$' "$dir/out"
	[ "$(grep -c 'child <defunct>$' "$dir/out")" -eq 2 ]
	grep -Fq '[kthreadd]' "$dir/out"
	grep -Eq ' Ssl .* lead$' "$dir/out"
	awk 'NR > 2 && $1 <= last { exit 1 } { last = $1 }' "$dir/out"
}

@test "ps --threads adds threads, --tree draws families" {
	ossim ps "$dir/w.yaml" --at 500ms --threads
	grep -Eq ' 2 .* part$' "$dir/out"
	ossim ps "$dir/w.yaml" --at 500ms --tree --threads
	expect 0
	grep -Fxq '|-parent' "$dir/out"
	grep -Fxq '| `-2*[child]' "$dir/out"
	grep -Fxq '  `-{part}' "$dir/out"
}

@test "PID/stat has its 52 fields, and their sums are those of the run" {
	pid=$(pid_of w.yaml 500ms hog1)
	ossim proc "$dir/w.yaml" --at 500ms "$pid/stat"
	expect 0
	[ "$(wc -w <"$dir/out")" -eq 52 ]
	fields 2,3,18,19,20,41 "(hog1) R 25 5 1 0"
	# Three hogs share two cpus: a third of a second each, in hundredths.
	[ "$(cut -d' ' -f14 "$dir/out")" -ge 32 ] && [ "$(cut -d' ' -f14 "$dir/out")" -le 35 ]
}

# 300 ms of each second in the kernel; the loop's own calls cost nothing.
@test "PID/stat and stat tell apart what a task did itself and what calls did for it" {
	cat >"$dir/sys.yaml" <<-EOF
		machine: {cpus: 1, costs: zero, kernel_threads: false}
		duration: 1s
		tasks: [{name: caller, program: {loop: [run: 70ms, syscall: 30ms]}}]
	EOF
	pid=$(pid_of sys.yaml 1s caller)
	ossim proc "$dir/sys.yaml" --at 1s "$pid/stat"
	expect 0
	fields 14,15 "70 30"
	ossim proc "$dir/sys.yaml" --at 1s stat
	grep -Eq '^cpu0 70 0 30 0 0 0 0 0 0 0$' "$dir/out"
}

@test "PID/status tells what is ignored, who the parent is, and where it may run" {
	pid=$(pid_of w.yaml 500ms lead)
	ossim proc "$dir/w.yaml" --at 500ms "/proc/$pid/status"
	expect 0
	grep -Pxq 'State:\tS \(sleeping\)' "$dir/out"
	grep -Pxq 'PPid:\t1' "$dir/out"
	grep -Pxq 'Threads:\t2' "$dir/out"
	grep -Pxq 'SigIgn:\t0000000000000001' "$dir/out"
	grep -Pxq 'Cpus_allowed_list:\t0-1' "$dir/out"
	grep -Pxq 'Kthread:\t0' "$dir/out"
	# 6.1 has no such line.
	ossim proc "$dir/w.yaml" --at 500ms --kernel v6.1 "$pid/status"
	absent Kthread "$dir/out"
}

@test "run time, delay and number of runs of schedstat are those of the result" {
	"$OSSIM" "$dir/w.yaml" --duration 500ms --json >"$dir/result" 2>/dev/null
	"$OSSIM" proc "$dir/w.yaml" --at 500ms schedstat >"$dir/schedstat"
	"$OSSIM" proc "$dir/w.yaml" --at 500ms loadavg >"$dir/loadavg"
	python3 - "$dir" <<-EOF
		import json, sys
		d = sys.argv[1]
		tasks = json.load(open(d + "/result"))["tasks"]
		cpus = [l.split() for l in open(d + "/schedstat") if l.startswith("cpu")]
		assert open(d + "/schedstat").readline() == "version 17\n"
		# The result counts up to now, schedstat what has ended: two runs, one wait are under way.
		ran = sum(t["cpu_ns"] for t in tasks)
		assert 0 < ran - sum(int(c[7]) for c in cpus) < 400e6, ran
		waited = sum(t["run_delay_ns"] for t in tasks)
		assert 0 <= waited - sum(int(c[8]) for c in cpus) < 20e6, waited
		running, last = open(d + "/loadavg").read().split()[3:]
		assert running.split("/")[0] == "3", running
	EOF
}

@test "proc stat: who runs or waits for a cpu, of each class, and nobody for longer" {
	cat >"$dir/w.yaml" <<'YAML'
duration: 60ms
machine: {kernel_threads: false}
tasks:
  - {name: dl, policy: deadline, runtime: 2ms, deadline: 10ms, program: [{loop: {count: 4, do: [{run: 1ms}, {sleep: 9ms}]}}, {sleep: 1s}]}
  - {name: rt, policy: fifo, priority: 1, program: [{loop: {count: 4, do: [{run: 2ms}, {sleep: 8ms}]}}, {sleep: 1s}]}
  - {name: hog, program: [{loop: [{run: 1ms}]}]}
YAML
	# dl runs up to 1 ms and the others wait; rt runs up to 3, and sleeps until dl has run again; then the hog is alone.
	for at in "500us 3" "2ms 2" "5ms 1" "30500us 2" "32ms 2" "50ms 1"; do
		[ "$("$OSSIM" proc "$dir/w.yaml" --at "${at% *}" stat | sed -n 's/procs_running //p')" = "${at#* }" ]
	done
}

@test "loadavg counts who runs and who sleeps in D" {
	# The parent of a vfork and its child: n = 2. Five times by the kernel's rule, each 5 * HZ + 1 ticks, from 0 on:
	# load = (load * e + 2 * 2048 * (2048 - e) + 2047) / 2048, e = 1884, 2014, 2037. With n = 1 it were 0.34, 0.08, 0.03.
	cat >"$dir/load.yaml" <<-EOF
		machine: {cpus: 2, costs: zero}
		duration: 60s
		tasks:
		  - {name: c, template: true, program: [run: 40s, exec: tool]}
		  - {name: p, program: [vfork: c, wait]}
	EOF
	ossim proc "$dir/load.yaml" --at 29s loadavg
	expect 0
	[ "$(cut -d ' ' -f 1-3 "$dir/out")" = '0.68 0.16 0.05' ]
}

@test "what is not there is told" {
	ossim proc "$dir/w.yaml" --at 500ms 999/stat
	expect 2
	grep -q "there is no process '999' at that time" "$dir/err"
	ossim proc "$dir/w.yaml" --at 500ms 1/environ
	expect 2
	ossim proc "$dir/w.yaml" --at 500ms meminfo
	expect 2
	ossim ps "$dir/w.yaml" --at 2s
	expect 2
	grep -q "the run ends at 1 s" "$dir/err"
	ossim ps "$dir/w.yaml"
	expect 2
	grep -q -- "--at T is missing" "$dir/err"
	ossim proc "$dir/w.yaml" --at 1ms
	expect 2
}

@test "PID/status has a number for each level of pid namespaces" {
	cat >"$dir/ns.yaml" <<-EOF
		machine: {cpus: 2, kernel_threads: false}
		duration: 1s
		tasks:
		  - {name: m, template: true, program: {sleep: 1s}}
		  - {name: inner, template: true, program: [setsid, fork: m, sleep: 1s]}
		  - {name: outer, template: true, program: [fork: m, clone: {template: inner, flags: newpid}, sleep: 1s]}
		  - {name: p, program: [clone: {template: outer, flags: newpid}, sleep: 1s]}
	EOF
	pid=$(pid_of ns.yaml 500ms inner)
	ossim proc "$dir/ns.yaml" --at 500ms "$((pid + 1))/status"
	expect 0
	# The child of the inner init: 2 there, 4 in the outer one (1 outer, 2 m, 3 inner).
	grep -Pq "^NSpid:\t$((pid + 1))\t4\t2$" "$dir/out"
	grep -Pq "^NSpgid:\t$pid\t3\t1$" "$dir/out"
	grep -Pq "^NSsid:\t$pid\t3\t1$" "$dir/out"
	ossim proc "$dir/ns.yaml" --at 500ms "1/status"
	grep -Pq "^NSpid:\t1$" "$dir/out"
}

# A hog alone, ticks at 10 to 990 ms. allocproc looks at 1 slot for init and at 2 for the hog; the first walk
# finds it at the 2nd. A tick's wakeup looks at all 64, and so does the walk from behind the hog round to it.
@test "xv6: ps prints the table as the console does, and every look at a slot is counted" {
	cat >"$dir/x.yaml" <<-EOF2
		model: xv6
		duration: 1s
		machine: {cpus: 1, hz: 100, costs: zero}
		tasks: [{name: hog, program: {loop: [run: 1h]}}]
		expect: [xv6.slots_scanned == $((1 + 2 + 2 + 99 * (64 + 64)))]
	EOF2
	ossim "$dir/x.yaml"
	expect 0
	ossim ps "$dir/x.yaml" --at 500ms
	expect 0
	[ "$(cat "$dir/out")" = $'1 sleep  init\n2 run    hog' ]
	ossim ps "$dir/x.yaml" --at 500ms --tree
	expect 2
	grep -q 'xv6 has no trees of processes' "$dir/err"
	ossim proc "$dir/x.yaml" --at 500ms 1/status
	expect 2
	grep -q 'xv6 has no /proc' "$dir/err"
}

# The cpu is idle all the time, and a request is under way from 0 to 400 ms.
@test "idle time beside a task that waits for I/O is iowait" {
	cat >"$dir/io.yaml" <<-END
		duration: 1s
		machine: {cpus: 1, costs: zero}
		devices: {disk: {service: 400ms}}
		tasks: [{name: t, program: [io: disk, sleep: 10s]}]
	END
	ossim proc "$dir/io.yaml" --at 300ms stat
	grep -qx "cpu0 0 0 0 0 30 0 0 0 0 0" "$dir/out"
	grep -qx "procs_blocked 1" "$dir/out"
	ossim proc "$dir/io.yaml" --at 900ms stat
	grep -qx "cpu0 0 0 0 50 40 0 0 0 0 0" "$dir/out"
	grep -qx "procs_blocked 0" "$dir/out"
}

@test "PID/mm tells who uses and who borrows an address space" {
	cat >"$dir/mm.yaml" <<-EOF
		machine: {cpus: 3}
		duration: 1s
		tasks:
		  - {name: t, template: true, affinity: 1, program: {loop: [run: 10ms]}}
		  - {name: s, template: true, affinity: 2, program: [run: 10ms, sleep: 1s]}
		  - {name: p, affinity: 0, program: [clone: t, clone: {template: s, flags: vm}, sleep: 1s]}
	EOF
	pid=$(pid_of mm.yaml 500ms p)
	ossim proc "$dir/mm.yaml" --at 500ms "$pid/mm"
	expect 0
	# Three tasks of two processes; cpu 1 runs one of them, cpus 0 and 2 idle on what they had last.
	grep -Pq '^mm_users:\t3$' "$dir/out"
	grep -Pq '^mm_count:\t3$' "$dir/out"
	grep -Pq '^mm_cpumask_list:\t0,1,2$' "$dir/out"
	ossim proc "$dir/mm.yaml" --at 500ms "2/mm"
	grep -Pq '^mm_users:\t0$' "$dir/out"
}

@test "a tracee is in state t and names its tracer; threads of a cpu that is offline are parked" {
	cat >"$dir/t.yaml" <<-EOF
		machine: {cpus: 2, events: [{at: 100ms, cpu: 1, action: offline}]}
		duration: 1s
		tasks:
		  - {name: tracee, program: {loop: [run: 1ms, sleep: 1ms]}}
		  - {name: tracer, program: [sleep: 10ms, trace: tracee, wait, sleep: 1s]}
	EOF
	ossim ps "$dir/t.yaml" --at 500ms
	grep -Eq ' t +.* traced +tracee$' "$dir/out"
	[ "$(grep -Ec ' P .*\[(cpuhp|migration|ksoftirqd)/1\]$' "$dir/out")" -eq 3 ]
	tracer=$(awk '$NF == "tracer" { print $1 }' "$dir/out")
	tracee=$(awk '$NF == "tracee" { print $1 }' "$dir/out")
	ossim proc "$dir/t.yaml" --at 500ms "$tracee/status"
	grep -Pq '^State:\tt \(tracing stop\)$' "$dir/out"
	grep -Pq "^TracerPid:\t$tracer$" "$dir/out"
}

# Packets at 1, 2, ... ms; nobody reads, so that two are kept, but the device has taken all. At 9.55 ms (slack) four are sent, each
# a millisecond on the wire: at 12.55 ms three of them are done.
@test "net/dev counts what a network device has received and sent" {
	cat >"$dir/net.yaml" <<-END
		duration: 20ms
		machine: {cpus: 2, costs: zero}
		netdevs: {eth0: {every: 1ms, irq: 0, packet: 0, queue: 2, wire: 1ms, irq_cpu: 1}}
		tasks: [{name: t, program: [sleep: 9500us, net_send: {netdev: eth0, packets: 4}, sleep: 10s]}]
	END
	ossim proc "$dir/net.yaml" --at 12700us net/dev
	expect 0
	grep -q "^  eth0: *18000 *12 .* 4500 *3 " "$dir/out"
	ossim proc "$dir/net.yaml" --at 12700us net/softnet_stat
	expect 0
	grep -q "^0000000c 00000000 00000000 .* 00000001 00000000 00000000$" "$dir/out"
	ossim proc "$dir/net.yaml" --at 12700us net/route
	expect 2
}

# A pass of the softirq polls each device once, 64 packets of 1 us each: with five its 300 packets are spent (net_rx_action()).
@test "net/softnet_stat tells how often the softirq's packets were spent before its devices" {
	squeezed() {
		local devices=
		for ((i = 0; i < $1; i++)); do devices+="${devices:+, }d$i: {every: 1us, packet: 1us}"; done
		ossim proc "$dir/flood.yaml" --set "netdevs={$devices}" --at 1900us net/softnet_stat
		expect 0
		awk '{ print $3; exit }' "$dir/out"
	}
	printf '%s\n' 'duration: 10ms' 'machine: {cpus: 1, costs: zero}' 'tasks: [{name: t, program: {loop: [{run: 1ms}]}}]' \
		>"$dir/flood.yaml"
	[ "$(squeezed 4)" = 00000000 ]
	[ "$(squeezed 6)" = 00000005 ]
}

# counts_of FILE TIME VIEW LABEL: the numbers of the line that LABEL begins.
counts_of() {
	ossim proc "$dir/$1" --at "$2" "$3"
	expect 0
	awk -v label="$4:" '$1 == label { for (i = 2; $i ~ /^[0-9]+$/; i++) printf "%s%s", (i > 2 ? " " : ""), $i }' "$dir/out"
}

# Ticks at 4, 8, ... 40 ms; timers at 3, 6, ... 39 ms, of which those of 12, 24 and 36 are the tick's interrupt, too; the card's interrupts
# at 1, 2, ... 41 ms, each with a softirq.
@test "interrupts and softirqs count what comes to a cpu" {
	cat >"$dir/irqs.yaml" <<-END
		duration: 50ms
		machine: {cpus: 1, hz: 250, costs: zero, irqs: [{name: eth0, cpus: 0, every: 1ms, time: 0, softirq: 10us}]}
		tasks:
		  - {name: hog, birth: woken, program: {loop: [run: 1s]}}
		  - {name: rt, birth: woken, policy: fifo, priority: 1, program: {loop: [timer: 3ms]}}
	END
	[ "$(counts_of irqs.yaml 41500us interrupts LOC)" = 20 ]
	[ "$(counts_of irqs.yaml 41500us interrupts 24)" = 41 ]
	[ "$(counts_of irqs.yaml 41500us softirqs NET_RX)" = 41 ]
	ossim proc "$dir/irqs.yaml" --at 41500us stat
	grep -qx "intr 61$(printf ' 0%.0s' {0..23}) 41" "$dir/out"
	grep -qx "softirq 41 0 0 0 41 0 0 0 0 0 0" "$dir/out"
}

# A timeout of the timer wheel is the tick's interrupt, whatever that takes, and so is a sleep that ends in it by its slack: 4 ms before the
# tick of 8 ms it has 3990 us to go, and 50 us of slack.
@test "interrupts count a tick and what it serves once" {
	cat >"$dir/tick.yaml" <<-END
		duration: 50ms
		machine: {cpus: 1, hz: 250}
		wait_queues: [q]
		tasks:
		  - {name: hog, birth: woken, program: {loop: [run: 1s]}}
		  - {name: t, birth: woken, policy: fifo, priority: 1, program: {loop: [wait_event: {queue: q, timeout: 8ms}]}}
	END
	[ "$(counts_of tick.yaml 41ms interrupts LOC)" = 10 ]
	cat >"$dir/slack.yaml" <<-END
		duration: 50ms
		machine: {cpus: 1, hz: 250, costs: zero}
		tasks:
		  - {name: hog, birth: woken, program: {loop: [run: 1s]}}
		  - {name: t, start: 4ms, birth: woken, program: [sleep: 3990us, run: 1us, sleep: 1s]}
	END
	[ "$(counts_of slack.yaml 41ms interrupts LOC)" = 10 ]
}

# Every 10 ms w wakes r, which preempts hog on the other cpu: that is interrupted to reschedule, or, if it has another cache, to take r
# from its wake list. Alone there it polls, and none is sent.
@test "interrupts count those that cpus send each other" {
	cat >"$dir/ipis.yaml" <<-END
		duration: 100ms
		machine: {cpus: 2, hz: 100, costs: zero}
		pipes: {p: 64k}
		tasks:
		  - {name: hog, affinity: 1, birth: woken, program: {loop: [run: 1s]}}
		  - {name: r, affinity: 1, birth: woken, policy: fifo, priority: 1, program: {loop: [pipe_read: p]}}
		  - {name: w, affinity: 0, birth: woken, policy: fifo, priority: 1, program: {loop: [timer: 9ms, pipe_write: p]}}
	END
	[ "$(counts_of ipis.yaml 95ms interrupts RES)" = "0 10" ]
	[ "$(counts_of ipis.yaml 95ms interrupts CAL)" = "0 0" ]
	sed -i 's/cpus: 2/sockets: 2, cores: 1/' "$dir/ipis.yaml"
	[ "$(counts_of ipis.yaml 95ms interrupts RES)" = "0 0" ]
	[ "$(counts_of ipis.yaml 95ms interrupts CAL)" = "0 10" ]
	sed -i '/hog/d' "$dir/ipis.yaml"
	[ "$(counts_of ipis.yaml 95ms interrupts RES)" = "0 0" ]
	[ "$(counts_of ipis.yaml 95ms interrupts CAL)" = "0 0" ]
	# If it halts it is sent one for its wake list, whose handler asks for the reschedule, and one as r begins.
	sed -i 's/machine: {/machine: {idle_halts: true, /' "$dir/ipis.yaml"
	[ "$(counts_of ipis.yaml 95ms interrupts CAL)" = "0 11" ]
	[ "$(counts_of ipis.yaml 95ms interrupts RES)" = "0 0" ]
	sed -i 's/sockets: 2, cores: 1/cpus: 2/' "$dir/ipis.yaml"
	[ "$(counts_of ipis.yaml 95ms interrupts CAL)" = "0 11" ]
	[ "$(counts_of ipis.yaml 95ms interrupts RES)" = "0 0" ]
	# A child that is put there has it reschedule (wake_up_new_task()).
	cat >"$dir/child.yaml" <<-END
		duration: 100ms
		machine: {cpus: 2, hz: 100, costs: zero, idle_halts: true}
		tasks:
		  - {name: c, template: true, program: [run: 1ms]}
		  - {name: p, birth: woken, affinity: 0, program: [affinity: 0-1, fork: c, run: 50ms]}
	END
	[ "$(counts_of child.yaml 20ms interrupts RES)" = "0 1" ]
	sed -i 's/, idle_halts: true//' "$dir/child.yaml"
	[ "$(counts_of child.yaml 20ms interrupts RES)" = "0 0" ]
}

# A device with an interrupt on each cpu has a line for each; one for all cpus does the rest in a softirq.
@test "interrupts has a line for each interrupt of a block device" {
	cat >"$dir/disks.yaml" <<-END
		duration: 100ms
		machine: {cpus: 2, costs: zero}
		devices: {fast: {service: 1ms}, slow: {service: 1ms, irq_cpu: 0}}
		tasks: [{name: t, affinity: 1, program: [io: fast, io: slow, io: slow]}]
	END
	[ "$(counts_of disks.yaml 50ms interrupts 24)" = "0 0" ]
	[ "$(counts_of disks.yaml 50ms interrupts 25)" = "0 1" ]
	[ "$(counts_of disks.yaml 50ms interrupts 26)" = "2 0" ]
	[ "$(counts_of disks.yaml 50ms softirqs BLOCK)" = "2 0" ]
	sed -i 's/cpus: 2/cpus: 1/; s/, affinity: 1//' "$dir/disks.yaml"
	[ "$(counts_of disks.yaml 50ms softirqs BLOCK)" = 0 ]
}

# hrtimers of a task that is not realtime expire in a softirq there, one interrupt and one pass each. Ticks at 10 and 20 ms are two more
# interrupts: idle keeps them, as the next timer is less than a tick away.
@test "softirqs counts HRTIMER on a realtime kernel" {
	cat >"$dir/soft.yaml" <<-END
		duration: 50ms
		machine: {cpus: 1, hz: 100, costs: zero, preempt: rt}
		tasks: [{name: t, birth: woken, program: {loop: [timer: 3ms]}}]
	END
	[ "$(counts_of soft.yaml 28ms softirqs HRTIMER)" = 9 ]
	[ "$(counts_of soft.yaml 28ms interrupts LOC)" = 11 ]
}

# Two have it attached: the one that made it, and its child, which has touched 30 of the 40 pages; it is removed.
@test "sysvipc/shm and status count shared memory" {
	cat >"$dir/shm.yaml" <<-END
		duration: 1s
		machine: {cpus: 2, costs: zero}
		shms: {g: 100}
		tasks:
		  - {name: p, program: [shmat: g, shm_touch: {shm: g, count: 40}, fork: c, shmctl: {shm: g, remove: true}, wait]}
		  - {name: c, template: true, program: [shm_touch: {shm: g, count: 30}, sleep: 20ms]}
	END
	ossim proc "$dir/shm.yaml" --at 10ms sysvipc/shm
	expect 0
	head -1 "$dir/out" | grep -q '  cpid  lpid nattch   uid   gid '
	grep -q "^ *0 *0  1600 *409600 *0 *[0-9]* *2 .* 163840 *0$" "$dir/out"
	ossim ps "$dir/shm.yaml" --at 10ms
	child=$(awk '$NF == "c" { print $1 }' "$dir/out")
	ossim proc "$dir/shm.yaml" --at 10ms "$child/status"
	grep -Pq "^RssShmem:\t *120 kB$" "$dir/out"
	grep -Pq "^VmRSS:\t *120 kB$" "$dir/out"
	ossim proc "$dir/shm.yaml" --at 30ms sysvipc/shm
	expect 0
	[ "$(wc -l <"$dir/out")" = 1 ]
}

# 29 areas and one of mmap: 61 entries in 4 leaves below a root, 256 bytes each. VmSize: 900 + 100 + 24 pages.
@test "mmap and brk grow an address space; PID/mm tells what the tree of its areas takes" {
	cat >"$dir/vma.yaml" <<-EOF
		duration: 1s
		tasks:
		  - {name: p, memory: {pages: 900, vmas: 29}, program: [mmap: 100, brk: 24, sleep: 100ms, munmap: 100, sleep: 1s]}
	EOF
	pid=$(pid_of vma.yaml 50ms p)
	ossim proc "$dir/vma.yaml" --at 50ms "$pid/mm"
	expect 0
	grep -Pq '^map_count:\t30$' "$dir/out"
	grep -Pq '^maple_tree:\t5 nodes, height 2, 1280 bytes$' "$dir/out"
	ossim proc "$dir/vma.yaml" --at 50ms "$pid/status"
	grep -Pq '^VmSize:\t *4096 kB$' "$dir/out"
	grep -Pq '^VmRSS:\t *3600 kB$' "$dir/out"
	ossim proc "$dir/vma.yaml" --at 500ms "$pid/status"
	grep -Pq '^VmSize:\t *3696 kB$' "$dir/out"
}

@test "PID/status tells where a task may run that has disabled its migration" {
	cat >"$dir/pin.yaml" <<-EOF
		machine: {cpus: 4}
		tasks:
		  - {name: p, affinity: 0-2, program: [migrate_disable, run: 100ms, migrate_enable]}
	EOF
	pid=$(pid_of pin.yaml 50ms p)
	ossim proc "$dir/pin.yaml" --at 50ms "$pid/status"
	expect 0
	grep -Pq '^Cpus_allowed_list:\t0-2$' "$dir/out"
}

# swapper/0, init, kthreadd, migration/0, then the tasks: main is 4, and in the group below the group.
@test "files of a line tell names, children, groups, and the numbers of the kernel" {
	cat >"$dir/line.yaml" <<-EOF
		machine: {cpus: 1, costs: zero, kernel_threads: false, pid_max: 400, uptime: 90s}
		duration: 2s
		groups: {top: {groups: {low: {}}}}
		tasks:
		  - {name: child, template: true, program: [sleep: 1s]}
		  - {name: main, group: low, program: [fork: child, fork: child, run: 500ms, waitall, sleep: 1s]}
	EOF
	ossim proc "$dir/line.yaml" --at 1500ms main/children
	expect 0
	[ "$out" = "" ] # both were waited for
	ossim proc "$dir/line.yaml" --at 100ms main/children
	[ "$out" = "5 6 " ]
	ossim proc "$dir/line.yaml" --at 100ms main/timerslack_ns
	[ "$out" = 50000 ]
	ossim proc "$dir/line.yaml" --at 100ms migration/0/timerslack_ns
	[ "$out" = 0 ]
	ossim proc "$dir/line.yaml" --at 100ms child/comm
	[ "$out" = child ]
	ossim proc "$dir/line.yaml" --at 100ms 4/cgroup
	[ "$out" = 0::/top/low ]
	ossim proc "$dir/line.yaml" --at 100ms init/cgroup
	[ "$out" = 0::/ ]
	ossim proc "$dir/line.yaml" --at 100ms child/wchan
	[ "$out" = sleep ]
	ossim proc "$dir/line.yaml" --at 100ms main/wchan
	[ "$out" = 0 ]
	ossim proc "$dir/line.yaml" --at 100ms sys/kernel/pid_max
	[ "$out" = 400 ]
	ossim proc "$dir/line.yaml" --at 100ms sys/kernel/ns_last_pid
	[ "$out" = 6 ]
	# Busy for 500 ms, then idle: 400 ms of it at 900 ms.
	ossim proc "$dir/line.yaml" --at 900ms uptime
	[ "$out" = "90.90 0.40" ]
}

@test "a process is found by its name, a file that is not there is told of" {
	ossim proc "$dir/w.yaml" --at 500ms kworker/0:0/comm
	expect 0
	[ "$out" = kworker/0:0 ]
	ossim proc "$dir/w.yaml" --at 500ms hgo1/status
	expect 2
	contains "$err" "there is no process 'hgo1' at that time"
	ossim proc "$dir/w.yaml" --at 500ms hog1/statsu
	expect 2
	contains "$err" "did you mean 'PID/status'"
	ossim proc "$dir/w.yaml" --at 500ms loadvg
	expect 2
	contains "$err" "did you mean 'loadavg'"
	ossim proc "$dir/w.yaml" --at 500ms sys/kernel/nothing
	expect 2
	contains "$err" "'ossim list files' tells which there are"
}

@test "a process is also found by the name of its task, of several with its number" {
	cat >"$dir/w.yaml" <<-END
		duration: 10ms
		tasks:
		  - {name: db, comm: postgres, program: [sleep: 5ms]}
		  - {name: web, comm: nginx, count: 2, program: [exec: {comm: worker}, sleep: 5ms]}
	END
	ossim proc "$dir/w.yaml" --at 1ms db/comm
	expect 0
	[ "$out" = postgres ]
	ossim proc "$dir/w.yaml" --at 1ms web1/comm
	expect 0
	[ "$out" = worker ]
	ossim proc "$dir/w.yaml" --at 1ms web2/comm
	expect 2
	ossim proc "$dir/w.yaml" --at 1ms web/comm
	expect 2
}

# What the list names is there.
@test "every file of 'ossim list files' can be printed" {
	printf 'groups: {GROUP: }\nsched: {switches: [RT_GROUP_SCHED]}\n' >>"$dir/w.yaml"
	ossim list files
	expect 0
	for view in $(sed -n 's/ .*//; /^pids.N$/d; p' "$dir/out" | sed 's/^PID/1/'); do
		ossim proc "$dir/w.yaml" --at 500ms --set machine.irq_time_accounting=true "$view"
		expect 0
	done
}

# The leader computes for 100 ms, its threads for 200 and 300; the first of them is gone when the second still runs.
@test "times of a process are those of all its threads, also of the dead" {
	cat >"$dir/threads.yaml" <<-EOF
		machine: {cpus: 4, costs: zero}
		duration: 2s
		tasks:
		  - {name: short, template: true, program: {run: 200ms}}
		  - {name: long, template: true, program: [run: 300ms, sleep: 1s]}
		  - {name: lead, program: [clone: short, clone: long, run: 100ms, sleep: 2s]}
	EOF
	ossim proc "$dir/threads.yaml" --at 1s lead/stat
	expect 0
	fields 14,15,16,20 "60 0 0 2"
	ossim ps "$dir/threads.yaml" --at 1s
	grep -Eq ' 600 ms +sleep +lead$' "$dir/out"
	ossim ps "$dir/threads.yaml" --at 1s --threads
	grep -Eq ' 100 ms +sleep +lead$' "$dir/out"
	grep -Eq ' 300 ms +sleep +long$' "$dir/out"
}

# make waits for a shell that has waited for a compiler: 200 ms, 300 ms; of a child that it does not wait for it knows nothing.
@test "a process has the times of the children that it has waited for" {
	cat >"$dir/make.yaml" <<-EOF
		machine: {cpus: 2, costs: zero}
		duration: 3s
		tasks:
		  - {name: cc, template: true, program: [run: 100ms, syscall: 200ms]}
		  - {name: sh, template: true, program: [fork: cc, wait, run: 200ms]}
		  - {name: lost, template: true, program: {run: 400ms}}
		  - {name: make, program: [fork: sh, sleep: 100ms, wait, sigaction: {signal: CHLD, ignore: true}, fork: lost, wait, sleep: 2s]}
	EOF
	ossim proc "$dir/make.yaml" --at 400ms make/stat
	fields 16,17 "0 0"
	ossim proc "$dir/make.yaml" --at 400ms sh/stat
	fields 14-17 "10 0 10 20"
	ossim proc "$dir/make.yaml" --at 2s make/stat
	fields 14-17 "0 0 30 20"
}

# sh touches 10 pages, its thread 20, its child cc 40, for which it waits; make has touched 1 and waits for sh.
@test "a process has the page faults of all its threads, and those of children that it has waited for" {
	cat >"$dir/faults.yaml" <<-EOF
		machine: {cpus: 2, costs: zero}
		duration: 3s
		tasks:
		  - {name: thread, template: true, program: {touch_pages: 20}}
		  - {name: cc, template: true, program: {touch_pages: 40}}
		  - {name: sh, template: true, program: [touch_pages: 10, clone: thread, fork: cc, wait, sleep: 200ms]}
		  - {name: make, program: [touch_pages: 1, fork: sh, wait, sleep: 2s]}
	EOF
	ossim proc "$dir/faults.yaml" --at 100ms sh/stat
	expect 0
	fields 10-13 "30 40 0 0"
	ossim proc "$dir/faults.yaml" --at 100ms make/stat
	fields 10-13 "1 0 0 0"
	ossim proc "$dir/faults.yaml" --at 1s make/stat
	fields 10-13 "1 70 0 0"
}

# The cpu runs 100 ms of each: of a with nice 0, of b with nice 5, and c is niced after 40 ms.
@test "stat tells user time of niced tasks apart, and counts kernel threads among the processes" {
	cat >"$dir/nice.yaml" <<-EOF
		machine: {cpus: 2, costs: zero}
		duration: 1s
		tasks:
		  - {name: a, affinity: 0, program: {run: 100ms}}
		  - {name: b, affinity: 0, start: 200ms, nice: 5, program: {run: 100ms}}
		  - {name: c, affinity: 0, start: 400ms, program: [run: 40ms, nice: 1, run: 60ms]}
	EOF
	ossim proc "$dir/nice.yaml" --at 900ms stat
	expect 0
	grep -q '^cpu  14 16 0 ' "$dir/out"
	grep -q '^cpu0 14 16 0 ' "$dir/out"
	grep -q '^cpu1 0 0 0 ' "$dir/out"
	# init, kthreadd, five threads of each cpu, three tasks, and the idle task of cpu 1: fork_idle() is a fork, too.
	grep -q '^processes 16$' "$dir/out"
}

# A process keeps its threads, and so the l of ps, until they are gone, though its leader is dead. flags: those of a 6.18
# machine's zombies, which have PF_RANDOMIZE (0x400000) as all tasks of users.
@test "ps and PID/stat tell how zombies came to be" {
	cat >"$dir/z.yaml" <<-EOF
		machine: {cpus: 4, costs: zero}
		duration: 1s
		tasks:
		  - {name: thread, template: true, program: [sleep: 1s]}
		  - {name: leader, template: true, program: [clone: thread, exit: 3]}
		  - {name: exited, template: true, program: [exit: 1]}
		  - {name: killed, template: true, program: [kill: self]}
		  - {name: dumped, template: true, program: [signal: QUIT]}
		  - {name: ran, template: true, program: [exec: tool]}
		  - {name: parent, program: [fork: leader, fork: exited, fork: killed, fork: dumped, fork: ran, sleep: 1s]}
	EOF
	ossim ps "$dir/z.yaml" --at 500ms --threads
	expect 0
	grep -Eq ' Zl .* leader <defunct>$' "$dir/out"
	grep -Eq ' Sl .* thread$' "$dir/out"
	grep -Eq ' Z .* exited <defunct>$' "$dir/out"
	for zombie in exited=40004c killed=40044c dumped=40064c tool=40000c; do
		ossim proc "$dir/z.yaml" --at 500ms "${zombie%=*}/stat"
		[ "$(printf %x "$(cut -d ' ' -f 9 "$dir/out")")" = "${zombie#*=}" ]
	done
}

# The leader exits with 3, the last thread with 5: 5 is what the parent is told, 0x500 in the last field.
@test "PID/stat has the code that wait tells" {
	cat >"$dir/code.yaml" <<-EOF
		machine: {cpus: 2, costs: zero}
		duration: 1s
		tasks:
		  - {name: thread, template: true, program: [run: 30ms, exit: 5]}
		  - {name: leader, template: true, program: [clone: thread, run: 5ms, exit: 3]}
		  - {name: parent, program: [fork: leader, sleep: 100ms, wait]}
	EOF
	ossim proc "$dir/code.yaml" --at 20ms leader/stat
	fields 3,52 "Z 768"
	ossim proc "$dir/code.yaml" --at 50ms leader/stat
	fields 3,52 "Z 1280"
}

# A wakes itself five times on cpu 0, and each time B on cpu 1; both run for 1 ms after it. Two cpus share one cache.
@test "sched_schedstats=1: PID/sched and schedstat count wakeups, sleeps and turns" {
	cat >"$dir/stats.yaml" <<-EOF
		machine: {cpus: 2, costs: zero}
		duration: 100ms
		sched: {sched_schedstats: 1, timer_slack_ns: 0}
		tasks:
		  - {name: A, affinity: 0, program: [{loop: {count: 5, do: [sleep: 9ms, sem_post: s, run: 1ms]}}, sleep: 1s]}
		  - {name: B, affinity: 1, program: [{loop: [sem_wait: s, run: 1ms]}]}
		semaphores: {s: 0}
	EOF
	ossim proc "$dir/stats.yaml" --at 80ms "$(pid_of stats.yaml 80ms B)/sched"
	expect 0
	for line in "nr_wakeups 5" "nr_wakeups_remote 5" "nr_wakeups_local 0" "sum_sleep_runtime 45.000000" \
		"wait_sum 0.000000" "exec_max 1.000000" "avg_per_cpu 0.000001" "nr_voluntary_switches 6"; do
		tr -s ' :' ' ' <"$dir/out" | grep -Fxq "$line"
	done
	ossim proc "$dir/stats.yaml" --at 80ms "$(pid_of stats.yaml 80ms A)/sched"
	for line in "nr_wakeups 5" "nr_wakeups_local 5" "sum_sleep_runtime 45.000000" "sleep_max 9.000000"; do
		tr -s ' :' ' ' <"$dir/out" | grep -Fxq "$line"
	done
	ossim proc "$dir/stats.yaml" --at 80ms schedstat
	# cpu 0 woke ten times, five of them for itself; its domain knows of the other five.
	grep -Eq '^cpu0 0 0 [0-9]+ [0-9]+ 10 5 ' "$dir/out"
	[ "$(awk '$1 == "domain0" { print $(NF - 2); exit }' "$dir/out")" -eq 5 ]
	ossim proc "$dir/stats.yaml" --set sched.sched_schedstats=0 --at 80ms schedstat
	grep -Eq '^cpu0 0 0 0 0 0 0 ' "$dir/out"
}

# bitmap_string(), as in /proc/irq/default_smp_affinity: the first word has as many digits as the cpus in it need.
# The write into the pipe wakes in passing, the semaphore does not. A and B take turns of a tick; C has nobody beside it.
@test "sched_schedstats=1: wakeups in passing, and the longest turn beside others" {
	cat >"$dir/stats.yaml" <<-EOF
		machine: {cpus: 3, hz: 250, costs: zero}
		duration: 100ms
		sched: {sched_schedstats: 1, timer_slack_ns: 0}
		tasks:
		  - {name: A, affinity: 0, program: [run: 40ms]}
		  - {name: B, affinity: 0, program: [run: 40ms]}
		  - {name: C, affinity: 1, program: [sleep: 1ms, pipe_write: {pipe: p, bytes: 1}, run: 9ms, sleep: 1ms, sem_post: s, run: 9ms, sleep: 1s]}
		  - {name: D, affinity: 2, program: [pipe_read: p, sem_wait: s, sleep: 1s]}
	EOF
	for want in "A slice_max 4.000000" "C slice_max 0.000000" "D nr_wakeups 2" "D nr_wakeups_sync 1"; do
		ossim proc "$dir/stats.yaml" --at 50ms "${want%% *}/sched"
		tr -s ' :' ' ' <"$dir/out" | grep -Fxq "${want#* }"
	done
}

@test "masks of schedstat are as wide as there are cpus" {
	ossim proc "$dir/w.yaml" --set machine.cpus=40 --at 1ms schedstat
	expect 0
	grep -q '^domain0 MC ff,ffffffff 0 ' "$dir/out"
	ossim proc "$dir/w.yaml" --set machine.cpus=5 --at 1ms schedstat
	grep -q '^domain0 MC 1f 0 ' "$dir/out"
}

# By 55 ms the daemon has worked five times for 1 ms, alone on its core, though vcpus waited at the other thread.
@test "sched_schedstats=1: core_forceidle_sum is for how long the core idled beside a task" {
	core="$top_srcdir/workloads/core-sched.yaml"
	ossim proc "$core" --set sched.sched_schedstats=1 --at 55ms daemon/sched
	expect 0
	tr -s ' :' ' ' <"$dir/out" | grep -Eq '^core_forceidle_sum 5\.0[0-9]+$'
	ossim proc "$core" --at 55ms daemon/sched
	absent core_forceidle_sum "$dir/out"
}

# b, below a, has 20 of each 100 ms and would take all: it runs 20 ms and stalls 80. In whole per cents of 2.004 s.
@test "cgroup files and pressure: a throttled group is stalled as a whole" {
	cat >"$dir/g.yaml" <<-EOF
		machine: {cpus: 1, costs: zero}
		duration: 5s
		groups: {a: {max: 20ms/100ms, burst: 5ms, groups: {b: {weight: 300}}}, c: {weight_nice: -3}, d: {idle: 1, pids_max: 4}, e: {shares: 922}}
		devices: {disk: {service: 700ms}}
		tasks:
		  - {name: ga, group: b, program: {loop: [run: 10ms]}}
		  - {name: io, group: c, program: {loop: [io: disk]}}
		  - {name: part, template: true, program: {sleep: 9s}}
		  - {name: dead, template: true, group: e, program: {run: 1ms}}
		  - {name: shell, session: true, program: [clone: part, fork: dead, nice: 3, sleep: 9s]}
	EOF
	for f in a/b/cpu.weight=300 b/cpu.weight=300 b/cpu.shares=3072 c/cpu.weight.nice=-3 c/cpu.weight=194 c/cpu.shares=1991 e/cpu.weight.nice=0 e/pids.current=1 \
		d/cpu.idle=1 d/cpu.shares=3 "a/cpu.max=20000 100000" "c/cpu.max=max 100000" a/cpu.max.burst=5000 \
		a/cpu.cfs_quota_us=20000 c/cpu.cfs_quota_us=-1 a/cpu.cfs_period_us=100000 a/pids.current=1 d/pids.max=4 c/pids.max=max \
		a/cgroup.freeze=0 a/freezer.state=THAWED; do
		[ "$("$OSSIM" proc "$dir/g.yaml" --at 4s "cgroup/${f%%=*}")" = "${f#*=}" ] || { echo "$f"; return 1; }
	done
	[ "$("$OSSIM" proc "$dir/g.yaml" --at 4s /sys/fs/cgroup/a/b/cgroup.procs)" = "$(pid_of g.yaml 4s ga)" ]
	[ "$("$OSSIM" proc "$dir/g.yaml" --at 4s cgroup/a/cgroup.events | head -1)" = "populated 1" ]
	[ "$("$OSSIM" proc "$dir/g.yaml" --at 4s cgroup/d/cgroup.events | head -1)" = "populated 0" ]
	# Only a zombie is in e, which weighs as nearly as much as nice 0 (1024) as 1 (820).
	[ "$("$OSSIM" proc "$dir/g.yaml" --at 4s cgroup/e/cgroup.events | head -1)" = "populated 0" ]
	[ "$("$OSSIM" proc "$dir/g.yaml" --at 4s shell/autogroup)" = "/autogroup-1 nice 0" ]
	ossim proc "$dir/g.yaml" --at 4s cgroup/a/cpu.stat
	grep -qx 'nr_periods 40' "$dir/out"
	ossim proc "$dir/g.yaml" --at 4s cgroup/b/cpu.pressure
	grep -q '^some avg10=1[34]\.' "$dir/out"
	[ "$(sed -n 's/some //p' "$dir/out")" = "$(sed -n 's/full //p' "$dir/out")" ]
	ossim proc "$dir/g.yaml" --at 4s pressure/io
	grep -q '^some avg10=1[78]\.' "$dir/out"
	ossim proc "$dir/g.yaml" --at 4s cgroup/c/io.pressure
	[ "$(sed -n 's/some //p' "$dir/out")" = "$(sed -n 's/full //p' "$dir/out")" ]
	ossim proc "$dir/g.yaml" --at 4s pressure/cpu
	grep -qx 'full avg10=0.00 avg60=0.00 avg300=0.00 total=0' "$dir/out"
	[ "$("$OSSIM" proc "$dir/g.yaml" --at 4s cgroup/cgroup.threads | wc -l)" -gt 5 ]
	ossim proc "$dir/g.yaml" --at 4s cgroup/x/cpu.stat
	[ "$code" -ne 0 ]
	grep -q "there is no group 'x'" "$dir/err"
	ossim proc "$dir/g.yaml" --at 4s cgroup/a/cpu.stats
	grep -q "a group has no file 'cpu.stats' (did you mean 'cpu.stat'?)" "$dir/err"
	ossim proc "$dir/g.yaml" --at 4s cgroup/cpu.max
	grep -q "the root group has no file 'cpu.max'" "$dir/err"
}

# No runtime, no RT tasks: sched_rt_can_attach() refuses (EINVAL) the process whose thread is one, not another process.
@test "an RT task does not go to a group without RT runtime" {
	cat >"$dir/rt.yaml" <<-EOF
		sched: {switches: [RT_GROUP_SCHED]}
		duration: 1s
		groups: {none: , some: {rt_runtime: 10ms, rt_period: 20ms}}
		tasks:
		  - {name: part, template: true, policy: fifo, priority: 5, program: {sleep: 9s}}
		  - {name: rt, policy: fifo, priority: 5, program: [group: some, group: none, sleep: 9s]}
		  - {name: threads, program: [clone: part, group: none, sleep: 9s]}
		  - {name: fair, program: [group: none, sleep: 9s]}
	EOF
	[ "$("$OSSIM" proc "$dir/rt.yaml" --at 900ms rt/cgroup)" = "0::/some" ]
	[ "$("$OSSIM" proc "$dir/rt.yaml" --at 900ms threads/cgroup)" = "0::/" ]
	[ "$("$OSSIM" proc "$dir/rt.yaml" --at 900ms fair/cgroup)" = "0::/none" ]
	[ "$("$OSSIM" proc "$dir/rt.yaml" --at 900ms cgroup/some/cpu.rt_runtime_us)" = 10000 ]
	[ "$("$OSSIM" proc "$dir/rt.yaml" --at 900ms cgroup/some/cpu.rt_period_us)" = 20000 ]
	[ "$("$OSSIM" proc "$dir/rt.yaml" --at 900ms cgroup/none/cpu.rt_runtime_us)" = 0 ]
}

# for_each_online_cpu(); the sum is of all, as far as the one that is gone had come: idle from 10 ms on, for 90.
@test "a cpu that is offline has no line in stat, schedstat and softnet_stat" {
	cat >"$dir/off.yaml" <<-EOF
		machine: {cpus: 3, costs: zero, events: [{at: 100ms, cpu: 1, action: offline}, {at: 600ms, cpu: 1, action: online}]}
		duration: 1s
		tasks: [{name: t, affinity: 1, program: {run: 10ms}}]
	EOF
	for view in stat schedstat net/softnet_stat; do
		ossim proc "$dir/off.yaml" --at 500ms "$view"
		expect 0
		absent '^cpu1 ' "$dir/out"
		case $view in
		net/*) [ "$(wc -l <"$dir/out")" -eq 2 ] && [ "$(awk '{ print $13 }' "$dir/out")" = $'00000000\n00000002' ] ;;
		*) grep -q '^cpu2 ' "$dir/out" ;;
		esac
		ossim proc "$dir/off.yaml" --at 900ms "$view"
		[ "$(grep -c '' "$dir/out")" -gt 2 ]
		[ "$view" = net/softnet_stat ] || grep -q '^cpu1 ' "$dir/out"
	done
	ossim proc "$dir/off.yaml" --at 500ms stat
	[ "$(awk '$1 == "cpu" { print $2 }' "$dir/out")" -eq 1 ]
}

# softnet_seq_show() of net/core/net-procfs.c: 13 numbers in 6.1, then also the lengths of two queues.
@test "softnet_stat has as many numbers as the kernel's" {
	for want in v6.1=13 v6.12=15 v6.18=15; do
		ossim proc "$dir/w.yaml" --at 1ms --kernel "${want%=*}" net/softnet_stat
		[ "$(awk 'END { print NF }' "$dir/out")" -eq "${want#*=}" ]
	done
}

# The cpu is idle to 1 s but for 10 ms, and for 400 ms of that somebody waits for I/O: get_idle_time() leaves them out.
@test "uptime: idle is who waits for nothing" {
	cat >"$dir/io.yaml" <<-END
		duration: 1s
		machine: {cpus: 1, costs: zero, kernel_threads: false}
		devices: {disk: {service: 400ms}}
		tasks: [{name: t, program: [io: disk, run: 10ms, sleep: 10s]}]
	END
	ossim proc "$dir/io.yaml" --at 1s uptime
	[ "$out" = "1.00 0.59" ]
}

# What a 6.18 machine prints: a zombie has left for the last time (TASK_DEAD), so it does not run; of two threads there is no
# wchan; a stopped process has the signal in the last field until somebody has waited for the stop; kernel threads would
# tell by SIGCHLD, but for kthreadd.
@test "PID/stat: wchan, the code of a stop, how kernel threads would tell of their end" {
	cat >"$dir/s.yaml" <<-EOF
		machine: {cpus: 4, costs: zero}
		duration: 1s
		tasks:
		  - {name: dead, template: true, program: [exit: 3]}
		  - {name: part, template: true, program: {sleep: 1s}}
		  - {name: two, program: [clone: part, sleep: 1s]}
		  - {name: tstp, program: {loop: [run: 10ms]}}
		  - {name: stop, template: true, program: {loop: [run: 10ms]}}
		  - {name: asks, program: [fork: stop, sleep: 300ms, waitpid: {task: stop, stopped: true}, sleep: 1s]}
		  - {name: sends, program: [sleep: 100ms, signal: {task: tstp, signal: STOP}, signal: {task: stop, signal: STOP}, fork: dead, sleep: 1s]}
	EOF
	ossim proc "$dir/s.yaml" --at 200ms dead/stat
	fields 3,35,52 "Z 1 768"
	ossim proc "$dir/s.yaml" --at 200ms two/stat
	fields 3,20,35 "S 2 0"
	ossim proc "$dir/s.yaml" --at 200ms sends/stat
	fields 3,35 "S 1"
	ossim proc "$dir/s.yaml" --at 200ms tstp/stat
	fields 3,52 "T 19"
	ossim proc "$dir/s.yaml" --at 200ms stop/stat
	fields 3,52 "T 19"
	ossim proc "$dir/s.yaml" --at 400ms stop/stat
	fields 3,52 "T 0"
	# PF_NOFREEZE, PF_KTHREAD and PF_FORKNOEXEC, of a worker also PF_WQ_WORKER and PF_NO_SETAFFINITY.
	ossim proc "$dir/s.yaml" --at 200ms kthreadd/stat
	fields 9,38 "2129984 0"
	ossim proc "$dir/s.yaml" --at 200ms ksoftirqd/1/stat
	fields 9,38 "69238848 17"
	ossim proc "$dir/s.yaml" --at 200ms kworker/1:0/stat
	fields 9,38 "69238880 17"
}

# The boot was 90 s before the run; a tick of the run is 4 ms, and jiffies begin 300 s before they wrap for the first time.
@test "PID/stat and schedstat count from the boot on" {
	cat >"$dir/boot.yaml" <<-EOF
		machine: {cpus: 1, hz: 250, uptime: 90s, costs: zero}
		duration: 1s
		tasks: [{name: a, program: {sleep: 1s}}, {name: b, start: 250ms, program: {sleep: 1s}}]
	EOF
	for want in init=0 kthreadd=0 a=9000 b=9025; do
		ossim proc "$dir/boot.yaml" --at 500ms "${want%=*}/stat"
		fields 22 "${want#*=}"
	done
	ossim proc "$dir/boot.yaml" --at 500ms schedstat
	grep -qx "timestamp $(((1 << 32) - 300 * 250 + 90 * 250 + 125))" "$dir/out"
}

# a runs 100 ms, its thread 300, of which calls are 200.
@test "PID/task/TID/stat is of one thread" {
	cat >"$dir/tid.yaml" <<-EOF
		machine: {cpus: 2, costs: zero}
		duration: 1s
		tasks:
		  - {name: t, template: true, program: [run: 100ms, syscall: 200ms, sleep: 1s]}
		  - {name: a, program: [clone: t, run: 100ms, sleep: 1s]}
	EOF
	pid=$(pid_of tid.yaml 900ms a)
	ossim proc "$dir/tid.yaml" --at 900ms a/stat
	fields 14,15,20,35 "20 20 2 0"
	ossim proc "$dir/tid.yaml" --at 900ms "/proc/$pid/task/$pid/stat"
	fields 1,14,15,20,35 "$pid 10 0 2 1"
	ossim proc "$dir/tid.yaml" --at 900ms "a/task/$((pid + 1))/stat"
	fields 1,2,14,15,38 "$((pid + 1)) (t) 10 20 -1"
	ossim proc "$dir/tid.yaml" --at 900ms "a/task/$((pid + 1))/comm"
	[ "$out" = t ]
	ossim proc "$dir/tid.yaml" --at 900ms "a/task/1/stat"
	expect 2
	contains "$err" "there is no thread 'a/task/1'"
}

# bitmap_string() pads the first word to what its cpus need; string_escape_str() of the name alone, not in stat.
@test "PID/status: masks are as wide as the cpus, a backslash in the name is two" {
	cat >"$dir/name.yaml" <<-'EOF'
		machine: {cpus: 40}
		duration: 1s
		tasks: [{name: t, comm: 'a\b) (', affinity: 33, program: {sleep: 1s}}]
	EOF
	ossim proc "$dir/name.yaml" --at 1ms t/status
	expect 0
	grep -Fxq 'Name:	a\\b) (' "$dir/out"
	grep -Fxq 'Cpus_allowed:	02,00000000' "$dir/out"
	ossim proc "$dir/name.yaml" --at 1ms t/stat
	grep -Fq ' (a\b) () S ' "$dir/out"
}

# Ticks of 10 ms charge whoever runs; b waits for the whole time, which its first turn will add.
@test "PID/sched and PID/schedstat are as of the last time that a task was charged" {
	cat >"$dir/tick.yaml" <<-EOF
		machine: {cpus: 1, hz: 100, costs: zero, kernel_threads: false}
		duration: 1s
		tasks:
		  - {name: a, policy: fifo, priority: 2, program: {run: 900ms}}
		  - {name: b, policy: fifo, priority: 1, program: [run: 10ms, sleep: 1s]}
		  - {name: idler, policy: idle, program: {run: 10ms}}
	EOF
	ossim proc "$dir/tick.yaml" --at 105ms a/schedstat
	[ "${out%% *}" -gt 94000000 ] && [ "${out%% *}" -le 100000000 ]
	ran=${out%% *}
	ossim proc "$dir/tick.yaml" --at 105ms a/sched
	tr -s ' :' ' ' <"$dir/out" | grep -Fxq "se.sum_exec_runtime $((ran / 1000000)).$(printf %06d $((ran % 1000000)))"
	ossim proc "$dir/tick.yaml" --at 105ms b/schedstat
	[ "$out" = "0 0 0" ]
	ossim proc "$dir/tick.yaml" --at 950ms b/schedstat
	[ "$out" = "10000000 900000000 1" ]
	# fair_policy() is of SCHED_OTHER and SCHED_BATCH.
	ossim proc "$dir/tick.yaml" --at 105ms idler/sched
	absent se.slice "$dir/out"
}

# Of 100 ms each in web and, after the move, in mail, 40 are calls; dead has spent 30 of 50 ms in calls, and is gone.
@test "cpu.stat tells user time from the kernel's, also of who has left or is dead" {
	cat >"$dir/g.yaml" <<-EOF
		machine: {cpus: 2, costs: zero, kernel_threads: false}
		duration: 1s
		groups: {top: {groups: {web: , mail: }}}
		tasks:
		  - {name: dead, template: true, group: web, program: [run: 20ms, syscall: 30ms]}
		  - {name: mover, group: web, program: [run: 60ms, syscall: 40ms, group: mail, run: 60ms, syscall: 40ms, sleep: 1s]}
		  - {name: parent, program: [fork: dead, wait, sleep: 1s]}
	EOF
	for want in web="150000 80000 70000" mail="100000 60000 40000" top="250000 140000 110000"; do
		ossim proc "$dir/g.yaml" --at 900ms "cgroup/${want%%=*}/cpu.stat"
		[ "$(awk 'NR <= 3 { print $2 }' "$dir/out" | xargs)" = "${want#*=}" ]
	done
	# The root has all lines, too.
	ossim proc "$dir/g.yaml" --at 900ms cgroup/cpu.stat
	[ "$(cut -d ' ' -f 1 "$dir/out" | xargs)" = "usage_usec user_usec system_usec nice_usec core_sched.force_idle_usec nr_periods nr_throttled throttled_usec nr_bursts burst_usec" ]
	grep -qx 'usage_usec 250000' "$dir/out"
	grep -qx 'system_usec 110000' "$dir/out"
}

# Of n's 100 ms 60 are its own, of which it has a nice of 5 for the last 20 before its call; m has none. 6.1 knows no nice_usec.
@test "cpu.stat tells user time of niced tasks, cpuacct what version 1 tells" {
	cat >"$dir/n.yaml" <<-EOF
		machine: {cpus: 2, costs: zero, kernel_threads: false}
		duration: 1s
		groups: {top: {groups: {low: }}}
		tasks:
		  - {name: n, group: low, program: [run: 40ms, nice: 5, run: 20ms, sleep: 1s]}
		  - {name: c, group: low, program: [syscall: 40ms, sleep: 1s]}
		  - {name: m, group: top, nice: 1, program: [syscall: 30ms, run: 90ms, sleep: 1s]}
	EOF
	at() { "$OSSIM" proc "$dir/n.yaml" --at 900ms "$@"; }
	# low: 20 ms, of which 60 in 100 are in user mode. top: and 120, of which 90 in 120.
	at cgroup/low/cpu.stat | grep -qx 'nice_usec 12000'
	at cgroup/top/cpu.stat | grep -qx 'nice_usec 102000'
	at cgroup/cpu.stat | grep -qx 'nice_usec 102000'
	[ "$(at cgroup/top/cpu.stat --kernel v6.1 | cut -d ' ' -f 1 | sed -n '3,4p' | xargs)" = "system_usec core_sched.force_idle_usec" ]
	[ "$(at cgroup/low/cpuacct.usage)" = 100000000 ]
	[ "$(at /sys/fs/cgroup/cpu,cpuacct/top/cpuacct.usage_user)" = 150000000 ]
	[ "$(at cgroup/top/cpuacct.usage_sys)" = 70000000 ]
	[ "$(at cgroup/top/cpuacct.stat | xargs)" = "user 15 system 7" ]
}

# n runs 40 ms on cpu 0 and 20 on cpu 1, m in the group above 90 on cpu 1, of which its last group has nothing; k is 30 ms in the kernel.
@test "cpuacct by cpu" {
	cat >"$dir/n.yaml" <<-EOF
		machine: {cpus: 2, costs: zero, kernel_threads: false}
		duration: 1s
		groups: {top: {groups: {low: }}, kernel: }
		tasks:
		  - {name: n, group: low, affinity: 0, program: [run: 40ms, affinity: 1, run: 20ms, sleep: 1s]}
		  - {name: m, group: top, affinity: 1, program: [run: 90ms, group: kernel, sleep: 1s]}
		  - {name: k, group: kernel, affinity: 0, program: [syscall: 30ms, sleep: 1s]}
	EOF
	at() { "$OSSIM" proc "$dir/n.yaml" --at 900ms "$@"; }
	[ "$(at cgroup/low/cpuacct.usage_percpu)" = "40000000 20000000 " ]
	[ "$(at cgroup/top/cpuacct.usage_percpu)" = "40000000 110000000 " ]
	[ "$(at cgroup/top/cpuacct.usage_percpu_user)" = "40000000 110000000 " ]
	[ "$(at cgroup/kernel/cpuacct.usage_percpu_sys)" = "30000000 0 " ]
	[ "$(at cgroup/kernel/cpuacct.usage_percpu_user)" = "0 0 " ]
	[ "$(at cgroup/top/cpuacct.usage_all | tr '\n' /)" = "cpu user system/0 40000000 0/1 110000000 0/" ]
	[ "$(at cgroup/cpuacct.usage_percpu)" = "70000000 110000000 " ]
}

# top may run 20 ms of 100, low is in it and has no quota of its own: it waits as long for that of top.
@test "cpu.stat.local tells of waits for any quota, cpu.stat of those for its own" {
	cat >"$dir/t.yaml" <<-EOF
		machine: {cpus: 1, costs: zero, kernel_threads: false, quota_phase: 100ms}
		duration: 1s
		groups: {top: {max: 20ms/100ms, groups: {low: }}}
		tasks:
		  - {name: n, group: low, program: {loop: [run: 10ms]}}
	EOF
	for kernel in v6.12 v6.18; do
		at() { "$OSSIM" proc "$dir/t.yaml" --at 250ms --kernel "$kernel" "$@"; }
		want=$(at cgroup/cpu/top/cpu.stat | sed -n 's/throttled_time //p')
		[ "$want" -gt 100000000 ]
		self=$(at cgroup/cpu/low/cpu.stat.local | sed -n 's/throttled_time //p')
		# What is under way counts in the one, not in the other: the throttling that began in the last period.
		[ "$self" -gt 0 ] && [ "$self" -lt "$want" ] && [ $((want - self)) -le 80000000 ]
		[ "$(at cgroup/top/cpu.stat.local)" = "throttled_usec $((self / 1000))" ]
		[ "$(at cgroup/cpu/low/cpu.stat | xargs)" = "nr_periods 0 nr_throttled 0 throttled_time 0 nr_bursts 0 burst_time 0" ]
		[ "$(at cgroup/cpu.stat.local)" = "throttled_usec 0" ]
	done
	ossim proc "$dir/t.yaml" --at 250ms --kernel v6.1 cgroup/low/cpu.stat.local
	expect 2
	contains "$err" "a group has no file 'cpu.stat.local' on this kernel: it needs a kernel after v6.1"
}

@test "files that a kernel is built with are not there without" {
	echo 'groups: {g: }' >>"$dir/w.yaml"
	for want in "cgroup/g/irq.pressure=machine.irq_time_accounting" "pressure/irq=machine.irq_time_accounting" \
		"cgroup/g/cpu.rt_runtime_us=the switch RT_GROUP_SCHED" "cgroup/g/cpu.rt_period_us=the switch RT_GROUP_SCHED"; do
		ossim proc "$dir/w.yaml" --at 1ms "${want%%=*}"
		expect 2
		contains "$err" "on this kernel: it needs ${want#*=}"
	done
	ossim proc "$dir/w.yaml" --at 1ms --set machine.irq_time_accounting=true pressure/irq
	expect 0
}

# get_rr_interval_rt(): 100 ms in ticks of RR tasks. get_rr_interval_fair(): whole ticks of a slice, 2.8 ms and 12 ms; none where nobody is queued.
@test "PID/task tells what sched_rr_get_interval does" {
	cat >"$dir/i.yaml" <<-EOF
		machine: {cpus: 2, hz: 250}
		duration: 1s
		tasks:
		  - {name: rr, policy: rr, priority: 1, program: {sleep: 1s}}
		  - {name: ff, policy: fifo, priority: 1, program: {sleep: 1s}}
		  - {name: dl, policy: deadline, runtime: 1ms, deadline: 9ms, program: {sleep: 1s}}
		  - {name: short, affinity: 0, program: {loop: [run: 10ms]}}
		  - {name: long, affinity: 0, slice: 12ms, program: {loop: [run: 10ms]}}
		  - {name: alone, affinity: 1, slice: 12ms, program: {sleep: 1s}}
	EOF
	for want in rr=100000000 ff=0 dl=0 short=0 long=12000000 alone=0; do
		ossim proc "$dir/i.yaml" --at 500ms "${want%=*}/task"
		grep -q "^rr_interval .* tells ${want#*=} ns\$" "$dir/out" || { echo "$want"; return 1; }
	done
	# sched_slice() of CFS: half of 26 ms for each of two, in whole ticks.
	ossim proc "$dir/i.yaml" --at 500ms --kernel v6.1 --set sched.latency_ns=26ms short/task
	grep -q "^rr_interval *3, and the system call sched_rr_get_interval tells 12000000 ns" "$dir/out"
}

# Two hogs, one of them in a group of its own, whose entity weighs as much as a task does.
@test "sched/debug tells what is queued where, as other files do" {
	cat >"$dir/q.yaml" <<-EOF
		machine: {cpus: 1, hz: 250, costs: zero, kernel_threads: false}
		duration: 1s
		groups: {g: }
		tasks:
		  - {name: a, birth: woken, slice: 3ms, program: {run: 1s}}
		  - {name: b, birth: woken, group: g, program: {run: 1s}}
		  - {name: s, birth: woken, program: {sleep: 1s}}
	EOF
	for kernel in v6.1 v6.12 v6.18; do
		at() { "$OSSIM" proc "$dir/q.yaml" --at 50ms --kernel "$kernel" "$@" 2>"$dir/err"; }
		at /sys/kernel/debug/sched/debug >"$dir/debug"
		field() { sed -n "/^$1/,/^\$/s/^  \.$2 *: //p" "$dir/debug"; }
		[ "$(field cpu#0 nr_running)" = 2 ]
		[ "$(grep -c '^cfs_rq' "$dir/debug") $(grep '^cfs_rq' "$dir/debug" | xargs)" = "2 cfs_rq[0]:/g cfs_rq[0]:/" ]
		[ "$(field 'cfs_rq.0.:.$' load) $(field 'cfs_rq.0.:.g$' load) $(field 'cfs_rq.0.:.g$' 'se->load.weight')" = "2097152 1048576 1048576" ]
		[ "$(field 'dl_rq.0.' 'dl_bw->bw')" = 996147 ]
		# The one line with > is of who runs.
		running=$(awk '/^>R/ { print $2 }' "$dir/debug")
		at runqueues | grep -q "^  > fair .* $running "
		for task in a b; do
			vruntime=$(at $task/sched | sed -n 's/^se.vruntime *: *//p')
			grep -qE "^.R +$task +[0-9]+ +$vruntime " "$dir/debug"
		done
		[ "$(grep -cE '^[> ][RSDI] .* /g?$' "$dir/debug")" = "$("$OSSIM" ps "$dir/q.yaml" --at 50ms --kernel $kernel --threads | tail -n +2 | wc -l)" ]
		grep -qE '^ S +s .* /$' "$dir/debug"
		grep -qE '^.R +b .* /g$' "$dir/debug"
	done
	grep -qE "^.R +a .* S +3\.000000 " "$dir/debug"
	grep -q '^  .nr_queued ' "$dir/debug"
}

# What the kernel says of a machine of two sockets with two cores of two threads.
@test "debugfs tells the preemption model and the domains" {
	cat >"$dir/d.yaml" <<-EOF
		machine: {sockets: 2, cores: 2, threads: 2, preempt: full}
		tasks: [{name: a, program: {run: 10ms}}]
	EOF
	at() { "$OSSIM" proc "$dir/d.yaml" --at 1ms "$@"; }
	[ "$(at /sys/kernel/debug/sched/preempt)" = "none voluntary (full) lazy " ]
	[ "$(at /sys/kernel/debug/sched/preempt --kernel v6.12)" = "none voluntary (full) " ]
	[ "$(at /sys/kernel/debug/sched/preempt --set machine.preempt=rt)" = "full (lazy) " ]
	ossim proc "$dir/d.yaml" --at 1ms --kernel v6.12 --set machine.preempt=rt /sys/kernel/debug/sched/preempt
	expect 2
	sd=/sys/kernel/debug/sched/domains/cpu3
	[ "$(at $sd/domain0/name) $(at $sd/domain1/name) $(at $sd/domain2/name)" = "SMT MC NUMA" ]
	[ "$(at $sd/domain0/level) $(at $sd/domain1/level) $(at $sd/domain2/level)" = "0 2 5" ]
	[ "$(at $sd/domain0/min_interval) $(at $sd/domain1/min_interval) $(at $sd/domain2/max_interval)" = "2 4 16" ]
	[ "$(at $sd/domain0/imbalance_pct) $(at $sd/domain1/imbalance_pct) $(at $sd/domain0/cache_nice_tries)" = "110 117 0" ]
	[ "$(at $sd/domain0/flags)" = "SD_BALANCE_NEWIDLE SD_BALANCE_EXEC SD_BALANCE_FORK SD_WAKE_AFFINE SD_SHARE_CPUCAPACITY SD_SHARE_LLC SD_PREFER_SIBLING " ]
	[ "$(at $sd/domain1/groups_flags)" = "$(at $sd/domain0/flags)" ]
	at $sd/domain2/flags --kernel v6.12 | grep -q 'SD_OVERLAP SD_NUMA $'
	at $sd/domain0/flags --kernel v6.1 | grep -q 'SD_SHARE_CPUCAPACITY SD_SHARE_PKG_RESOURCES SD_PREFER_SIBLING $'
	ossim proc "$dir/d.yaml" --at 1ms --kernel v6.1 $sd/domain0/level
	expect 2
	ossim proc "$dir/d.yaml" --at 1ms $sd/domain3/name
	expect 2
}

# io sleeps in D to 500 ms and freezes then; what is below is frozen with it.
@test "cgroup.events and freezer.state tell that all stand still, not that they shall" {
	cat >"$dir/f.yaml" <<-EOF
		machine: {cpus: 2, costs: zero, kernel_threads: false}
		duration: 1s
		groups: {top: {groups: {low: , quiet: }}}
		devices: {disk: {service: 500ms}}
		tasks:
		  - {name: io, group: low, program: [io: disk, run: 1s]}
		  - {name: q, group: quiet, program: {loop: [run: 10ms]}}
		  - {name: v2, program: [sleep: 100ms, set_group: {group: top, freeze: true}, sleep: 1s]}
	EOF
	frozen() { "$OSSIM" proc "$dir/f.yaml" --at "$1" "cgroup/$2/cgroup.events" | sed -n 's/frozen //p'; }
	[ "$(frozen 50ms quiet)" = 0 ]
	[ "$(frozen 300ms quiet)" = 1 ]
	[ "$(frozen 300ms top)" = 0 ]
	[ "$(frozen 600ms top)" = 1 ]
	sed -i 's/freeze: true/freezer: FROZEN/' "$dir/f.yaml"
	state() { "$OSSIM" proc "$dir/f.yaml" --at "$1" "cgroup/$2/freezer.state"; }
	[ "$(state 50ms low)" = THAWED ]
	[ "$(state 300ms quiet)" = FROZEN ]
	[ "$(state 300ms top)" = FREEZING ]
	[ "$(state 600ms top)" = FROZEN ]
	[ "$(state 600ms low)" = FROZEN ]
	for want in top/freezer.self_freezing=1 top/freezer.parent_freezing=0 low/freezer.self_freezing=0 low/freezer.parent_freezing=1; do
		[ "$("$OSSIM" proc "$dir/f.yaml" --at 600ms "cgroup/${want%=*}")" = "${want#*=}" ]
	done
}

# cpu_weight_read_u64(): an idle group's 3 of 1024 are 0 of 100; from 6.12 on at least 1 (CGROUP_WEIGHT_MIN).
@test "cpu.weight of an idle group reads as the kernel says it" {
	echo 'groups: {low: {idle: 1}}' >>"$dir/w.yaml"
	for want in v6.1=0 v6.12=1 v6.18=1; do
		ossim proc "$dir/w.yaml" --at 1ms --kernel "${want%=*}" cgroup/low/cpu.weight
		[ "$out" = "${want#*=}" ]
	done
}

@test "a folder is told from a file" {
	echo 'groups: {web: }' >>"$dir/w.yaml"
	ossim proc "$dir/w.yaml" --at 1ms cgroup/web
	expect 2
	contains "$err" "'web' is a group, its files are 'cgroup/web/cpu.stat' and others"
	for path in / /proc /proc/ /sys/fs/cgroup /1; do
		ossim proc "$dir/w.yaml" --at 1ms "$path"
		expect 2
		contains "$err" "there is no file '"
	done
}

# sched_rt_runtime_us is a signed sysctl; four cpus: 700 us times 1 + log2(4), until it is written; sched_feat_show() ends each name with a blank.
@test "knobs and flags are read as they are set at the moment" {
	cat >"$dir/k.yaml" <<-EOF
		machine: {cpus: 4}
		duration: 1s
		sched: {sched_rt_runtime_us: -1, features: [NO_PLACE_LAG], writes: [{at: 300ms, base_slice_ns: 3ms}]}
		tasks: [{name: t, program: {sleep: 1s}}]
	EOF
	read_at() { ossim proc "$dir/k.yaml" --at "$1" "${@:3}" "$2"; }
	read_at 100ms /proc/sys/kernel/sched_rt_runtime_us
	[ "$out" = -1 ]
	read_at 100ms sys/kernel/sched_rt_period_us
	[ "$out" = 1000000 ]
	read_at 100ms /sys/kernel/debug/sched/base_slice_ns
	[ "$out" = 2100000 ]
	read_at 400ms /sys/kernel/debug/sched/base_slice_ns
	[ "$out" = 3000000 ]
	read_at 100ms /sys/kernel/debug/sched/fair_server/cpu3/runtime
	[ "$out" = 50000000 ]
	read_at 100ms /sys/kernel/debug/sched/fair_server/cpu4/runtime
	expect 2
	read_at 100ms /sys/kernel/debug/sched/latency_ns
	expect 2
	read_at 100ms /sys/kernel/debug/sched/features
	expect 0
	grep -Eq '^NO_PLACE_LAG PLACE_DEADLINE_INITIAL .* $' "$dir/out"
}
