/* The session's pads as virtual joysticks of the game's SDL. */
#ifndef NEARCADE_SDL_PADS_H
#define NEARCADE_SDL_PADS_H

/* After the game has initialised joysticks: connects to the node the first time, and plugs in what is plugged in. */
void sdl_pads_start(void);

/* Around a call by which SDL may forget its joysticks: holds changes off meanwhile, then looks what is left. */
void sdl_pads_before_quit(void);
void sdl_pads_after_quit(void);

#endif
