import { parseSettings } from '#edge/env.ts';
import { openDatabase } from '#edge/store/database.ts';
import { bindings } from './platform.ts';

// Many files share an isolate, and Neon's driver has its endpoint in one global object: a test that cut itself off from the database
// leaves it so.
openDatabase(parseSettings(bindings));
