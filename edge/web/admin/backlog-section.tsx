import type { JSX } from 'preact';
import { adminBacklogApi } from '#shared/api/admin-backlog.ts';
import { useServices } from '../ui/services-context.ts';
import { ActButton } from './act-button.tsx';
import { PagesTable, When } from './pages-table.tsx';
import { usePages } from './use-pages.ts';

/** What the platform gave up, to be tried again or thrown away. */
export function BacklogSection(): JSX.Element {
  return (
    <>
      <UnsentMails />
      <DeadLetters />
    </>
  );
}

function UnsentMails(): JSX.Element {
  const { api } = useServices();
  const pages = usePages('', page => api.call(adminBacklogApi.unsentMails, { query: page }));
  return (
    <section>
      <h2>Mails</h2>
      <ActButton
        label="Try all again"
        text="Sends every mail of this list whose link still works: for when the mail service is back."
        testId="requeue-mails"
        done={pages.reload}
        act={reason => api.call(adminBacklogApi.requeueMails, { body: { reason } })}
      />
      <PagesTable
        pages={pages}
        testId="admin-mail-list"
        keyOf={({ id }) => id}
        columns={['Given up', 'To', 'Subject', 'Tries', 'Because', '']}
        row={mail => [
          <When key="at" at={mail.failedAt} />,
          mail.recipient,
          mail.subject,
          mail.attempts,
          mail.error ?? '–',
          mail.sendableUntil !== null && (
            <ActButton
              key="requeue"
              label="Try again"
              text="Sends this mail now, and again later if that fails."
              testId={`requeue-${mail.id}`}
              done={pages.reload}
              act={reason =>
                api.call(adminBacklogApi.requeueMail, { params: { mailId: mail.id }, body: { reason } })
              }
            />
          ),
        ]}
      />
    </section>
  );
}

function DeadLetters(): JSX.Element {
  const { api } = useServices();
  const pages = usePages('', page => api.call(adminBacklogApi.deadLetters, { query: page }));
  return (
    <section>
      <h2>Events of nodes</h2>
      <PagesTable
        pages={pages}
        testId="admin-letter-list"
        keyOf={({ id }) => id}
        columns={['Given up', 'Event', 'Replayed', '', ' ']}
        row={letter => [
          <When key="at" at={letter.createdAt} />,
          <code key="body">{JSON.stringify(letter.body)}</code>,
          <When key="replayed" at={letter.replayedAt} />,
          letter.replayedAt === null && (
            <ActButton
              key="replay"
              label="Replay"
              text="Puts the event into the queue again: for when what kept it from being taken was put right."
              testId={`replay-${letter.id}`}
              done={pages.reload}
              act={reason =>
                api.call(adminBacklogApi.replay, { params: { letterId: letter.id }, body: { reason } })
              }
            />
          ),
          <ActButton
            key="discard"
            label="Discard"
            danger
            text="Throws the event away. The audit log keeps what it said."
            testId={`discard-${letter.id}`}
            done={pages.reload}
            act={reason =>
              api.call(adminBacklogApi.discard, { params: { letterId: letter.id }, body: { reason } })
            }
          />,
        ]}
      />
    </section>
  );
}
