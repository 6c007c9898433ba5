import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { NearcadeError } from '#shared/errors.ts';
import type { PlaySession } from '../../session/play-session.ts';
import type { Ending } from '../../session/play-state.ts';
import { Link } from '../link.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeError } from '../words.ts';
import { describeRetry, describeStop, END_WORDS, LEFT_WORDS } from './end-words.ts';

export function EndedPanel({ play }: { play: PlaySession }): JSX.Element | null {
  const { api, desk, router } = useServices();
  const panel = useRef<HTMLElement>(null);
  const ending = play.ending.value;
  const session = play.session.value;
  const again = useAction(async () => {
    if (!session) return;
    performance.mark('nearcade:click');
    try {
      const admission = await api.createSession(session.game, 0);
      desk.leave(admission);
      router.go({ page: 'play', sessionId: admission.session.id }, true);
    } catch (error) {
      if (!(error instanceof NearcadeError) || error.code !== 'price_changed') throw error;
      // Its page says what it costs, and asks.
      router.go({ page: 'game', slug: session.game });
    }
  });
  useEffect(() => panel.current?.focus(), []);
  if (!ending) return null;
  const { title, text } = wordsOf(ending);
  const host = (play.welcome.value?.seat ?? play.queue.value?.seat) === 1;
  const againWords = ending.kind === 'stopped' ? describeRetry(ending.code) : null;
  const broke = ending.kind === 'over' && ending.reason === 'credits_exhausted';
  return (
    <div class="cover cover-ended">
      <section
        class="panel panel-narrow"
        role="alertdialog"
        aria-labelledby="end-title"
        data-own-keys
        tabIndex={-1}
        ref={panel}
      >
        <h1 id="end-title" class="panel-title">
          {title}
        </h1>
        <p class="muted" data-testid="end-reason" data-reason={codeOf(ending)}>
          {text}
        </p>
        <p class="form-error" role="alert">
          {again.error ? describeError(again.error) : ''}
        </p>
        <div class="row">
          {ending.kind === 'stopped' && againWords !== null && (
            <button
              type="button"
              class="button button-primary"
              data-testid="try-again"
              onClick={() => play.retryNow()}
            >
              {againWords}
            </button>
          )}
          {ending.kind === 'over' && host && !broke && (
            <button
              type="button"
              class="button button-primary"
              data-testid="play-again"
              disabled={again.busy}
              onClick={() => again.run()}
            >
              Play again
            </button>
          )}
          {broke && (
            <Link to={{ page: 'wallet' }} class="button button-primary">
              Get credits
            </Link>
          )}
          <button
            type="button"
            class="button"
            data-testid="back-to-library"
            onClick={() => router.go({ page: 'library' }, true)}
          >
            To the library
          </button>
        </div>
      </section>
    </div>
  );
}

function wordsOf(ending: Ending): { title: string; text: string } {
  if (ending.kind === 'stopped') return describeStop(ending.code);
  if (ending.reason === null) return { title: 'The game has ended', text: 'This session is over.' };
  if (ending.byMe && ending.reason === 'player_quit') return LEFT_WORDS;
  return END_WORDS[ending.reason];
}

function codeOf(ending: Ending): string {
  return ending.kind === 'stopped' ? ending.code : (ending.reason ?? 'unknown');
}
