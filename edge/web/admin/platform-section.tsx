import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type AccessRule, adminPlatformApi, type PlatformSettings } from '#shared/api/admin-platform.ts';
import { useServices } from '../ui/services-context.ts';
import { useAction } from '../ui/use-action.ts';
import { describeError } from '../ui/words.ts';
import { ActButton } from './act-button.tsx';
import { PagesTable, When } from './pages-table.tsx';
import { usePages } from './use-pages.ts';

export function PlatformSection(): JSX.Element {
  const { api } = useServices();
  const settings = useSignal<PlatformSettings | null>(null);
  const load = useAction(async () => {
    settings.value = await api.call(adminPlatformApi.settings, {});
  });
  useEffect(() => load.run(), []);
  return (
    <>
      <p class="form-error" role="alert">
        {load.error ? describeError(load.error) : ''}
      </p>
      <div class="row">
        <ActButton
          label="Announce"
          text="Every player who is connected reads it."
          testId="act-announce"
          done={() => undefined}
          act={(reason, fields) => {
            const region = String(fields.get('region')).trim();
            const text = String(fields.get('text'));
            const level = fields.get('warning') === null ? ('info' as const) : ('warning' as const);
            const body = { reason, text, level, ...(region === '' ? {} : { region }) };
            return api.call(adminPlatformApi.announce, { body });
          }}
        >
          <TextField name="text" label="What to say" required testId="announce-text" />
          <TextField name="region" label="Region (empty: all)" />
          <label class="row">
            <input type="checkbox" name="warning" /> Stays until it is dismissed
          </label>
        </ActButton>
      </div>
      {settings.value && <Settings settings={settings.value} done={() => load.run()} />}
      <Rules />
    </>
  );
}

function Settings({ settings, done }: { settings: PlatformSettings; done: () => void }): JSX.Element {
  const { api } = useServices();
  const { maintenance, maintenanceText, allowOnly, minimumVersions } = settings;
  const versions = Object.entries(minimumVersions).map(([client, version]) => `${client} ${version}`);
  return (
    <dl class="panel admin-facts" data-testid="admin-platform-settings">
      <div>
        <dt class="muted">Maintenance</dt>
        <dd>
          {maintenance ? `On. ${maintenanceText ?? ''}` : 'Off'}
          <ActButton
            label={maintenance ? 'End maintenance' : 'Begin maintenance'}
            text={
              maintenance
                ? 'Players can sign in and start games again.'
                : 'Nobody but staff can sign in or start a game. What runs goes on.'
            }
            testId="act-maintenance"
            done={done}
            act={(reason, fields) => {
              const text = String(fields.get('text') ?? '').trim();
              const body = { reason, on: !maintenance, text: text === '' ? null : text };
              return api.call(adminPlatformApi.maintenance, { body });
            }}
          >
            {!maintenance && <TextField name="text" label="What players read" testId="maintenance-text" />}
          </ActButton>
        </dd>
      </div>
      <div>
        <dt class="muted">Who comes in</dt>
        <dd>
          {allowOnly ? 'Only who is on the allow list' : 'Everybody who is not denied'}
          <ActButton
            label={allowOnly ? 'Let everybody in' : 'Allow list only'}
            text="Staff comes in either way."
            testId="act-allow-only"
            done={done}
            act={reason => api.call(adminPlatformApi.allowOnly, { body: { reason, on: !allowOnly } })}
          />
        </dd>
      </div>
      <div>
        <dt class="muted">Oldest versions served</dt>
        <dd>
          {versions.join(', ') || 'all'}
          <ActButton
            label="Set a minimum"
            text="Older clients of that name are told to update. Without a version all are served."
            testId="act-version"
            done={done}
            act={(reason, fields) => {
              const minimum = String(fields.get('minimum')).trim();
              const client = String(fields.get('client')).trim();
              const body = { reason, client, minimum: minimum === '' ? null : minimum };
              return api.call(adminPlatformApi.minimumVersion, { body });
            }}
          >
            <TextField name="client" label="Client, as in web" required />
            <TextField name="minimum" label="Version, as in 1.2.3" />
          </ActButton>
        </dd>
      </div>
    </dl>
  );
}

function Rules(): JSX.Element {
  const { api } = useServices();
  const pages = usePages<AccessRule>('', page => api.call(adminPlatformApi.rules, { query: page }));
  return (
    <>
      <h2>Allow list and deny list</h2>
      <div class="row">
        <ActButton
          label="Add"
          text="A range of addresses, such as 192.0.2.0/24, or the id of an account."
          testId="act-rule"
          done={pages.reload}
          act={(reason, fields) => {
            const what = String(fields.get('what')).trim();
            const list = fields.get('list') === 'allow' ? ('allow' as const) : ('deny' as const);
            const subject = /^[0-9a-f]{8}-/i.test(what) ? { userId: what } : { range: what };
            return api.call(adminPlatformApi.addRule, { body: { reason, list, ...subject } });
          }}
        >
          <label class="field">
            List
            <select class="input" name="list">
              <option value="deny">Deny</option>
              <option value="allow">Allow</option>
            </select>
          </label>
          <TextField name="what" label="Addresses or account" required />
        </ActButton>
      </div>
      <PagesTable
        pages={pages}
        testId="admin-rules"
        keyOf={({ id }) => id}
        columns={['List', 'Who', 'Why', 'Since', '']}
        row={rule => [
          rule.list,
          <span key="who" class="admin-id">
            {rule.range ?? rule.userId}
          </span>,
          rule.reason,
          <When key="at" at={rule.createdAt} />,
          <ActButton
            key="remove"
            label="Remove"
            text="Takes it off the list."
            testId={`remove-${rule.id}`}
            done={pages.reload}
            act={reason =>
              api.call(adminPlatformApi.removeRule, { params: { ruleId: rule.id }, body: { reason } })
            }
          />,
        ]}
      />
    </>
  );
}

function TextField({
  name,
  label,
  required = false,
  testId,
}: {
  name: string;
  label: string;
  required?: boolean;
  testId?: string;
}): JSX.Element {
  return (
    <label class="field">
      {label}
      <input
        class="input"
        name={name}
        maxLength={500}
        required={required}
        autocomplete="off"
        {...(testId === undefined ? {} : { 'data-testid': testId })}
      />
    </label>
  );
}
