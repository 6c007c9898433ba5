import { z } from 'zod';

/** ISO 8601 has a year 0, Postgres and most calendars have none. */
const hasYear = (text: string) => !text.startsWith('0000');
const YEARS = 'a year from 0001 on';

/** A moment, ISO 8601. */
export const momentSchema = z.iso.datetime({ offset: true }).refine(hasYear, YEARS);

/** A day, ISO 8601. */
export const daySchema = z.iso.date().refine(hasYear, YEARS);
