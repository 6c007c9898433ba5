import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type Invite, type InviteTarget, invitesApi } from '#shared/api/invites.ts';
import type { Role } from '#shared/ticket.ts';
import { pathOf } from '../app/router.ts';
import { CopyField } from './copy-field.tsx';
import { useServices } from './services-context.ts';
import { useAction } from './use-action.ts';
import { describeError } from './words.ts';

const LIFETIMES = [
  [3600, 'an hour'],
  [24 * 3600, 'a day'],
  [7 * 24 * 3600, 'a week'],
  [30 * 24 * 3600, 'a month'],
] as const;

const USES = [1, 3, 10, 50, 200];

export interface InviteDialogProps {
  to: InviteTarget;
  id: string;
  title: string;
  /** As what a session is joined. */
  role?: Role;
  onClose: () => void;
}

/** Makes a link that expires and is for so many players. */
export function InviteDialog({ to, id, title, role = 'player', onClose }: InviteDialogProps): JSX.Element {
  const { api } = useServices();
  const dialog = useRef<HTMLDialogElement>(null);
  const lifetime = useSignal<number>(24 * 3600);
  const uses = useSignal(10);
  const made = useSignal<Invite | null>(null);
  const make = useAction(async () => {
    const body = { to, id, role, uses: uses.value, expiresIn: lifetime.value };
    made.value = await api.call(invitesApi.create, { body });
  });
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const token = made.value?.token ?? null;
  return (
    <dialog
      class="panel panel-narrow invite"
      ref={dialog}
      onClose={onClose}
      aria-labelledby="invite-title"
      data-own-keys
    >
      <h2 id="invite-title" class="panel-title">
        {title}
      </h2>
      {token === null ? (
        <div class="row">
          <label class="new-table-field">
            <span>Good for</span>
            <select
              class="input"
              value={String(lifetime.value)}
              onChange={event => {
                lifetime.value = Number(event.currentTarget.value);
              }}
            >
              {LIFETIMES.map(([seconds, words]) => (
                <option key={seconds} value={String(seconds)}>
                  {words}
                </option>
              ))}
            </select>
          </label>
          <label class="new-table-field">
            <span>For</span>
            <select
              class="input"
              value={String(uses.value)}
              onChange={event => {
                uses.value = Number(event.currentTarget.value);
              }}
            >
              {USES.map(count => (
                <option key={count} value={String(count)}>
                  {count === 1 ? '1 player' : `${count} players`}
                </option>
              ))}
            </select>
          </label>
        </div>
      ) : (
        <>
          <CopyField
            label="Link"
            url={window.location.origin + pathOf({ page: 'invite', token })}
            testId="invite-link"
          />
          <p class="muted">
            For {uses.value === 1 ? 'one player' : `${uses.value} players`}, until{' '}
            {new Date(made.value?.expiresAt ?? '').toLocaleString(undefined, {
              dateStyle: 'medium',
              timeStyle: 'short',
            })}
            .
          </p>
        </>
      )}
      <p class="form-error" role="alert">
        {make.error ? describeError(make.error) : ''}
      </p>
      <div class="row">
        {token === null && (
          <button
            type="button"
            class="button button-primary"
            data-testid="make-invite"
            disabled={make.busy}
            onClick={() => make.run()}
          >
            Make a link
          </button>
        )}
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          {token === null ? 'Cancel' : 'Done'}
        </button>
      </div>
    </dialog>
  );
}
