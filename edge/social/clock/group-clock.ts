import { DurableObject } from 'cloudflare:workers';
import type { Bindings } from '#edge/bindings.ts';
import { loggedAs } from '#edge/http/log.ts';
import { openServices } from '#edge/services.ts';
import type { GroupTimer } from './clock.ts';
import { TIMER_HANDLERS } from './handlers.ts';

const TIMER = 'timer';

/** One timer of a group, kept until it has been handled: the runtime calls `alarm` again when it fails. */
export class GroupClock extends DurableObject<Bindings> {
  /** `at`: milliseconds since 1970. */
  async set(timer: GroupTimer, at: number): Promise<void> {
    await this.ctx.storage.put(TIMER, timer);
    await this.ctx.storage.setAlarm(at);
  }

  override async alarm(): Promise<void> {
    const timer = await this.ctx.storage.get<GroupTimer>(TIMER);
    if (timer === undefined) return;
    const handle = TIMER_HANDLERS[timer.kind];
    await loggedAs(undefined, async () => handle(await openServices(this.env), timer.key, timer.from));
    // The handler may have set the next one.
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.deleteAll();
  }
}
