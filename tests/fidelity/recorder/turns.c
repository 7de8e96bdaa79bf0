/* SPDX-License-Identifier: MIT */
/*
 * turns: has the clock chip interrupt 8192 times a second. Nobody serves that, but the emulator,
 * which executes all cpus by one thread, looks up that often and hands over from cpu to cpu.
 */
#include <stdio.h>
#include <sys/io.h>

/*
 * The chip's registers A and B, and what they hold: the rate, and whether there are such
 * interrupts.
 */
enum { ADDRESS = 0x70, DATA = 0x71, RATE = 10, CONTROL = 11, RATE_8192 = 3, PERIODIC = 0x40 };

static unsigned char chip_read(unsigned char at)
{
	outb(at, ADDRESS);
	return inb(DATA);
}

static void chip_write(unsigned char at, unsigned char value)
{
	outb(at, ADDRESS);
	outb(value, DATA);
}

int main(void)
{
	if (iopl(3)) {
		perror("turns");
		return 1;
	}
	chip_write(RATE, (unsigned char)((chip_read(RATE) & 0xf0) | RATE_8192));
	chip_write(CONTROL, chip_read(CONTROL) | PERIODIC);
	return 0;
}
