import { applyEndReports } from '#edge/fleet/end-reports.ts';
import { freePlaces, settleEnded } from '#edge/play/endings.ts';
import { endAsHost } from '#edge/play/leave.ts';
import { promoteOne } from '#edge/play/queue.ts';
import { quickClaim } from '#edge/play/quick-claim.ts';

/** All that migrations have to hold (`npm run generate`). */
export const storedStatements = [quickClaim, promoteOne, settleEnded, freePlaces, endAsHost, applyEndReports];
