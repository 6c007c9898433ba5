import type { JSX } from 'preact';
import type { Ending, PlaySession } from '../../session/play-session.ts';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeCode, describeError, END_WORDS, LEFT_WORDS } from '../words.ts';

export function EndedPanel({ play }: { play: PlaySession }): JSX.Element | null {
  const { api, desk, router } = useServices();
  const ending = play.ending.value;
  const session = play.session.value;
  const again = useAction(async () => {
    if (!session) return;
    performance.mark('nearcade:click');
    const admission = await api.createSession(session.game);
    desk.leave(admission);
    router.go({ page: 'play', sessionId: admission.session.id }, true);
  });
  if (!ending) return null;
  const { title, text } = wordsOf(ending);
  const host = play.welcome.value?.seat === 1;
  return (
    <div class="cover cover-ended">
      <section class="panel panel-narrow" role="alertdialog" aria-labelledby="end-title" data-own-keys>
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
          {ending.kind === 'stopped' && (
            <button
              type="button"
              class="button button-primary"
              data-testid="try-again"
              onClick={() => play.retryNow()}
            >
              {ending.code === 'replaced' ? 'Play here instead' : 'Try again'}
            </button>
          )}
          {ending.kind === 'over' && host && (
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
  if (ending.kind === 'stopped')
    return { title: 'You are no longer connected', text: describeCode(ending.code) };
  if (ending.reason === null) return { title: 'The game has ended', text: 'This session is over.' };
  if (ending.byMe && ending.reason === 'player_quit') return LEFT_WORDS;
  return END_WORDS[ending.reason];
}

function codeOf(ending: Ending): string {
  return ending.kind === 'stopped' ? ending.code : (ending.reason ?? 'unknown');
}
