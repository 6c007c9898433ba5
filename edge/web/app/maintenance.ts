import { callApi } from '#shared/api/client.ts';
import { serviceApi } from '#shared/api/service.ts';
import type { LiveClient } from '../live/live-client.ts';
import type { Notices } from './notices.ts';

const WORDS = 'Nearcade is being maintained. New games cannot be started for now.';

/** Says so while the platform is in maintenance: from the page's first moment, and when it begins or ends. */
export function showMaintenance(
  live: Pick<LiveClient, 'on' | 'onFresh'>,
  notices: Pick<Notices, 'show' | 'dismiss'>,
  fetcher: typeof fetch,
): void {
  // Counts what was heard, since an answer that was asked for before is older.
  let heard = 0;
  const take = (on: boolean, text: string | null) => {
    if (on) notices.show({ key: 'maintenance', level: 'warning', text: text ?? WORDS, lasting: true });
    else notices.dismiss('maintenance');
  };
  const ask = async () => {
    heard += 1;
    const asked = heard;
    try {
      const { maintenance, maintenanceText } = await callApi(serviceApi.status, {}, { fetch: fetcher });
      if (asked === heard) take(maintenance, maintenanceText);
    } catch {
      // Whoever starts a game is told all the same.
    }
  };
  live.on('maintenance', ({ on, text }) => {
    heard += 1;
    take(on, text);
  });
  live.onFresh(() => void ask());
  void ask();
}
