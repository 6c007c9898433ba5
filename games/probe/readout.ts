/**
 * Reads what the probe shows back off a picture: pure, for the browser and for Node. The geometry is that of src/draw.c.
 * A scaled picture is fine as long as a cell keeps a few pixels: each cell is judged by the mean of its middle.
 */
export interface Picture {
  width: number;
  height: number;
  /** 4 bytes RGBA a pixel. */
  data: ArrayLike<number>;
}

export const SCENES = ['still', 'busy', 'scroll'] as const;
export const COLOURS = ['red', 'green', 'blue', 'yellow', 'magenta', 'white'] as const;
export type Colour = (typeof COLOURS)[number];

export interface Readout {
  scene: (typeof SCENES)[number];
  /** Frames drawn since the probe started. */
  frame: number;
  /** Key presses of each seat, modulo 4096. */
  presses: number[];
  /** The colour of each seat's block: it goes on by one with each press. */
  colours: Colour[];
  held: boolean[];
  lastKeycode: number;
  lastButton: number;
  /** Modulo 256. */
  wheel: number;
  /** Pixels of the probe's window. */
  pointer: { x: number; y: number };
  /** The sync block is lit, which it is for 80 ms from each press. */
  flash: boolean;
}

/** Pixels of the probe's own picture. */
const WIDTH = 1280;
const HEIGHT = 720;
const CELL = 16;
const CODE_BITS = 32;
const CODE_X = 16;
const CODE_Y = 16;
const CODE_STEP = 24;
const SEATS = 4;

/** Where a seat's block stands, for who reads nothing but its colour. */
export const BLOCK = { x: 16, y: 560, step: 160, size: 128 } as const;
const FLASH_X = 704;

/** RGB of src/draw.c, in the order of COLOURS. */
const SEAT_RGB: ReadonlyArray<readonly [number, number, number]> = [
  [0xd0, 0x20, 0x20],
  [0x20, 0xc0, 0x20],
  [0x30, 0x40, 0xe0],
  [0xe0, 0xd0, 0x20],
  [0xd0, 0x20, 0xd0],
  [0xe8, 0xe8, 0xe8],
];

/** What the picture shows, or null when it is not the probe's, or a bar code of it cannot be read. */
export function readProbe(picture: Picture): Readout | null {
  const codes = [0, 1, 2, 3, 4, 5].map(row => readCode(picture, row));
  if (codes.includes(null)) return null;
  const [frame = 0, seats12 = 0, seats34 = 0, inputs = 0, pointer = 0, mode = 0] = codes as number[];
  const scene = SCENES[mode & 0xff];
  if (scene === undefined) return null;
  return {
    scene,
    frame,
    presses: [seats12 >> 12, seats12 & 0xfff, seats34 >> 12, seats34 & 0xfff],
    colours: Array.from({ length: SEATS }, (_, seat) => seatColour(picture, seat)),
    held: Array.from({ length: SEATS }, (_, seat) => ((mode >> (8 + seat)) & 1) === 1),
    lastKeycode: inputs >> 16,
    lastButton: (inputs >> 8) & 0xff,
    wheel: inputs & 0xff,
    pointer: { x: pointer >> 12, y: pointer & 0xfff },
    flash: luma(mean(picture, FLASH_X, BLOCK.y, BLOCK.size)) > 128,
  };
}

/** The colour that a seat's block has. */
export function seatColour(picture: Picture, seat: number): Colour {
  const seen = mean(picture, BLOCK.x + seat * BLOCK.step, BLOCK.y, BLOCK.size);
  const distances = SEAT_RGB.map(([r, g, b]) => (seen[0] - r) ** 2 + (seen[1] - g) ** 2 + (seen[2] - b) ** 2);
  return COLOURS[distances.indexOf(Math.min(...distances))] ?? 'red';
}

/** 24 bits of value and 8 of check, most significant first. */
function readCode(picture: Picture, row: number): number | null {
  let value = 0;
  let check = 0;
  for (let bit = 0; bit < CODE_BITS; bit++) {
    const isSet = luma(mean(picture, CODE_X + bit * CELL, CODE_Y + row * CODE_STEP, CELL)) > 128 ? 1 : 0;
    if (bit < 24) value = (value << 1) | isSet;
    else check = (check << 1) | isSet;
  }
  const expected = ((value >> 16) ^ (value >> 8) ^ value ^ 0x5a) & 0xff;
  return check === expected ? value : null;
}

/** Mean RGB of the middle half of a square, given in pixels of the probe's own picture. */
function mean(picture: Picture, x: number, y: number, size: number): [number, number, number] {
  const scaleX = picture.width / WIDTH;
  const scaleY = picture.height / HEIGHT;
  const left = Math.floor((x + size / 4) * scaleX);
  const right = Math.max(left + 1, Math.ceil((x + (size * 3) / 4) * scaleX));
  const top = Math.floor((y + size / 4) * scaleY);
  const bottom = Math.max(top + 1, Math.ceil((y + (size * 3) / 4) * scaleY));
  const sum: [number, number, number] = [0, 0, 0];
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const at = (row * picture.width + column) * 4;
      for (const channel of [0, 1, 2] as const) sum[channel] += picture.data[at + channel] ?? 0;
    }
  }
  const count = (right - left) * (bottom - top);
  return [sum[0] / count, sum[1] / count, sum[2] / count];
}

function luma([r, g, b]: readonly [number, number, number]): number {
  return 0.299 * r + 0.587 * g + 0.114 * b;
}
