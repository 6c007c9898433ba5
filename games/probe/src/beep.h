// A sound that never stops, silent but for the beeps: a stream that is already running starts a beep at once.
#ifndef PROBE_BEEP_H
#define PROBE_BEEP_H

// Starts the thread that plays. Without a sound server the probe goes on silently.
void beep_start(void);
// 1 kHz for 60 ms, from now on. Any thread.
void beep(void);

#endif
