import { z } from 'zod';

/**
 * Bounds of the picture that somebody sets beside the game's own: a ticket, or a player for the link that they pay for. The
 * encoder keeps to the narrowest of all seated players'. What is absent is not bounded.
 */
export const qualityBoundsSchema = z.object({
  /** Below 150 kbit/s nothing that moves can be made out. */
  maxBitrateKbps: z.int().min(150).max(100_000).optional(),
  maxFps: z.int().min(10).max(240).optional(),
  /** Percent of the picture's width and height. */
  maxScalePercent: z.int().min(25).max(100).optional(),
});
export type QualityBounds = z.infer<typeof qualityBoundsSchema>;
