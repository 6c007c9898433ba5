import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { adminPlayersApi, type PlayerState } from '#shared/api/admin-players.ts';
import { TOP_UP_MAX, walletApi } from '#shared/api/wallet.ts';
import { accountRoleSchema, hasPermission, ROLES_OF_ACCOUNTS } from '#shared/roles.ts';
import { useServices } from '../ui/services-context.ts';
import { useAction } from '../ui/use-action.ts';
import { describeCredits, describeError } from '../ui/words.ts';
import { ActButton } from './act-button.tsx';
import { AuditTable } from './audit-section.tsx';
import { When } from './pages-table.tsx';

/** One player: their whole state, what can be done, and what was done. */
export function PlayerView({ userId }: { userId: string }): JSX.Element {
  const { api } = useServices();
  const state = useSignal<PlayerState | null>(null);
  /** Counts the acts done here: the log is read again after each. */
  const acts = useSignal(0);
  const load = useAction(async () => {
    state.value = await api.call(adminPlayersApi.state, { params: { userId } });
  });
  useEffect(() => load.run(), []);
  const done = () => {
    acts.value += 1;
    load.run();
  };
  return (
    <>
      <p class="form-error" role="alert">
        {load.error ? describeError(load.error) : ''}
      </p>
      {state.value && <Facts state={state.value} />}
      {state.value && <Acts state={state.value} done={done} />}
      <h2>What was done</h2>
      <AuditTable key={acts.value} query={{ targetKind: 'player', targetId: userId }} />
    </>
  );
}

function Facts({ state }: { state: PlayerState }): JSX.Element {
  const { account, devices, current, presence, wallet, partyId } = state;
  const facts: [string, JSX.Element | string][] = [
    ['Name', account.displayName],
    ['Id', account.id],
    [
      'E-mail address',
      `${account.email ?? '–'}${account.email && !account.emailVerified ? ' (not verified)' : ''}`,
    ],
    ['Role', account.guest ? 'guest' : account.role],
    ['Registered', <When key="made" at={account.createdAt} />],
    ['Ban', account.banned ? <Ban key="ban" {...account} /> : 'none'],
    ['Signed in on', devices.map(({ device }) => device).join(', ') || 'nothing'],
    ['Presence', presence?.status ?? 'not known'],
    [
      'Session',
      current === null ? 'none' : `${current.session.gameTitle}, ${current.session.state}, ${current.role}`,
    ],
    ['Place in the queue', current?.queue ? String(current.queue.position) : '–'],
    ['Party', partyId ?? 'none'],
    ['Credits', `${describeCredits(wallet.available)}, held ${wallet.held}, owed ${wallet.owed}`],
  ];
  return (
    <dl class="panel admin-facts" data-testid="admin-player">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt class="muted">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Ban({
  bannedUntil,
  banReason,
}: Pick<PlayerState['account'], 'bannedUntil' | 'banReason'>): JSX.Element {
  return (
    <>
      {banReason} (until {bannedUntil === null ? 'lifted' : <When at={bannedUntil} />})
    </>
  );
}

function Acts({ state, done }: { state: PlayerState; done: () => void }): JSX.Element {
  const { api, access } = useServices();
  const { account } = state;
  const params = { userId: account.id };
  const me = access.state.value;
  const may = (permission: Parameters<typeof hasPermission>[1]) =>
    me.kind === 'in' && hasPermission(me.user.role, permission);
  return (
    <div class="row admin-acts">
      {may('admin:act') && (
        <>
          <ActButton
            label="Reset"
            text="Takes the player out of session, queue and party. What they host ends."
            testId="act-reset"
            done={done}
            act={reason => api.call(adminPlayersApi.reset, { params, body: { reason } })}
          />
          <ActButton
            label="Kick from session"
            text="The player reads the reason. What they host ends."
            testId="act-kick"
            done={done}
            act={reason => api.call(adminPlayersApi.kick, { params, body: { reason, from: 'session' } })}
          />
          <ActButton
            label="Sign out everywhere"
            text="Ends every sign-in of the player."
            testId="act-sign-out"
            done={done}
            act={reason => api.call(adminPlayersApi.signOut, { params, body: { reason } })}
          />
          {account.banned ? (
            <ActButton
              label="Lift the ban"
              text="The player can sign in again."
              testId="act-unban"
              done={done}
              act={reason => api.call(adminPlayersApi.unban, { params, body: { reason } })}
            />
          ) : (
            <ActButton
              label="Ban"
              danger
              text="Signs the player out and keeps them out. They read the reason."
              testId="act-ban"
              done={done}
              act={(reason, fields) =>
                api.call(adminPlayersApi.ban, { params, body: { reason, until: momentIn(fields, 'until') } })
              }
            >
              <label class="field">
                Until (empty: without end)
                <input class="input" type="datetime-local" name="until" />
              </label>
            </ActButton>
          )}
        </>
      )}
      {may('wallet:top_up') && (
        <ActButton
          label="Top up"
          text="Puts credits into the wallet. The player reads the reason."
          testId="act-top-up"
          done={done}
          act={(reason, fields) =>
            api.call(walletApi.topUp, { params, body: { reason, amount: Number(fields.get('amount')) } })
          }
        >
          <label class="field">
            Credits
            <input
              class="input"
              type="number"
              name="amount"
              min={1}
              max={TOP_UP_MAX}
              required
              data-testid="top-up-amount"
            />
          </label>
        </ActButton>
      )}
      {may('roles:grant') && (
        <ActButton
          label="Change role"
          text="Works from the player's next refresh on; what is taken is taken at once."
          testId="act-role"
          done={done}
          act={(reason, fields) =>
            api.call(adminPlayersApi.setRole, {
              params,
              body: { reason, role: accountRoleSchema.parse(fields.get('role')) },
            })
          }
        >
          <label class="field">
            Role
            <select class="input" name="role">
              {ROLES_OF_ACCOUNTS.map(role => (
                <option key={role} value={role} selected={role === account.role}>
                  {role}
                </option>
              ))}
            </select>
          </label>
        </ActButton>
      )}
    </div>
  );
}

/** What a field for a local date and time holds, ISO 8601; null when it is empty. */
export function momentIn(fields: FormData, name: string): string | null {
  const value = String(fields.get(name) ?? '');
  return value === '' ? null : new Date(value).toISOString();
}
