import type { Settings } from '#edge/env.ts';
import { SesMailer } from './ses.ts';

/** A text mail to one person. */
export interface Mail {
  recipient: string;
  subject: string;
  text: string;
}

/** What hands mails to the world. */
export interface Mailer {
  /**
   * `handed_over`: the mail is the service's to deliver. `kept`: the outbox is where it is read. Throws MailRefused when it never
   * will be delivered; after anything else it may be tried again.
   */
  send(mail: Mail): Promise<'handed_over' | 'kept'>;
}

/** The service takes this mail neither now nor later. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** The adapter that the settings name. */
export function openMailer(settings: Settings, fetcher: typeof fetch = fetch): Mailer {
  return settings.MAIL_ADAPTER === 'ses' ? new SesMailer(settings, fetcher) : OUTBOX_ONLY;
}

/** For one machine and for tests: the outbox itself is where people read it. */
const OUTBOX_ONLY: Mailer = { send: async () => 'kept' };
