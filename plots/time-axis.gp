# SPDX-License-Identifier: MIT
#
# Decades of time in ns on the logarithmic axis `axis` ('x' or 'y'), from `low` to `high`. What took no time is drawn at
# 1 ns.
names = "'≤ 1 ns' '10 ns' '100 ns' '1 µs' '10 µs' '100 µs' '1 ms' '10 ms' '100 ms' '1 s' '10 s' '100 s' '1000 s'"
command = 'set '.axis.'tics add '
eval 'set '.axis.'tics scale 0.6,0.3 ()'
do for [power = 0:12] {
	if (10.0 ** power >= low * 0.999 && 10.0 ** power <= high * 1.001) {
		eval command.sprintf('(%s%s%s %.0f)', "'", word(names, power + 1), "'", 10.0 ** power)
	}
	do for [digit = 2:9] {
		if (digit * 10.0 ** power >= low && digit * 10.0 ** power <= high) {
			# Less than a decade: its steps need names too.
			name = high / low < 30 && (digit == 2 || digit == 5) ? \
				sprintf('%d %s', digit * 10 ** (power % 3), word('ns µs ms s ks', power / 3 + 1)) : ''
			eval command.sprintf('(%s%s%s %.0f %d)', "'", name, "'", digit * 10.0 ** power, \
				name eq '' ? 1 : 0)
		}
	}
}
