import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Game } from '#shared/api/catalog.ts';
import { PAGE_SIZE_MAX } from '#shared/api/page.ts';
import { SAVE_SLOTS_MAX, type Save, savesApi } from '#shared/api/saves.ts';
import { Icon } from '../icons.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import type { Start } from '../use-start.ts';
import { describeError } from '../words.ts';
import { SaveItem } from './save-item.tsx';

/** A slot that nothing is saved in. */
function freeSlot(saves: readonly Save[]): string {
  const taken = new Set(saves.map(({ slot }) => slot));
  for (let index = 2; ; index++) if (!taken.has(`game-${index}`)) return `game-${index}`;
}

/** The player's saves of one game: to go on with any of them, or to begin anew without losing one. Nothing while there are none. */
export function GameSaves({ game, start }: { game: Game; start: Start }): JSX.Element | null {
  const { api } = useServices();
  const saves = useSignal<readonly Save[]>([]);
  const load = useAction(async () => {
    saves.value = (await api.call(savesApi.list, { query: { game: game.slug, limit: PAGE_SIZE_MAX } })).items;
  });
  useEffect(() => load.run(), []);
  if (saves.value.length === 0 && load.error === null) return null;
  const slots = new Set(saves.value.map(({ slot }) => slot)).size;
  return (
    <section class="panel" aria-labelledby="game-saves">
      <div class="save-head">
        <h2 id="game-saves" class="panel-title">
          Saved games
        </h2>
        <button
          type="button"
          class="button button-small"
          data-testid="new-game"
          disabled={start.busy !== null || slots >= SAVE_SLOTS_MAX}
          title={slots >= SAVE_SLOTS_MAX ? 'Every slot is taken: delete one first' : undefined}
          onClick={() => start.begin(game, { saveSlot: freeSlot(saves.peek()) })}
        >
          New game
        </button>
      </div>
      <ul class="history-list" data-testid="game-saves">
        {saves.value.map(save => (
          <SaveItem
            key={save.id}
            save={save}
            onDeleted={() => {
              saves.value = saves.peek().filter(({ id }) => id !== save.id);
            }}
          >
            <button
              type="button"
              class="button button-small"
              data-testid="start-save"
              disabled={start.busy !== null}
              onClick={() => start.begin(game, { saveId: save.id })}
            >
              <Icon name="play" />
              Start from this
            </button>
          </SaveItem>
        ))}
      </ul>
      {load.error && (
        <p class="form-error" role="alert">
          {describeError(load.error)}
        </p>
      )}
    </section>
  );
}
