#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A row that nothing reads pretends: every feature flag, switch, knob and cost is used outside of
# the model's tables.
. "$(dirname "$0")/tidy.bash"

# rows FILE: the first word of each row of the X-macro lists.
rows() {
	sed -nE 's/^[[:space:]]X\(([A-Za-z_0-9]+),.*/\1/p' "$1"
}

# used PATTERN: does code outside of the tables match?
used() {
	grep -rqE --include='*.[ch]' --exclude={knobs,features,costs}.h --exclude=kernel.c -- "$1" src
}

rule "every feature flag and switch decides something"
for name in $(rows src/model/features.h); do
	grep -rqE --include='*.[ch]' --exclude=features.h "FEATURE_$name\b" src || bad "src/model/features.h: nothing depends on $name"
done

rule "every knob is read"
for name in $(rows src/model/knobs.h); do
	used "(->|\\.)$name\\b" || bad "src/model/knobs.h: nothing reads $name"
done

rule "nothing reads what is said to have no effect"
for name in $(sed -nE 's/^[[:space:]]X\("?([A-Za-z_0-9\/]+)"?,.*/\1/p' src/model/inert.h); do
	case $name in
	*[A-Z]_*) grep -rqE --include='*.[ch]' -- "FEATURE_$name\b" src && bad "src/model/inert.h: $name is read" ;;
	*) rows src/model/knobs.h | grep -qx "${name##*/}" && bad "src/model/inert.h: $name is a knob, too" ;;
	esac
done

rule "every action has forms, which 'ossim list actions' prints"
for name in $(rows src/model/ops.h); do
	case $name in
	END | EACH) ;; # made by the builder
	*) grep -q "\[OP_$name\]" src/model/op_forms.c || bad "src/model/op_forms.c: how is $name written?" ;;
	esac
done

rule "every rule of a decision is told"
for name in $(rows src/trace/decision.h); do
	case $name in
	NONE | PICK | DELAY | PREEMPT | RESCHED | SELECT | BALANCE | THROTTLE) ;; # no rule, and the kinds
	*) grep -rqE --include='*.[ch]' --exclude-dir=trace -- "RULE_$name\b" src || bad "src/trace/decision.h: nothing tells $name" ;;
	esac
done

rule "every cost is paid"
for name in $(rows src/model/costs.h); do
	used "(->|\\.)$name\\b" || bad "src/model/costs.h: nothing pays $name"
done
tidy_end
