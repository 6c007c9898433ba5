/** Every key in Redis, so that none is used for two things. All of them expire. */
export const redisKey = {
  presence: (userId: string) => `presence:${userId}`,
  /** A hash of node to load; `window` counts up with time. */
  nodeLoads: (window: number) => `node-loads:${window}`,
  /** What operators have set for the platform of that name. */
  platform: (name: string) => `platform:${name}`,
  socialRate: (what: string, userId: string) => `social-rate:${what}:${userId}`,
  signInTries: (by: 'address' | 'account', value: string) => `sign-in-tries:${by}:${value}`,
};
