import type { JSX } from 'preact';

/** Line icons on a 24 px grid; decoration only, the button around them carries the name. */
const PATHS = {
  play: 'M8 5.5v13l10.5-6.5z',
  mute: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5m0-5l-5 5',
  sound: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
  mic: 'M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM6 11a6 6 0 0 0 12 0M12 17v4M9 21h6',
  micOff:
    'M15 10.500V6a3 3 0 0 0-5.900-.7M9 9v2a3 3 0 0 0 4.600 2.500M6 11a6 6 0 0 0 9.700 4.700M18 11a6 6 0 0 1-.600 2.600M12 17v4M9 21h6M4 3.500l16 17',
  tune: 'M4 7.500h8m4.500 0H20M14.200 5.200v4.600M4 16.500h3.500m4.500 0h8M9.800 14.200v4.600',
  full: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  window: 'M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5',
  share: 'M12 15V4m0 0L8 8m4-4l4 4M5 12v7h14v-7',
  stats: 'M4 20V13m5.3 7V5m5.4 15v-9M20 20V8',
  quit: 'M10 4H5v16h5M14 8l4 4-4 4m4-4H9',
  gamepad:
    'M7 7.500h10a4.500 4.500 0 0 1 4.400 5.400l-.8 3.600a2.200 2.200 0 0 1-3.800 1L15 15H9l-1.800 2.500a2.200 2.200 0 0 1-3.800-1l-.8-3.600A4.500 4.500 0 0 1 7 7.500zM8 10v3M6.500 11.500h3M15.500 10.500h.01M17.500 12.500h.01',
  text: 'M5 6.500h14M12 6.500v11.500M9 18h6',
  keys: 'M3 6.5h18v11H3zM6.5 10h.01M10 10h.01M13.5 10h.01M17 10h.01M8 14h8',
  people:
    'M9 11.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM3 19c.6-3.2 3-4.8 6-4.8s5.400 1.600 6 4.800M16 5.300a3.200 3.200 0 0 1 0 6M18 14.600c1.700.7 2.700 2.200 3 4.400',
  eye: 'M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 14.800a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600z',
  mouse: 'M12 3a6 6 0 0 0-6 6v6a6 6 0 0 0 12 0V9a6 6 0 0 0-6-6zm0 4v4',
  record: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z',
  save: 'M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  key: 'M7.500 19.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM10.500 12.700L20 4m-4 3.700l3 3m-5.500-.7l2 2',
  more: 'M5 11.500v1M12 11.500v1M19 11.500v1',
  crown: 'M4 8l4 4 4-6 4 6 4-4-2 10H6z',
  send: 'M4 12l16-7-5 14-4-5zM11 14l9-9',
  clock: 'M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 7.500V12l3 2',
  close: 'M6 6l12 12M18 6L6 18',
  seat: 'M7.500 12.500V4h9v8.500M5 12.500h14V16H5zM7 16v4M17 16v4',
  table: 'M3.500 9h17M6 9v10M18 9v10M6 14h12',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
