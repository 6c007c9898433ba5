import type { Plugin } from 'vite';

/**
 * Headers of the static files, as Cloudflare's asset server reads them (`_headers` in the assets folder).
 * microphone: for voice, and for our own page alone. connect-src: media nodes have addresses of their own. no-referrer: an address of ours can hold an invitation.
 */
const HEADERS = `/*
  Content-Security-Policy: default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; media-src 'self' blob: mediastream:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
  Permissions-Policy: microphone=(self), camera=(), geolocation=(), payment=(), usb=()
  Referrer-Policy: no-referrer
  X-Content-Type-Options: nosniff
/assets/*
  Cache-Control: public, max-age=31536000, immutable
`;

export function securityHeaders(): Plugin {
  return {
    name: 'nearcade:security-headers',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: '_headers', source: HEADERS });
    },
  };
}
