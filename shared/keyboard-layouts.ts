import { z } from 'zod';

export interface KeyboardLayout {
  /** For people. */
  name: string;
  /** xkeyboard-config's names. */
  layout: string;
  variant: string;
  /** What each of `LAYOUT_KEYS` says without any other key held, by xkeyboard-config; a space where that is a dead key. */
  characters: string;
}

/** The keys by which layouts differ: KeyboardEvent.code of the character block, from its upper left to its lower right. */
export const LAYOUT_KEYS: readonly string[] = [
  ...'Backquote Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal'.split(' '),
  ...'KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight'.split(' '),
  ...'KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backslash'.split(' '),
  ...'IntlBackslash KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash'.split(' '),
];

/** Layouts that a player may have. Of those that say the same the first stands for the others. */
export const KEYBOARD_LAYOUTS = {
  us: {
    name: 'English (US)',
    layout: 'us',
    variant: '',
    characters: "`1234567890-=qwertyuiop[]asdfghjkl;'\\<zxcvbnm,./",
  },
  gb: {
    name: 'English (UK)',
    layout: 'gb',
    variant: '',
    characters: "`1234567890-=qwertyuiop[]asdfghjkl;'#\\zxcvbnm,./",
  },
  fr: {
    name: 'French',
    layout: 'fr',
    variant: '',
    characters: '²&é"\'(-è_çà)=azertyuiop $qsdfghjklmù*<wxcvbn,;:!',
  },
  be: {
    name: 'Belgian',
    layout: 'be',
    variant: '',
    characters: '²&é"\'(§è!çà)-azertyuiop $qsdfghjklmùµ<wxcvbn,;:=',
  },
  de: {
    name: 'German',
    layout: 'de',
    variant: '',
    characters: ' 1234567890ß qwertzuiopü+asdfghjklöä#<yxcvbnm,.-',
  },
  ch: {
    name: 'Swiss German',
    layout: 'ch',
    variant: '',
    characters: "§1234567890' qwertzuiopü asdfghjklöä$<yxcvbnm,.-",
  },
  'ch-fr': {
    name: 'Swiss French',
    layout: 'ch',
    variant: 'fr',
    characters: "§1234567890' qwertzuiopè asdfghjkléà$<yxcvbnm,.-",
  },
  es: {
    name: 'Spanish',
    layout: 'es',
    variant: '',
    characters: "º1234567890'¡qwertyuiop +asdfghjklñ ç<zxcvbnm,.-",
  },
  latam: {
    name: 'Latin American',
    layout: 'latam',
    variant: '',
    characters: "|1234567890'¿qwertyuiop +asdfghjklñ{}<zxcvbnm,.-",
  },
  it: {
    name: 'Italian',
    layout: 'it',
    variant: '',
    characters: "\\1234567890'ìqwertyuiopè+asdfghjklòàù<zxcvbnm,.-",
  },
  pt: {
    name: 'Portuguese',
    layout: 'pt',
    variant: '',
    characters: "\\1234567890'«qwertyuiop+ asdfghjklçº <zxcvbnm,.-",
  },
  br: {
    name: 'Portuguese (Brazil)',
    layout: 'br',
    variant: '',
    characters: "'1234567890-=qwertyuiop [asdfghjklç ]\\zxcvbnm,.;",
  },
  nl: {
    name: 'Dutch',
    layout: 'nl',
    variant: '',
    characters: '@1234567890/°qwertyuiop *asdfghjkl+ <]zxcvbnm,.-',
  },
  dk: {
    name: 'Danish',
    layout: 'dk',
    variant: '',
    characters: "½1234567890+ qwertyuiopå asdfghjklæø'<zxcvbnm,.-",
  },
  no: {
    name: 'Norwegian',
    layout: 'no',
    variant: '',
    characters: "|1234567890+\\qwertyuiopå asdfghjkløæ'<zxcvbnm,.-",
  },
  se: {
    name: 'Swedish, Finnish',
    layout: 'se',
    variant: '',
    characters: "§1234567890+ qwertyuiopå asdfghjklöä'<zxcvbnm,.-",
  },
  pl: {
    name: 'Polish',
    layout: 'pl',
    variant: '',
    characters: "`1234567890-=qwertyuiop[]asdfghjkl;'\\<zxcvbnm,./",
  },
  cz: {
    name: 'Czech',
    layout: 'cz',
    variant: '',
    characters: ';+ěščřžýáíé= qwertzuiopú)asdfghjklů§ \\yxcvbnm,.-',
  },
  sk: {
    name: 'Slovak',
    layout: 'sk',
    variant: '',
    characters: ';+ľščťžýáíé= qwertzuiopúäasdfghjklô§ň\\yxcvbnm,.-',
  },
  hu: {
    name: 'Hungarian',
    layout: 'hu',
    variant: '',
    characters: '0123456789öüóqwertzuiopőúasdfghjkléáűíyxcvbnm,.-',
  },
  ro: {
    name: 'Romanian',
    layout: 'ro',
    variant: '',
    characters: "`1234567890-=qwertyuiop[]asdfghjkl;'\\\\zxcvbnm,./",
  },
  hr: {
    name: 'Croatian, Slovenian',
    layout: 'hr',
    variant: '',
    characters: "`1234567890'+qwertzuiopšđasdfghjklčćž<yxcvbnm,.-",
  },
  tr: {
    name: 'Turkish',
    layout: 'tr',
    variant: '',
    characters: '"1234567890*-qwertyuıopğüasdfghjklşi,<zxcvbnmöç.',
  },
  gr: {
    name: 'Greek',
    layout: 'gr',
    variant: '',
    characters: "`1234567890-=;ςερτυθιοπ[]ασδφγηξκλ '\\«ζχψωβνμ,./",
  },
  ru: {
    name: 'Russian',
    layout: 'ru',
    variant: '',
    characters: 'ё1234567890-=йцукенгшщзхъфывапролджэ\\/ячсмитьбю.',
  },
  ua: {
    name: 'Ukrainian',
    layout: 'ua',
    variant: '',
    characters: "'1234567890-=йцукенгшщзхїфівапролджєґ/ячсмитьбю.",
  },
  bg: {
    name: 'Bulgarian',
    layout: 'bg',
    variant: '',
    characters: '(1234567890-.,уеишщксдзц;ьяаожгтнвмч„ѝюйъэфхпрлб',
  },
  il: {
    name: 'Hebrew',
    layout: 'il',
    variant: '',
    characters: ";1234567890-=/'קראטוןםפ][שדגכעיחלךף,\\<זסבהנמצתץ.",
  },
  jp: {
    name: 'Japanese',
    layout: 'jp',
    variant: '',
    characters: ' 1234567890-^qwertyuiop@[asdfghjkl;:]<zxcvbnm,./',
  },
  kr: {
    name: 'Korean',
    layout: 'kr',
    variant: '',
    characters: "`1234567890-=qwertyuiop[]asdfghjkl;'\\<zxcvbnm,./",
  },
  ca: {
    name: 'Canadian French',
    layout: 'ca',
    variant: '',
    characters: '#1234567890-=qwertyuiop  asdfghjkl; <«zxcvbnm,.é',
  },
  dvorak: {
    name: 'Dvorak',
    layout: 'us',
    variant: 'dvorak',
    characters: "`1234567890[]',.pyfgcrl/=aoeuidhtns-\\<;qjkxbmwvz",
  },
  colemak: {
    name: 'Colemak',
    layout: 'us',
    variant: 'colemak',
    characters: "`1234567890-=qwfpgjluy;[]arstdhneio'\\-zxcvbkm,./",
  },
  bepo: {
    name: 'Bépo',
    layout: 'fr',
    variant: 'bepo',
    characters: '$"«»()@+-/*=%bépoè vdljzwauie,ctsrnmçêàyx.k\'qghf',
  },
} as const satisfies Record<string, KeyboardLayout>;

export type LayoutId = keyof typeof KEYBOARD_LAYOUTS;
export const layoutIdSchema = z.enum(Object.keys(KEYBOARD_LAYOUTS) as [LayoutId, ...LayoutId[]]);

/** Keys that have to agree before a layout is believed: a browser may know only some. */
const SUFFICIENT = 20;

/** American keyboards lack it, and systems differ in what it would say there. */
const ABSENT_KEY = LAYOUT_KEYS.indexOf('IntlBackslash');

/** The layout that says most of what the browser's keys say (W3C Keyboard Map: code to character); undefined when none does. */
export function layoutOf(characters: ReadonlyMap<string, string>): LayoutId | undefined {
  let best: LayoutId | undefined;
  let most = SUFFICIENT - 1;
  for (const id of Object.keys(KEYBOARD_LAYOUTS) as LayoutId[]) {
    const layout: KeyboardLayout = KEYBOARD_LAYOUTS[id];
    const agree = [...layout.characters].filter(
      (character, index) => index !== ABSENT_KEY && characters.get(LAYOUT_KEYS[index] ?? '') === character,
    ).length;
    if (agree > most) {
      best = id;
      most = agree;
    }
  }
  return best;
}
