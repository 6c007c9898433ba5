import { beforeEach, describe, expect, it } from 'vitest';
import { TouchGestures } from './touch.ts';

describe('fingers on the picture', () => {
  let did: string[];
  let relative: boolean;
  let due: { at: number; run: () => void }[];
  let now: number;
  let touch: TouchGestures;
  beforeEach(() => {
    did = [];
    due = [];
    now = 0;
    relative = false;
    touch = new TouchGestures(
      {
        moveTo: ({ x, y }) => did.push(`to ${x} ${y}`),
        moveBy: (dx, dy) => did.push(`by ${dx} ${dy}`),
        button: (button, down) => did.push(`${down ? '+' : '-'}${button}`),
        scroll: (dx, dy) => did.push(`scroll ${dx} ${dy}`),
        relative: () => relative,
      },
      {
        after: (ms, run) => {
          const entry = { at: now + ms, run };
          due.push(entry);
          return () => {
            due = due.filter(other => other !== entry);
          };
        },
      },
    );
  });
  function pass(ms: number): void {
    now += ms;
    for (const entry of due.filter(({ at }) => at <= now)) {
      due = due.filter(other => other !== entry);
      entry.run();
    }
  }

  it('click by a tap, where it is', () => {
    touch.down(1, { x: 5, y: 6 });
    touch.move(1, { x: 8, y: 7 });
    touch.up(1);
    expect(did).toEqual(['to 5 6', '+0']);
    pass(100);
    expect(did.at(-1)).toBe('-0');
  });

  it('click twice by two quick taps', () => {
    for (let tap = 0; tap < 2; tap++) {
      touch.down(1, { x: 5, y: 6 });
      touch.up(1);
      pass(30);
    }
    pass(100);
    expect(did).toEqual(['to 5 6', '+0', 'to 5 6', '-0', '+0', '-0']);
  });

  it('drag by moving', () => {
    touch.down(1, { x: 0, y: 0 });
    touch.move(1, { x: 20, y: 0 });
    touch.move(1, { x: 30, y: 5 });
    touch.up(1);
    pass(1000);
    expect(did).toEqual(['to 0 0', 'to 0 0', '+0', 'to 20 0', 'to 30 5', '-0']);
  });

  it('click the other button by staying', () => {
    touch.down(1, { x: 5, y: 6 });
    pass(500);
    touch.up(1);
    pass(100);
    expect(did).toEqual(['to 5 6', '+2', '-2']);
  });

  it('scroll by two, and click nothing', () => {
    touch.down(1, { x: 0, y: 100 });
    touch.down(2, { x: 50, y: 100 });
    touch.move(1, { x: 0, y: 80 });
    touch.move(2, { x: 50, y: 80 });
    touch.up(1);
    touch.up(2);
    pass(1000);
    expect(did).toEqual(['to 0 100', 'scroll 0 10', 'scroll 0 10']);
  });

  it('look around in a game that takes motion, and shoot by a tap', () => {
    relative = true;
    touch.down(1, { x: 0, y: 0 });
    touch.move(1, { x: 20, y: 0 });
    touch.move(1, { x: 25, y: -5 });
    touch.up(1);
    touch.down(1, { x: 9, y: 9 });
    touch.up(1);
    pass(100);
    expect(did).toEqual(['by 20 0', 'by 5 -5', '+0', '-0']);
  });

  it('do nothing more when the page has lost them', () => {
    touch.down(1, { x: 0, y: 0 });
    touch.forget();
    touch.move(1, { x: 50, y: 0 });
    touch.up(1);
    pass(1000);
    expect(did).toEqual(['to 0 0']);
  });
});
