/** The X11 keysym of a character (X11 protocol, appendix A): Latin-1 as it is, everything else by its code point. */
export function keysymOf(character: string): number {
  const codePoint = character.codePointAt(0) ?? 0;
  const latin = (codePoint >= 0x20 && codePoint <= 0x7e) || (codePoint >= 0xa0 && codePoint <= 0xff);
  return latin ? codePoint : 0x1000000 + codePoint;
}
