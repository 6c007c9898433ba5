/** The page around the player. */
export function loadPlayPage(): Promise<typeof import('../ui/play/play-page.tsx')> {
  return import('../ui/play/play-page.tsx');
}

/** The player with its WebRTC library: a part of its own, so that signing in does not wait for it. */
export function loadPlayer(): Promise<typeof import('./play-session.ts')> {
  return import('./play-session.ts');
}

/**
 * Does in advance what the first Play would pay for: fetches the player, and lets the browser bring up its WebRTC
 * engine and list its codecs. Failing is no matter here: Play then does it itself, and says what is wrong.
 */
export async function warmUpPlayer(): Promise<void> {
  try {
    await Promise.all([loadPlayer(), loadPlayPage()]);
    const peer = new RTCPeerConnection();
    peer.addTransceiver('video', { direction: 'recvonly' });
    peer.addTransceiver('audio', { direction: 'recvonly' });
    await peer.createOffer();
    peer.close();
  } catch {}
}
