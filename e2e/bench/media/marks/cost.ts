import { z } from 'zod';
import { type MediaMark, quotient } from './mark.ts';

/** What cost.ts prints. Seconds of processor time a minute. */
export const pollingResultSchema = z.looseObject({
  scenes: z.array(z.object({ scene: z.string(), nearcade: z.number(), polling: z.number() })),
});

export function pollingMarks({ scenes }: z.infer<typeof pollingResultSchema>): MediaMark[] {
  return scenes.map(({ scene, nearcade, polling }) => ({
    name: `processor time, ${scene}: over x264 fed by polling`,
    value: quotient(nearcade, polling),
    most: 0.6,
    unit: 'ratio',
    note: `${nearcade.toFixed(1)} and ${polling.toFixed(1)} s/min`,
  }));
}

/** What cpu-games.ts prints. */
export const gamesResultSchema = z.looseObject({
  costs: z.array(
    z.object({
      game: z.string(),
      picture: z.string(),
      playedPerMinute: z.number(),
      idlePerMinute: z.number(),
      sessionsPerCore: z.number(),
    }),
  ),
});

export function gamesMarks({ costs }: z.infer<typeof gamesResultSchema>): MediaMark[] {
  const novel = costs.find(cost => cost.game === 'the-question' && cost.picture.startsWith('640'));
  return [
    {
      name: 'an idle visual novel, of a core',
      value: novel === undefined ? null : novel.idlePerMinute / 60,
      most: 0.03,
      unit: 'part',
    },
    ...costs.map(({ game, picture, playedPerMinute, idlePerMinute, sessionsPerCore }) => ({
      name: `sessions a core, ${game}, ${picture}`,
      value: sessionsPerCore,
      unit: 'ratio' as const,
      note: `${playedPerMinute.toFixed(1)} s/min played, ${idlePerMinute.toFixed(1)} idle`,
    })),
  ];
}
