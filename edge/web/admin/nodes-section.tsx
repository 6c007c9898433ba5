import type { JSX } from 'preact';
import { adminFleetApi } from '#shared/api/admin-fleet.ts';
import { useServices } from '../ui/services-context.ts';
import { ActButton } from './act-button.tsx';
import { PagesTable, When } from './pages-table.tsx';
import { momentIn } from './player-view.tsx';
import { usePages } from './use-pages.ts';

export function NodesSection(): JSX.Element {
  const { api } = useServices();
  const pages = usePages('', page => api.call(adminFleetApi.nodes, { query: page }));
  return (
    <PagesTable
      pages={pages}
      testId="admin-node-list"
      keyOf={({ id }) => id}
      columns={['Node', 'Region', 'State', 'Slots in use', 'CPU', 'Registered', 'Drains until', '']}
      row={node => [
        node.id,
        node.region,
        node.state,
        `${node.slotsInUse} of ${node.slots}`,
        node.load === null ? '–' : `${Math.round(node.load.cpu * 100)} %`,
        <When key="since" at={node.registeredAt} />,
        node.drainOrderedAt === null ? '' : <When key="deadline" at={node.drainDeadline} />,
        node.drainOrderedAt === null ? (
          <ActButton
            key="drain"
            label="Drain"
            text="The node gets no new session. What still plays at the deadline ends; without one, each session ends by itself."
            testId={`drain-${node.id}`}
            done={pages.reload}
            act={(reason, fields) =>
              api.call(adminFleetApi.drain, {
                params: { nodeId: node.id },
                body: { reason, deadline: momentIn(fields, 'deadline') },
              })
            }
          >
            <label class="field">
              Deadline (empty: none)
              <input class="input" type="datetime-local" name="deadline" />
            </label>
          </ActButton>
        ) : (
          <ActButton
            key="undrain"
            label="Undrain"
            text="The node takes new sessions again."
            testId={`undrain-${node.id}`}
            done={pages.reload}
            act={reason => api.call(adminFleetApi.undrain, { params: { nodeId: node.id }, body: { reason } })}
          />
        ),
      ]}
    />
  );
}
