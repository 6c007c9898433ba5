import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { playApi, type WhepLink } from '#shared/api/play.ts';
import { CopyField } from '../copy-field.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { useNow } from '../use-now.ts';
import { describeError } from '../words.ts';

const MINUTE_MS = 60_000;

/** A link by which any WHEP player (OBS, GStreamer, a web page) shows the session: made on demand, and voided again. */
export function WhepShare({ sessionId }: { sessionId: string }): JSX.Element {
  const { api } = useServices();
  const link = useSignal<WhepLink | null>(null);
  const make = useAction(async () => {
    link.value = await api.call(playApi.whep, { params: { id: sessionId } });
  });
  const end = useAction(async () => {
    await api.call(playApi.voidWhep, { params: { id: sessionId } });
    link.value = null;
  });
  const error = make.error ?? end.error;
  return (
    <div class="whep-share" data-testid="whep">
      {link.value === null ? (
        <button
          type="button"
          class="button button-small"
          disabled={make.busy}
          data-testid="whep-make"
          onClick={() => make.run()}
        >
          Watch in another player (WHEP)
        </button>
      ) : (
        <>
          <CopyField label="WHEP address" url={link.value.url} testId="whep-url" />
          <CopyField label="Bearer token" url={link.value.token} testId="whep-token" />
          <p class="muted">
            Whoever has both can watch. <Expiry at={link.value.expiresAt} />
          </p>
          <button
            type="button"
            class="button button-small"
            disabled={end.busy}
            data-testid="whep-void"
            onClick={() => end.run()}
          >
            Void it, and cut off who watches by it
          </button>
        </>
      )}
      {error !== null && (
        <p class="form-error" role="alert">
          {describeError(error)}
        </p>
      )}
    </div>
  );
}

function Expiry({ at }: { at: string }): JSX.Element {
  const now = useNow();
  const minutes = Math.ceil((Date.parse(at) - now.value) / MINUTE_MS);
  return (
    <span data-testid="whep-expiry">
      {minutes > 0
        ? `New players can come in for ${minutes} more ${minutes === 1 ? 'minute' : 'minutes'}.`
        : 'It has expired for new players.'}
    </span>
  );
}
