/** The player with its WebRTC library: a part of its own, so that signing in does not wait for it. */
export function loadPlayer(): Promise<typeof import('./play-session.ts')> {
  return import('./play-session.ts');
}
