import type { ErrorCode } from '#shared/errors.ts';
import type { MicProblem } from '../../../session/voice/microphone.ts';

/** Why the microphone is off, and what to do about it. */
const PROBLEMS: Partial<Record<MicProblem | ErrorCode, string>> = {
  denied:
    'Your browser does not let this page use the microphone. Allow it beside the address of this page, then turn it on again.',
  missing: 'No microphone was found. Plug one in, then turn it on again.',
  busy: 'The microphone is in use by another program, or did not start.',
  insecure: 'Browsers open microphones on secure pages only: come by an address that begins with https.',
  voice_forbidden: 'The host does not let you speak right now.',
  voice_flood: 'Your microphone sent too much and was turned off. Try again in half a minute.',
  voices_full: 'Too many microphones are open already. Wait until somebody turns theirs off.',
  rate_limited: 'That was too often. Wait a moment and turn it on again.',
};

export function sayProblem(problem: MicProblem | ErrorCode): string {
  return PROBLEMS[problem] ?? 'The microphone could not be opened. Turn it on again.';
}

/** Keys whose name is not the end of their code. */
const KEYS: Readonly<Record<string, string>> = {
  Backquote: '`',
  Minus: '-',
  Equal: '=',
  BracketLeft: '[',
  BracketRight: ']',
  Semicolon: ';',
  Quote: "'",
  Backslash: '\\',
  Comma: ',',
  Period: '.',
  Slash: '/',
  CapsLock: 'Caps Lock',
};

/** A KeyboardEvent.code as it stands on the key of an English keyboard. */
export function sayKey(code: string): string {
  return KEYS[code] ?? code.replace(/^(Key|Digit)/, '').replace(/(Left|Right)$/, ' $1');
}
