import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { GameSaves } from '../../session/game-saves.ts';
import { Icon } from '../icons.tsx';
import { ShareSave } from '../saves/share-save.tsx';
import { useAction } from '../use-action.ts';
import { describeError, describeSaveProblem, sayMoment, saySlot } from '../words.ts';

/** Saving while the game goes on: now, beside what there is, or to share. */
export function SavesPanel({ saves }: { saves: GameSaves }): JSX.Element {
  const name = useSignal('');
  const now = useAction(async (slot?: string) => {
    await saves.saveNow(slot);
  });
  const last = saves.last.value;
  const problem = saves.problem.value;
  const slot = slotOf(name.value);
  return (
    <section class="bar-panel" aria-label="Saved games">
      <p class="muted" role="status" data-testid="last-save">
        {last === null
          ? 'The game’s own saves are kept by themselves.'
          : `Saved ${sayMoment(last.savedAt)} · ${saySlot(last.slot)}`}
      </p>
      <div class="save-acts">
        <button
          type="button"
          class="button button-small"
          data-testid="save-now"
          disabled={now.busy}
          onClick={() => now.run()}
        >
          <Icon name="save" />
          {now.busy ? 'Saving' : 'Save now'}
        </button>
        <ShareSave label="Share this moment" saveId={async () => (await saves.saveNow()).id} />
      </div>
      <form
        class="save-acts"
        onSubmit={event => {
          event.preventDefault();
          if (slot !== undefined) now.run(slot);
        }}
      >
        <input
          class="input"
          aria-label="Name of a slot to keep"
          placeholder="before-the-boss"
          maxLength={32}
          data-testid="save-slot"
          value={name.value}
          onInput={event => {
            name.value = event.currentTarget.value;
          }}
        />
        <button type="submit" class="button button-small" data-testid="save-as" disabled={now.busy || !slot}>
          Keep as
        </button>
      </form>
      <p class="form-error" role="alert" data-testid="save-error">
        {now.error ? describeError(now.error) : problem ? describeSaveProblem(problem) : ''}
      </p>
    </section>
  );
}

/** What somebody writes, as the name of a slot; undefined when nothing of it can be one. */
function slotOf(text: string): string | undefined {
  const words = text.toLowerCase().match(/[a-z0-9]+/g);
  return words?.join('-').slice(0, 32).replace(/-$/, '');
}
