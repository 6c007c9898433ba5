import { describe, expect, it } from 'vitest';
import { NearcadeError } from '#shared/errors.ts';
import { runSteps, type Step } from './pipeline.ts';

/** Runs steps that note what they do, and what came of it. */
async function run(steps: (note: (what: string) => void) => Step[], signal = new AbortController().signal) {
  const done: string[] = [];
  const told: string[] = [];
  const options = { progress: (line: string) => told.push(line), signal, sleep: async () => {} };
  const error = await runSteps(
    steps(what => done.push(what)),
    options,
  ).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { done, told, error };
}

const step = (note: (what: string) => void, name: string, change: Partial<Step> = {}): Step => ({
  name,
  async run() {
    note(name);
    return undefined;
  },
  async undo() {
    note(`not ${name}`);
    return `${name} is as before`;
  },
  ...change,
});
const fails = async (): Promise<never> => {
  throw new NearcadeError('migration_failed', 'no');
};

describe('the steps of a deploy', () => {
  it('are taken back from the last that was begun, and those after it never begin', async () => {
    const { done, error } = await run(note => [
      step(note, 'a', { stays: () => 'a leaf' }),
      step(note, 'b', { stays: () => undefined }),
      step(note, 'c', { run: fails }),
      step(note, 'd'),
    ]);
    expect(done).toEqual(['a', 'b', 'not c', 'not b', 'not a']);
    expect(error).toMatchObject({
      code: 'migration_failed',
      message: 'no',
      details: {
        undone: ['c is as before', 'b is as before', 'a is as before'],
        stays: ['a leaf'],
        left: [],
      },
    });
  });

  it('are tried to be taken back again, since what fails may be over soon', async () => {
    let tries = 0;
    const undo = async () => {
      if (++tries < 3) throw new Error('away');
      return 'back';
    };
    const { error } = await run(note => [step(note, 'a', { undo }), step(note, 'b', { run: fails })]);
    expect(error).toMatchObject({ details: { undone: ['b is as before', 'back'], left: [] } });
  });

  it('that cannot be taken back are named, and the others are taken back all the same', async () => {
    const { done, told, error } = await run(note => [
      step(note, 'a'),
      step(note, 'b', { undo: fails }),
      step(note, 'c', { run: fails }),
    ]);
    expect(done).toContain('not a');
    expect(error).toMatchObject({ message: 'no AND: b: no', details: { left: ['b: no'] } });
    expect(told).toContain('  COULD NOT BE TAKEN BACK: b: no');
  });

  it('do not begin once we are stopped, and what was done is taken back', async () => {
    const controller = new AbortController();
    const { done, error } = await run(
      note => [
        step(note, 'a', {
          async run() {
            controller.abort(new Error('Ctrl-C'));
            return undefined;
          },
        }),
        step(note, 'b'),
      ],
      controller.signal,
    );
    expect(done).not.toContain('b');
    expect(done).toContain('not a');
    expect(error).toMatchObject({ code: 'deploy_stopped' });
  });
});
