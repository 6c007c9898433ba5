import { loadEnvironment } from '#deploy/environment.ts';
import { baseConfig, writeWranglerConfig as write } from '#deploy/wrangler/config.ts';

/** Writes the Worker's configuration on this machine (environments/local.json) into `folder`, and returns where. */
export const writeWranglerConfig = (folder: string): string => write(loadEnvironment('local'), folder);

/** The cron expressions that the Worker asks for. */
export const readCrons = (): string[] => baseConfig().triggers.crons;
