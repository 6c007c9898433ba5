import type { Mail } from '#edge/mail/mailer.ts';
import type { AccountLinkPurpose } from '#edge/store/schema/accounts.ts';

/** What mails say: plain text, nothing about their reader that the reader did not just do. */
type Words = Omit<Mail, 'recipient'>;

/** The mail that brings a link. */
export function wordLinkMail(purpose: AccountLinkPurpose, url: string, seconds: number): Words {
  const hours = Math.round(seconds / 3600);
  const lifetime = `The link works once, for ${hours === 1 ? 'one hour' : `${hours} hours`}.`;
  switch (purpose) {
    case 'verify_email':
      return {
        subject: 'Verify your e-mail address',
        text: lines(
          'Welcome to Nearcade. Open this link to show that this address is yours:',
          url,
          lifetime,
          'You did not make an account? Then somebody mistyped their address: do nothing.',
        ),
      };
    case 'reset_password':
      return {
        subject: 'Set a new password',
        text: lines(
          'Somebody, hopefully you, asked for a new password for your Nearcade account. Open this link to set one:',
          url,
          lifetime,
          'It was not you? Then do nothing: your password stays as it is.',
        ),
      };
    case 'change_email':
      return {
        subject: 'Confirm your new e-mail address',
        text: lines(
          'Open this link to use this address for your Nearcade account from now on:',
          url,
          lifetime,
          'You did not ask for that? Then do nothing.',
        ),
      };
  }
}

/** How long the news of a change is news. */
export const NEWS_S = 24 * 3600;

/** Tells the owner of an account what was just done with it, in case it was not they. */
export const PASSWORD_CHANGED: Words = {
  subject: 'Your password was changed',
  text: lines(
    'The password of your Nearcade account was just changed, and every other device was signed out.',
    'It was not you? Ask for a new password on the sign-in page ("Forgotten your password?").',
  ),
};

export const EMAIL_CHANGED: Words = {
  subject: 'Your e-mail address was changed',
  text: lines(
    'Your Nearcade account has another e-mail address from now on; this one is no longer used.',
    'It was not you? Write to the people who run your Nearcade at once.',
  ),
};

export const PASSKEY_ADDED: Words = {
  subject: 'A passkey was added',
  text: lines(
    'A passkey was just added to your Nearcade account: whoever holds it can sign in.',
    'It was not you? Remove it on the page of your account, and set a new password.',
  ),
};

export const IDENTITY_LINKED: Words = {
  subject: 'A sign-in service was linked',
  text: lines(
    'A sign-in service was just linked to your Nearcade account: whoever you are there can sign in here.',
    'It was not you? Unlink it on the page of your account, and set a new password.',
  ),
};

function lines(...paragraphs: string[]): string {
  return `${paragraphs.join('\n\n')}\n`;
}
